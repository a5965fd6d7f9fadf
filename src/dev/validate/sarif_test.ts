import assert from "node:assert/strict";
import { z } from "zod";
import type { Finding } from "../../base/finding.ts";
import { type PostureFinding, postureRules } from "../../posture/mod.ts";
import { sarifLog } from "./sarif.ts";

/*
 * What the JSON schema of SARIF 2.1.0 (OASIS, errata 01) says of the parts that are used: types, required properties,
 * enums and bounds. Its objects allow no property that it does not name (`additionalProperties: false`), so these are
 * strict too.
 */
const level = z.enum(["none", "note", "warning", "error"]);
const multiformatMessageString = z.strictObject({ text: z.string(), markdown: z.string().optional() });
const reportingDescriptor = z.strictObject({
  id: z.string(),
  shortDescription: multiformatMessageString.optional(),
  help: multiformatMessageString.optional(),
  defaultConfiguration: z.strictObject({ level: level.optional() }).optional(),
});
const toolComponent = z.strictObject({
  name: z.string(),
  version: z.string().optional(),
  rules: z.array(reportingDescriptor).optional(),
});
const invocation = z.strictObject({ executionSuccessful: z.boolean(), exitCode: z.int().optional() });
const artifactLocation = z.strictObject({
  uri: z.string().refine(isUriReference, "no URI reference"),
  uriBaseId: z.string().optional(),
});
const region = z.strictObject({ startLine: z.int().min(1), startColumn: z.int().min(1).optional() });
const location = z.strictObject({
  physicalLocation: z.strictObject({ artifactLocation, region: region.optional() }).optional(),
  logicalLocations: z.array(z.strictObject({ fullyQualifiedName: z.string().optional() })).optional(),
});
const result = z.strictObject({
  ruleId: z.string(),
  ruleIndex: z.int().min(-1),
  level,
  message: z.strictObject({ text: z.string().min(1) }),
  locations: z.array(location),
  partialFingerprints: z.record(z.string(), z.string()),
});
const run = z.strictObject({
  tool: z.strictObject({ driver: toolComponent }),
  invocations: z.array(invocation).optional(),
  columnKind: z.enum(["utf16CodeUnits", "unicodeCodePoints"]).optional(),
  results: z.array(result).nullable().optional(),
});
const log = z.strictObject({ $schema: z.url().optional(), version: z.literal("2.1.0"), runs: z.array(run).nullable() });

/** RFC 3986: no blanks, no backslashes, percent signs only before two hexadecimal digits. */
function isUriReference(text: string): boolean {
  return /^(?:[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/.test(text) && URL.canParse(text, "file:///");
}

const finding = (file: string, more: Partial<Finding> = {}): Finding => ({
  severity: "warning",
  file,
  line: 3,
  column: 5,
  path: "spec.crds.a",
  message: "It is so",
  ...more,
});

const open = (more: Partial<PostureFinding> = {}): PostureFinding => ({
  id: "far-name-from-cr",
  level: "note",
  file: "katalog.yaml",
  line: 1,
  column: 1,
  path: "",
  message: "It may be so",
  ...more,
});

const options = { versionLine: "ork 1.2.3-dev.4 (deno 2.7.11)", refused: true };

Deno.test("sarifLog() is a log of SARIF 2.1.0, whatever it has to say", () => {
  const files = ["katalog.yaml", "./a b/k.yaml", "/tmp/ä%.yaml", "stdin", "a\\b.yaml", "../up.yaml", "x#y?z.yaml"];
  for (const findings of [[], files.map((file) => finding(file)), [finding("k.yaml", { path: "", hint: "do it" })]]) {
    for (const posture of [[], [open()], postureRules.map(({ id, level }) => open({ id, level }))]) {
      const checked = log.safeParse(JSON.parse(JSON.stringify(sarifLog(findings, posture, options))));
      assert.ok(checked.success, checked.error?.message);
      assert.equal(checked.data.runs!.length, 1);
      assert.equal(checked.data.runs![0]!.results!.length, findings.length + posture.length);
    }
  }
});

Deno.test("the schema of the test refuses what SARIF refuses", () => {
  const good = JSON.parse(JSON.stringify(sarifLog([finding("k.yaml")], [], options)));
  const bad: ((log: typeof good) => void)[] = [
    (each) => each.version = "2.0.0",
    (each) => each.runs[0].results[0].level = "info",
    (each) => each.runs[0].results[0].locations[0].physicalLocation.region.startLine = 0,
    (each) => each.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri = "a b",
    (each) => each.runs[0].results[0].severity = "error",
    (each) => delete each.runs[0].tool.driver.name,
    (each) => delete each.runs[0].results[0].message.text,
    (each) => delete each.runs[0].invocations[0].executionSuccessful,
  ];
  assert.ok(log.safeParse(good).success);
  for (const spoil of bad) {
    const copy = structuredClone(good);
    spoil(copy);
    assert.ok(!log.safeParse(copy).success, spoil.toString());
  }
});

Deno.test("sarifLog() names the rule, the level and the place of each finding", () => {
  const { runs: [one] } = sarifLog(
    [finding("dir/k.yaml", { severity: "error", line: 7, column: 9, hint: "change it" })],
    [open({ id: "host-path-from-cr", level: "error", path: "spec.crds.a.b" })],
    options,
  );
  const { driver } = one!.tool;
  assert.deepEqual([driver.name, driver.version], ["ork", "1.2.3-dev.4"]);
  for (const each of one!.results) assert.equal(driver.rules[each.ruleIndex]!.id, each.ruleId);
  const [first, second] = one!.results;
  assert.deepEqual([first!.ruleId, first!.level, first!.message.text], [
    "katalog-error",
    "error",
    "spec.crds.a: It is so (change it)",
  ]);
  assert.deepEqual(first!.locations[0]!.physicalLocation, {
    artifactLocation: { uri: "dir/k.yaml", uriBaseId: "%SRCROOT%" },
    region: { startLine: 7, startColumn: 9 },
  });
  assert.deepEqual([second!.ruleId, second!.level], ["host-path-from-cr", "error"]);
  assert.deepEqual(one!.invocations, [{ executionSuccessful: true, exitCode: 1 }]);
});

Deno.test("sarifLog() recognises a finding that moved a few lines", () => {
  const hash = (line: number, message = "It is so") =>
    sarifLog([finding("k.yaml", { line, message })], [], options).runs[0]!.results[0]!.partialFingerprints;
  assert.deepEqual(hash(3), hash(30));
  assert.notDeepEqual(hash(3), hash(3, "It is otherwise"));
});
