import assert from "node:assert/strict";
import { formatSums, parseSums, sha256OfFile, SumsError } from "./sums.ts";

const [one, two] = ["1".repeat(64), "2".repeat(64)];

Deno.test("formatSums() sorts by name, and parseSums() reads that", () => {
  const text = formatSums(new Map([["ork-runtime", two], ["ork", one]]));
  assert.equal(text, `${one}  ork\n${two}  ork-runtime\n`);
  assert.deepEqual(parseSums(text), new Map([["ork", one], ["ork-runtime", two]]));
  assert.deepEqual(parseSums(`${one} *ork\r\n\n`), new Map([["ork", one]]));
});

Deno.test("parseSums() says in which line something is wrong", () => {
  for (const wrong of ["x", `${one} ork`, `${one.slice(1)}  ork`, `${one}  ../ork`, `${two}  a`]) {
    assert.throws(() => parseSums(`${one}  a\n${wrong}\n`), (error: unknown) => {
      return error instanceof SumsError && error.message.startsWith("Line 2 ");
    }, wrong);
  }
});

Deno.test("sha256OfFile() is the SHA-256 of the content", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "abc");
    // FIPS 180-2, appendix B.1
    assert.equal(await sha256OfFile(path), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  } finally {
    await Deno.remove(path);
  }
});
