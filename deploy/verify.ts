/**
 * `deno task verify FILE`: checks a file of a release against `SHA256SUMS` beside it, and against the signed provenance
 * beside it where cosign is installed. Exit codes: 0 as it was released, 1 it is not or cannot be checked, 2 wrong usage.
 */
import { parseArgs } from "node:util";
import { basename, dirname, join } from "node:path";
import { parseSums, sha256OfFile, SumsError, sumsFile } from "./sums.ts";

/** The signed provenance of a release: a Sigstore bundle. */
export const provenanceFile = "provenance.sigstore.json";
const workflow = ".github/workflows/release.yaml";
const issuer = "https://token.actions.githubusercontent.com";
const usage = "usage: deno task verify FILE [--sums FILE] [--repository URL] [--require-signature]\n" +
  "  --sums               the list of checksums; SHA256SUMS beside the file when left out\n" +
  "  --repository         https://HOST/OWNER/NAME whose release workflow has to have signed it\n" +
  "  --require-signature  a signature that cannot be checked is a failure";

export interface VerifyPorts {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Runs a program; `undefined`: there is none of that name. */
  readonly run: (
    command: readonly string[],
  ) => Promise<{ readonly success: boolean; readonly text: string } | undefined>;
}

/** Carries out a command line; returns the exit code. */
export async function verify(args: readonly string[], ports: VerifyPorts): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        sums: { type: "string" },
        repository: { type: "string" },
        "require-signature": { type: "boolean", default: false },
      },
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    ports.err(`${error.message}\n${usage}`);
    return 2;
  }
  const { positionals: [file, ...more], values } = parsed;
  const repository = values.repository?.replace(/\/$/, "");
  if (file === undefined || more.length > 0 || (repository !== undefined && !isRepository(repository))) {
    ports.err(usage);
    return 2;
  }
  const sums = values.sums ?? join(dirname(file), sumsFile);
  const trouble = await checkSum(file, sums);
  if (trouble !== undefined) {
    ports.err(`${file}: ${trouble}`);
    return 1;
  }
  ports.out(`${file}: the checksum is that of ${sums}`);
  const signature = await checkSignature(file, repository, ports);
  if (signature.state === "good") ports.out(`${file}: ${signature.message}`);
  else ports.err(`${file}: ${signature.message}`);
  return signature.state === "bad" || (signature.state === "unknown" && values["require-signature"]) ? 1 : 0;
}

/** Returns what is wrong. */
async function checkSum(file: string, sumsPath: string): Promise<string | undefined> {
  const name = basename(file);
  try {
    const expected = parseSums(await Deno.readTextFile(sumsPath)).get(name);
    if (expected === undefined) return `${sumsPath} has no line for ${name}: keep the name that it was released under`;
    const sum = await sha256OfFile(file);
    return sum === expected ? undefined : `its SHA-256 is ${sum}, and ${sumsPath} has ${expected}: do not use it`;
  } catch (error) {
    if (error instanceof SumsError) return `cannot read ${sumsPath}: ${error.message}`;
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return error.message;
    throw error;
  }
}

interface Signature {
  readonly state: "good" | "bad" | "unknown";
  readonly message: string;
}

/** The provenance names the file by its digest, so it is checked against the file and not against the list. */
async function checkSignature(file: string, repository: string | undefined, { run }: VerifyPorts): Promise<Signature> {
  const bundle = join(dirname(file), provenanceFile);
  const unknown = (why: string): Signature => ({ state: "unknown", message: `the signature is not checked: ${why}` });
  if (!await isThere(bundle)) return unknown(`there is no ${provenanceFile} beside it`);
  if (repository === undefined) return unknown("name the repository that has to have signed it, with --repository");
  const identity = `^${`${repository}/${workflow}`.replaceAll(".", "\\.")}@refs/tags/v`;
  const result = await run([
    ...["cosign", "verify-blob-attestation", "--bundle", bundle, "--new-bundle-format", "--type", "slsaprovenance1"],
    ...["--certificate-oidc-issuer", issuer, "--certificate-identity-regexp", identity, file],
  ]);
  if (result === undefined) return unknown("cosign is not installed");
  if (result.success) return { state: "good", message: `built and signed by the release workflow of ${repository}` };
  return { state: "bad", message: `cosign refuses the signature: ${result.text.trim()}` };
}

function isRepository(text: string): boolean {
  return /^https:\/\/[\w.:-]+\/[\w.-]+\/[\w.-]+$/.test(text);
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function runProgram([name, ...args]: readonly string[]): ReturnType<VerifyPorts["run"]> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(name!, { args, stdin: "null" }).output();
    return { success, text: [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("") };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

if (import.meta.main) {
  // A task runs in the folder of deno.json; paths are from that of the caller.
  Deno.chdir(Deno.env.get("INIT_CWD") ?? ".");
  Deno.exitCode = await verify(Deno.args, { out: console.log, err: console.error, run: runProgram });
}
