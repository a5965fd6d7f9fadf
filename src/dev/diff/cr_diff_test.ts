import assert from "node:assert/strict";
import { expandKatalog, loadKatalog } from "../../katalog/mod.ts";
import { derivePlan } from "../../plan/mod.ts";
import { compareCr } from "./cr_diff.ts";
import { diffLines } from "./print_diff.ts";
import type { Side } from "./side.ts";

function side(crds: string, name: string): Side {
  const text = `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: demo}\nspec:\n  crds:\n${
    crds.replace(/^(?=.)/gm, "    ")
  }`;
  const { katalog, findings } = loadKatalog([{ path: name, bytes: new TextEncoder().encode(text) }], () => undefined);
  assert.ok(katalog !== undefined, Deno.inspect(findings));
  return { name, plan: derivePlan(katalog), katalog: expandKatalog(katalog) };
}

const shop = (box: string) =>
  `shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  operatorBox:
${box.trim().replace(/^(?=.)/gm, "    ")}
`;

/** The lines about the children of a Shop `one`, whose spec is `{name: text}`. */
async function lines(before: string, after: string): Promise<string[]> {
  const object = {
    apiVersion: "shop.example.org/v1",
    kind: "Shop",
    metadata: { name: "one", namespace: "a" },
    spec: { name: "text" },
  };
  const manifest = { object, at: { file: "cr.yaml", line: 1, column: 1 } };
  const ports = { wallMs: 0, stored: () => Promise.reject(new Error("No CRD is read")) };
  const changes = await compareCr(side(before, "before.yaml"), side(after, "after.yaml"), manifest, ports);
  if (!("changes" in changes)) return [changes.problem];
  const plans = { boxes: [], katalog: [], watches: [], permissions: [], webhooks: [] };
  return diffLines(plans, [changes], { colour: false }).slice(2).map((line) => line.slice(4));
}

const map = (name: string, more = "", value = "x") =>
  `{name: "{{ .metadata.name }}-${name}", ${more}data: {v: ${value}}}`;
const maps = (...entries: string[]) => `onReconcile:\n  configMaps: [${entries.join(", ")}]`;
const bad = '"{{ .spec.name.first }}"';

const cases: [what: string, before: string, after: string, expected: readonly (string | RegExp)[]][] = [
  ["a field changes", maps(map("a")), maps(map("a", "", "y")), ["~ ConfigMap one-a", '    ~ data.v: "x" → "y"']],
  ["an entry is dropped, and another one added", maps(map("a")), maps(map("b")), [
    "- ConfigMap one-a",
    "+ ConfigMap one-b",
  ]],
  ["what is only created is dropped", `onCreate:\n  configMaps: [${map("a")}]`, maps(map("b")), ["+ ConfigMap one-b"]],
  [
    "what is only created changes",
    `onCreate:\n  configMaps: [${map("a")}]`,
    `onCreate:\n  configMaps: [${map("a", "", "y")}]`,
    [],
  ],
  ["what outlives its entry is dropped", maps(map("a", "deletionPolicy: Retain, "), map("b")), maps(map("b")), []],
  ["an entry fails", maps(map("a"), map("b")), maps(map("a", "", bad), map("b")), [
    /^! onReconcile\.configMaps\[0\]: after/,
  ]],
  ["an entry fails as before", maps(map("a", "", bad)), maps(map("a", "", bad)), []],
  [
    "an entry waits",
    maps(map("a")),
    maps(map("a", "", '"{{ (index .children.service.status.ips 0) }}"')),
    [],
  ],
  [
    "a Job and a claim change, which stay as they are",
    "onReconcile:\n  jobs: [{image: i}]\n  persistentVolumeClaims: [{name: '{{ .metadata.name }}', storage: 1Gi}]",
    "onReconcile:\n  jobs: [{image: j}]\n  persistentVolumeClaims: [{name: '{{ .metadata.name }}', storage: 2Gi}]",
    [
      "~ PersistentVolumeClaim one",
      '    ~ spec.resources.requests.storage: "1Gi" → "2Gi"',
      /^! declared otherwise, but never changed in place: Job one-job \(spec\.template/,
    ],
  ],
  ["its deletion policy changes", maps(map("a")), maps(map("a", "deletionPolicy: Retain, ")), [
    "~ ConfigMap one-a",
    /metadata\.annotations/,
  ]],
];

for (const [what, before, after, expected] of cases) {
  Deno.test(`compareCr() says what becomes of children where ${what}`, async () => {
    const found = await lines(shop(before), shop(after));
    assert.equal(found.length, expected.length, found.join("\n"));
    expected.forEach((one, index) => {
      if (typeof one === "string") assert.equal(found[index], one);
      else assert.match(found[index]!, one);
    });
  });
}

Deno.test("compareCr() says that children stay where no operator is left for the kind", async () => {
  const other = shop(maps(map("a"))).replace("shop:", "mail:").replace("Shop", "Mail").replace("shops", "mails");
  const [line, ...rest] = await lines(shop(maps(map("a"))), other);
  assert.deepEqual([rest, /^! No CRD of the Katalog is Shop .*; the children stay$/.test(line!)], [[], true], line);
});
