import assert from "node:assert/strict";
import type { FileReader } from "../../files/mod.ts";
import { validate } from "./validate.ts";

/** Exit code, and what `ork validate --full -o json` says of a Katalog with this entry. */
async function fullOf(operatorBox: string): Promise<{ code: number; ordinary: string[]; posture: string[] }> {
  const text = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: demo}
spec:
  crds:
    shop:
      apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
      operatorBox: {${operatorBox}}
`;
  const files: FileReader = {
    read: (name) => name === "k.yaml" ? { bytes: new TextEncoder().encode(text) } : { trouble: "it does not exist" },
    list: () => ({ trouble: "it does not exist" }),
    folders: () => [],
    stdin: () => Promise.resolve({ trouble: "it is closed" }),
  };
  let out = "";
  const terminal = {
    out: (line: string) => void (out += line),
    err: (line: string) => assert.fail(line),
    colour: false,
  };
  const options = { files: ["k.yaml"], output: "json", strict: false, full: true, versionLine: "" } as const;
  const code = await validate(options, terminal, files);
  const { findings, posture } = JSON.parse(out);
  return {
    code,
    ordinary: findings.map(({ column, message }: { column: number; message: string }) => `${column} ${message}`),
    posture: posture.findings.map(({ column, severity, id }: Record<string, string>) => `${column} ${severity} ${id}`),
  };
}

Deno.test("validate() shows what the posture says in the place of a finding about something else", async () => {
  const { code, ordinary, posture } = await fullOf(
    'onReconcile: {configMaps: [{name: "{{ .metadata.name }}", namespace: elsewhere, adopt: true, data: {a: b}}]}',
  );
  const column = ordinary[0]!.split(" ")[0];
  assert.match(ordinary[0]!, /Two Shop objects of one name, in two namespaces, would use the same ConfigMap/);
  assert.deepEqual(posture.sort(), [`${column} error adopt-from-cr`, `${column} warning far-name-from-cr`]);
  assert.equal(code, 1, "an error of the posture is one");
});

Deno.test("validate() says once what a finding and the posture have in common", async () => {
  const { ordinary, posture } = await fullOf(
    'onReconcile: {external: [{name: x, url: "http://{{ .spec.host }}/"}], ' +
      'configMaps: [{name: "{{ .metadata.name }}", data: {a: "{{ .external.x.status }}"}}]}',
  );
  assert.match(ordinary.join(), /Templates decide which host is called/);
  assert.deepEqual(posture.filter((each) => each.includes("url-from-cr")), []);
});

Deno.test("validate() checks documents of kind Simulate, and takes none together with Katalogs", async () => {
  const texts: Record<string, string> = {
    "sim.yaml":
      "apiVersion: orkestra.orkspace.io/v1\nkind: Simulate\nmetadata: {name: a}\nspec: {katalog: k.yaml, cr: k.yaml}\n",
    "bad.yaml":
      "apiVersion: orkestra.orkspace.io/v1\nkind: Simulate\nmetadata: {name: a}\nspec: {katalog: none.yaml, cr: k.yaml}\n",
    "k.yaml": "kind: Katalog\n",
  };
  const files: FileReader = {
    read: (name) =>
      texts[name] === undefined ? { trouble: "it does not exist" } : { bytes: new TextEncoder().encode(texts[name]) },
    list: () => ({ trouble: "it does not exist" }),
    folders: () => [],
    stdin: () => Promise.resolve({ trouble: "it is closed" }),
  };
  const said = async (named: string[], output: "text" | "json" = "text") => {
    let out = "";
    const terminal = { out: (line: string) => void (out += `${line}\n`), err: () => {}, colour: false };
    const code = await validate({ files: named, output, strict: false, full: false, versionLine: "" }, terminal, files);
    return [code, out];
  };
  assert.deepEqual(await said(["sim.yaml"]), [0, "sim.yaml is valid\n"]);
  assert.deepEqual(await said(["bad.yaml"]), [
    1,
    "bad.yaml:4:17: error: spec.katalog: Cannot read none.yaml\n    hint: is it there?\nbad.yaml: 1 error\n",
  ]);
  const [code, json] = await said(["bad.yaml", "sim.yaml"], "json");
  assert.deepEqual([code, JSON.parse(String(json)).findings.length], [1, 1]);
  await assert.rejects(said(["sim.yaml", "k.yaml"]), { name: "UsageError" });
});
