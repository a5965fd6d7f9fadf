import assert from "node:assert/strict";
import { UnknownOutputError } from "./embedded_files.ts";
import { fixedTime, fixTimes, withoutCachePath } from "./reproducible.ts";

/** A program as far as it matters: something, then the list after its length, then something. */
function program(list: string, before = "\x7fELF"): Uint8Array {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const json = encode(list);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return Uint8Array.from([...encode(before), ...length, ...json, ...encode(`"t":1795960711838 is code`)]);
}

const listed = (time: number): string =>
  JSON.stringify([
    {
      Dir: {
        n: "src",
        e: [{ File: { n: 'ä"t":1795960711838', o: [0, 7], t: time } }, { File: { n: "b.ts", t: 1795960711839 } }],
      },
    },
  ]);

Deno.test("fixTimes() makes programs equal that differ in times alone", () => {
  const [a, b] = [program(listed(1795960711838)), program(listed(1600000000000))];
  assert.notDeepEqual(a, b);
  assert.equal(fixTimes(a), 2);
  assert.equal(fixTimes(b), 2);
  assert.deepEqual(a, b);
  assert.deepEqual(a, program(listed(fixedTime).replace("1795960711839", String(fixedTime))));
});

Deno.test("fixTimes() leaves programs different that differ in anything else", () => {
  const [a, b] = [program(listed(1795960711838)), program(listed(1795960711838).replace("[0,7]", "[0,8]"))];
  fixTimes(a);
  fixTimes(b);
  assert.notDeepEqual(a, b);
});

Deno.test("fixTimes() passes over texts that only begin like the list", () => {
  const a = program(listed(1795960711838), `[{"Dir":{"n": is no list, and neither is 12345678[{"Dir":{"n":`);
  assert.equal(fixTimes(a), 2);
});

Deno.test("fixTimes() refuses a program whose list it does not know", () => {
  const unknown = (list: string) => assert.throws(() => fixTimes(program(list)), UnknownOutputError);
  unknown(`{"files":[]}`);
  unknown(`[{"Dir":{"n":"no JSON"`);
  unknown(listed(499_162_500_000));
});

Deno.test("withoutCachePath() gives the same bundle wherever the npm cache is", () => {
  const bundle = (cache: string) =>
    `// ${cache}/registry.example.org/yaml/2.9.1/dist/visit.js\n  "${cache}/r.example.org/@peculiar/x509/2.2.0/x.js"(exports) {}\n// src/a.ts\n`;
  const [here, there] = ["../../root/.cache/deno/npm", "../c (1)/npm"];
  const text = withoutCachePath(bundle(here), here);
  assert.equal(text, withoutCachePath(bundle(there), there));
  assert.equal(text, `// npm:yaml/2.9.1/dist/visit.js\n  "npm:@peculiar/x509/2.2.0/x.js"(exports) {}\n// src/a.ts\n`);
});

Deno.test("withoutCachePath() refuses a bundle that names the cache otherwise", () => {
  assert.throws(() => withoutCachePath(`a;\nconst place = "../npm";`, "../npm"), /in line 2/);
});
