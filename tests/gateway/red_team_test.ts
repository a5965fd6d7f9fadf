/** Attempts to get past the Gateway through a real API server: a row each, and what must come out. */
import assert from "node:assert/strict";
import { encodeBase64 } from "../../src/base/base64.ts";
import { type JsonMap, stringifyJson } from "../../src/base/json.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { certificateAuthority } from "../support/pki.ts";
import { waitFor } from "../support/wait_for.ts";
import { type Attempt, clusterAttempts } from "./cluster_attempts.ts";
import { merge, residentMiB, Stage, users } from "./stage.ts";

const entries = `shop:
  apiTypes: {group: GROUP, version: v1, kind: Shop, plural: shops, specReplicasPath: .spec.replicas}
  mutation:
    rules:
      - {field: spec.tier, default: standard}
      - {field: spec.owner, override: ork, when: [{field: spec.owner, exists: true}]}
      - {field: 'spec.settings["{{ .spec.key }}"]', default: set, when: [{field: spec.key, exists: true}]}
  validation:
    rules:
      - {field: spec.size, max: 3, message: at most 3, when: [{field: spec.size, exists: true}]}
      - {field: spec.replicas, max: 5, message: at most 5, when: [{field: spec.replicas, exists: true}]}
      - {field: spec.host, regex: '^([a-z]+[.])*example[.]org$', message: no such host, when: [{field: spec.host, exists: true}]}
      - {field: spec.tier, in: "standard,gold", message: no such tier}
      - field: spec.seats
        max: 9
        message: at most 9 seats
        when: [{field: spec.seats, exists: true}, {field: spec.plan, notRegex: '^exempt$'}]
      - {field: spec.rows, max: "{{ .spec.maxRows }}", message: too many rows, when: [{field: spec.rows, exists: true}]}
  operatorBox: {}
stall:
  apiTypes: {group: GROUP, version: v1, kind: Stall, plural: stalls}
  deletionProtection: {strictMode: false}
  operatorBox: {}
`;
// Admission has Ignore, the default: whatever makes the Gateway fail lets an object through.
const security = `  webhooks: {admission: {enabled: true}}
  deletionProtection:
    strictMode: true
    override: {users: [chief], groups: [break-glass], serviceAccounts: [backup/velero]}
  namespaceProtection: {restrictedNamespaces: [kube-public]}
`;
/** What the whole table may add to the resident memory of the Gateway. */
const maxGrowthMiB = 512;

clusterTest("red team: no attempt gets through, and none brings the Gateway down", async (test) => {
  await using stage = await Stage.open(test, entries, security);
  const before = residentMiB(stage.gateway.process.pid);
  const failures: string[] = [];
  for (const [index, attempt] of clusterAttempts.entries()) {
    try {
      await run(stage, attempt, `a-${index}`);
    } catch (error) {
      failures.push(`${attempt.what}: ${error instanceof Error ? error.message : error}`);
    }
  }
  assert.deepEqual(failures, []);
  const health = await fetch(`${stage.gateway.url}/ready`);
  assert.equal(health.status, 200, await health.text());
  assert.doesNotMatch(stage.gateway.process.stdout, /Unexpected error/);
  const after = residentMiB(stage.gateway.process.pid);
  console.log(`${clusterAttempts.length} attempts; resident memory ${before} MiB before, ${after} MiB after`);
  if (before !== undefined) assert.ok(after! - before < maxGrowthMiB, `${before} MiB, then ${after} MiB`);
});

async function run(
  stage: Stage,
  { what, as = users.mallory, given, send, refused, stored, gone }: Attempt,
  name: string,
) {
  const kind = given?.kind ?? "Shop";
  const path = `${kind === "Shop" ? stage.shops : stage.stalls}/${name}`;
  if (given !== undefined) {
    const object = stage.object(kind, { name, ...given.metadata }, given.spec ?? {});
    const made = await stage.send(users.chief, { method: "POST", path: path.replace(/\/[^/]+$/, ""), body: object });
    assert.equal(made.status, 201, `given: ${made.text}`);
  }
  const sent = send({ name, path, stage });
  const before = await stage.get(path);
  const { status, text } = await stage.send(as, sent);
  const after = await stage.get(path);
  const shown = `${what}: HTTP ${status} ${text.slice(0, 300)}`;
  if (refused !== undefined) {
    assert.ok(status >= 400 && status < 500, shown);
    assert.match(text, refused, shown);
    assert.deepEqual([after.status, after.body], [before.status, before.body], shown);
  } else if (stored !== undefined) {
    assert.ok(status < 300, shown);
    assert.ok(stored(after.body), `${shown}; stored: ${stringifyJson(after.body["spec"])}`);
  } else {
    assert.equal(gone, true);
    assert.ok(status < 300 && after.status === 404, shown);
  }
}

clusterTest("red team: what is forged in a webhook configuration is put right", async (test) => {
  await using stage = await Stage.open(test, entries, security);
  const [{ certPem }, paths] = [await certificateAuthority(), await stage.configurations()];
  const forgeries: [what: string, forge: (webhook: JsonMap) => JsonMap][] = [
    [
      "the CA of somebody else",
      (webhook) => client(webhook, { caBundle: encodeBase64(new TextEncoder().encode(certPem)) }),
    ],
    ["the URL of somebody else", (webhook) => client(webhook, { url: "https://127.0.0.1:1/validate" })],
    ["Ignore", (webhook) => ({ ...webhook, failurePolicy: "Ignore", timeoutSeconds: 1 })],
    ["no rules", (webhook) => ({ ...webhook, rules: [] })],
    ["a condition that never holds", (webhook) => ({
      ...webhook,
      matchConditions: [...webhook["matchConditions"] as JsonMap[], { name: "never", expression: "false" }],
    })],
    ["an objectSelector", (webhook) => ({ ...webhook, objectSelector: { matchLabels: { never: "true" } } })],
    ["a namespaceSelector", (webhook) => ({
      ...webhook,
      namespaceSelector: { matchExpressions: [{ key: "never", operator: "Exists" }] },
    })],
    ["one more expression in its selectors", (webhook) => ({
      ...webhook,
      objectSelector: {
        ...webhook["objectSelector"] as JsonMap,
        matchExpressions: [{ key: "never", operator: "Exists" }],
      },
    })],
  ];
  assert.equal(paths.length, 5, paths.join());
  for (const path of paths) {
    const right = (await stage.get(path)).body["webhooks"] as JsonMap[];
    const isRight = async (what: string) => {
      await waitFor(`${path} is put right: ${what}`, async () => {
        assert.deepEqual((await stage.get(path)).body["webhooks"], right);
        return true;
      }, { timeoutMs: 15_000 });
    };
    for (const [what, forge] of forgeries) {
      const { status, text } = await stage.send(users.mallory, {
        method: "PATCH",
        path,
        body: { webhooks: right.map(forge) },
        type: merge,
      });
      assert.equal(status, 200, text);
      await isRight(what);
    }
    for (const registered of ["9999-01-01T00:00:00Z", "never"]) {
      const annotations = {
        "orkestra.orkspace.io/rules": "0000000000000000",
        "orkestra.orkspace.io/registered": registered,
      };
      const { status, text } = await stage.send(users.mallory, {
        method: "PATCH",
        path,
        body: { metadata: { annotations }, webhooks: [] },
        type: merge,
      });
      assert.equal(status, 200, text);
      await isRight(`registered ${registered}`);
    }
  }
});

function client(webhook: JsonMap, changes: JsonMap): JsonMap {
  return { ...webhook, clientConfig: { ...webhook["clientConfig"] as JsonMap, ...changes } };
}
