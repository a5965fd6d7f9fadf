import assert from "node:assert/strict";
import { sha256OfFile } from "./sums.ts";
import { verify, type VerifyPorts } from "./verify.ts";

interface Ran {
  readonly code: number;
  readonly text: string;
  readonly commands: readonly (readonly string[])[];
}

async function released(
  work: (
    run: (args: readonly string[], cosign?: Awaited<ReturnType<VerifyPorts["run"]>>) => Promise<Ran>,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/ork`, "the binary");
    await Deno.writeTextFile(`${folder}/SHA256SUMS`, `${await sha256OfFile(`${folder}/ork`)}  ork\n`);
    await work(async (args, cosign) => {
      let text = "";
      const commands: (readonly string[])[] = [];
      const code = await verify(args, {
        out: (line) => void (text += `${line}\n`),
        err: (line) => void (text += `${line}\n`),
        run: (command) => {
          commands.push(command);
          return Promise.resolve(cosign);
        },
      });
      return { code, text, commands };
    }, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const repository = ["--repository", "https://host.example/owner/ork"];

Deno.test("verify() accepts the file that was released, and says what it did not check", async () => {
  await released(async (run, folder) => {
    const { code, text, commands } = await run([`${folder}/ork`]);
    assert.equal(code, 0);
    assert.match(text, /the checksum is that of .*SHA256SUMS\n.*the signature is not checked: there is no provenance/);
    assert.deepEqual(commands, []);
    assert.equal((await run([`${folder}/ork`, "--require-signature"])).code, 1);
  });
});

Deno.test("verify() refuses a file that was changed, one that is not listed, and a list that is none", async () => {
  await released(async (run, folder) => {
    await Deno.writeTextFile(`${folder}/other`, "the binary");
    const other = await run([`${folder}/other`]);
    assert.deepEqual([other.code, /has no line for other/.test(other.text)], [1, true]);
    await Deno.writeTextFile(`${folder}/ork`, "the binary!");
    const changed = await run([`${folder}/ork`]);
    assert.equal(changed.code, 1);
    assert.match(changed.text, /its SHA-256 is [0-9a-f]{64}, and .* has [0-9a-f]{64}: do not use it/);
    await Deno.writeTextFile(`${folder}/SHA256SUMS`, "nonsense\n");
    assert.match((await run([`${folder}/ork`])).text, /cannot read .*SHA256SUMS: Line 1/);
    assert.equal((await run([`${folder}/absent`])).code, 1);
    assert.equal((await run([`${folder}/ork`, "--sums", `${folder}/absent`])).code, 1);
  });
});

Deno.test("verify() has cosign check who signed the file", async () => {
  await released(async (run, folder) => {
    await Deno.writeTextFile(`${folder}/provenance.sigstore.json`, "{}");
    const good = await run([`${folder}/ork`, ...repository, "--require-signature"], { success: true, text: "" });
    assert.equal(good.code, 0);
    assert.match(good.text, /built and signed by the release workflow of https:\/\/host\.example\/owner\/ork/);
    const [command] = good.commands;
    assert.deepEqual(command!.slice(0, 2), ["cosign", "verify-blob-attestation"]);
    assert.equal(command!.at(-1), `${folder}/ork`);
    const identity = new RegExp(command![command!.indexOf("--certificate-identity-regexp") + 1]!);
    const signer = "https://host.example/owner/ork/.github/workflows/release.yaml";
    assert.match(`${signer}@refs/tags/v1.0.0`, identity);
    for (
      const wrong of [
        `${signer}@refs/heads/main`,
        `${signer.replace("host.", "hostx")}@refs/tags/v1`,
        `x${signer}@refs/tags/v1`,
      ]
    ) {
      assert.doesNotMatch(wrong, identity);
    }
    const bad = await run([`${folder}/ork`, ...repository], { success: false, text: "no matching attestation" });
    assert.deepEqual([bad.code, /cosign refuses the signature: no matching/.test(bad.text)], [1, true]);
    const without = await run([`${folder}/ork`, ...repository]);
    assert.deepEqual([without.code, /cosign is not installed/.test(without.text)], [0, true]);
    const unnamed = await run([`${folder}/ork`], { success: true, text: "" });
    assert.match(unnamed.text, /name the repository/);
  });
});

Deno.test("verify() explains wrong usage", async () => {
  await released(async (run, folder) => {
    for (const args of [[], ["a", "b"], ["--sum", "x", "a"], [`${folder}/ork`, "--repository", "owner/ork"]]) {
      const { code, text } = await run(args);
      assert.deepEqual([code, text.includes("usage: deno task verify FILE")], [2, true], args.join(" "));
    }
  });
});
