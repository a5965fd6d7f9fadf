import { join } from "node:path";
import { keyOfDependency, keyOfSpecifier, type Lock, type LockedPackage, packageOf, refOf } from "./lock_file.ts";
import { packageFolder } from "./npm_packages.ts";

/** What is said of the project itself. */
export interface Subject {
  readonly version: string;
  /** Commit of the build. */
  readonly commit?: string | undefined;
  /** Version of Deno, whose runtime is in each binary. */
  readonly deno: string;
}

/**
 * The software bill of materials of the binaries, as CycloneDX 1.6: Deno, and the npm packages of a lock with their
 * digests, licenses and dependencies. The same input gives the same text: no time, and the serial number is a digest of the
 * rest. `npmCache` is where licenses are read. Throws for a package without one.
 */
export async function sbomOf(lock: Lock, npmCache: string, { version, commit, deno }: Subject): Promise<string> {
  const keys = Object.keys(lock.npm).sort();
  const packages = await Promise.all(keys.map((key) => componentOf(key, lock.npm[key]!, npmCache)));
  const root = `ork@${version}`;
  const runtime = {
    type: "framework",
    "bom-ref": `deno@${deno}`,
    name: "deno",
    version: deno,
    licenses: [{ license: { id: "MIT" } }],
    purl: `pkg:github/denoland/deno@v${deno}`,
  };
  const direct = Object.keys(lock.specifiers).map((specifier) => refOf(keyOfSpecifier(specifier, lock)));
  const content = {
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": root,
        name: "ork",
        version,
        licenses: [{ license: { id: "Apache-2.0" } }],
        ...commit === undefined ? {} : { properties: [{ name: "commit", value: commit }] },
      },
    },
    components: [runtime, ...packages],
    dependencies: [
      { ref: root, dependsOn: [runtime["bom-ref"], ...new Set(direct)].sort() },
      ...keys.map((key) => ({
        ref: refOf(key),
        dependsOn: (lock.npm[key]!.dependencies ?? []).map((name) => refOf(keyOfDependency(name, lock))).sort(),
      })),
    ],
  };
  const serialNumber = `urn:uuid:${await uuidOf(JSON.stringify(content))}`;
  return `${JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.6", serialNumber, ...content }, undefined, 2)}\n`;
}

async function componentOf(key: string, { integrity }: LockedPackage, npmCache: string): Promise<object> {
  const { name, version } = packageOf(key);
  const folder = await packageFolder({ name, version }, npmCache);
  const { license } = JSON.parse(await Deno.readTextFile(join(folder, "package.json"))) as { license?: unknown };
  if (typeof license !== "string") throw new Error(`Cannot read the license of ${key} in ${folder}/package.json`);
  const [, digest] = /^sha512-([A-Za-z0-9+/]{86}==)$/.exec(integrity) ?? [];
  if (digest === undefined) throw new Error(`Cannot read the integrity of ${key}: it is no SHA-512`);
  return {
    type: "library",
    "bom-ref": refOf(key),
    name,
    version,
    hashes: [{ alg: "SHA-512", content: Uint8Array.fromBase64(digest).toHex() }],
    licenses: / (?:OR|AND|WITH) /.test(license) ? [{ expression: license }] : [{ license: { id: license } }],
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
  };
}

/** A UUID of version 8 (RFC 9562): made of a digest. */
async function uuidOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).slice(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
