/**
 * Mutants of real reviews, as bytes, against the webhooks in this process: no crash, no hang, no 5xx.
 *
 * `ORK_FUZZ_SECONDS`: for `/validate`, `/mutate` and `/convert` each (3 when absent), a third of it for each other path. `ORK_FUZZ_SEED`: that of a run to be repeated; it is printed.
 * What once failed is kept in `fuzz_seeds.ts`.
 */
import assert from "node:assert/strict";
import { compileProtection } from "../../src/admission/protect.ts";
import { type JsonMap, parseJson, stringifyJson } from "../../src/base/json.ts";
import { conversionPath } from "../../src/gateway/registration/crd_conversion.ts";
import { Conversions } from "../../src/gateway/webhooks/conversions.ts";
import { Reviews } from "../../src/gateway/webhooks/reviews.ts";
import { protectionPaths } from "../../src/gateway/webhooks/protection.ts";
import { WebhookMetrics } from "../../src/gateway/webhooks/webhook_metrics.ts";
import { webhookApp } from "../../src/gateway/webhooks/app.ts";
import { defaultInstallation } from "../../src/k8s/installation.ts";
import { realClock } from "../support/clock.ts";
import { conversionOf } from "../support/conversions.ts";
import { planOf } from "../support/plans.ts";
import { conversionSeeds, keptConversionSeeds, keptSeeds, mutant, randomSource, reviewSeeds } from "./fuzz_seeds.ts";

const map = (properties: JsonMap): JsonMap => ({ type: "object", properties });
const text: JsonMap = { type: "string" };
const integer: JsonMap = { type: "integer", format: "int64" };
const open: JsonMap = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const conversion = conversionOf([
  "{from: v1alpha1, to: v1, spec: {replicas: '{{ .spec.size }}', tls: {host: '{{ .spec.host }}'}}}",
  "{from: v1, to: v1alpha1, spec: {size: '{{ .spec.replicas }}', host: '{{ .spec.tls.host }}'}}",
  "{from: v1beta1, to: v1, spec: {replicas: '{{ .spec.count }}', mode: '{{ toLower .spec.mode }}'}}",
  "{from: v1, to: v1beta1, spec: {count: '{{ .spec.replicas }}', mode: '{{ toUpper .spec.mode }}'}}",
], {
  v1alpha1: map({ size: integer, host: text, mode: integer, old: open, labels: open }),
  v1beta1: map({ count: integer, tls: map({ host: text, beta: text }), mode: text }),
  v1: map({ replicas: integer, tls: map({ host: text, secret: text }), mode: text, labels: open }),
});

/** Longest time for one review, on a machine that does other things too. */
const maxMs = 5_000;

function serve() {
  const { gateway, protection } = planOf(
    `shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  normalize: {spec: {size: "{{ .spec.size | default .spec.legacySize }}"}}
  allowedNamespaces: ["team*"]
  mutation:
    rules:
      - {field: spec.tier, default: standard}
      - {field: 'metadata.annotations["acme.example/plan"]', default: "{{ .spec.tier }}"}
      - {field: 'spec.settings["{{ .spec.key }}"]', override: "{{ .metadata.name }}", when: [{field: spec.key, exists: true}]}
  validation:
    rules:
      - {field: spec.size, max: 3, message: "at most 3, not {{ .spec.size }}", when: [{field: spec.size, exists: true}]}
      - {field: spec.host, regex: "^([a-z]+[.])*example[.]org$", message: no such host}
      - {field: spec.tier, in: "standard,gold", message: no such tier}
      - {field: "{{ len .spec.list }}", max: 5, message: too many, action: warn}
  operatorBox: {}
`,
    "gateway: {}\nsecurity:\n  webhooks: {admission: {enabled: true}}\n" +
      "  deletionProtection: {strictMode: true, override: {users: [chief]}}\n  namespaceProtection: {enabled: true}\n",
  );
  const reviews = new Reviews(gateway!.admission);
  const errors: string[] = [];
  const paths = {
    "/validate": (request: Parameters<Reviews["validate"]>[0], wallMs: number) => reviews.validate(request, wallMs),
    "/mutate": (request: Parameters<Reviews["mutate"]>[0], wallMs: number) => reviews.mutate(request, wallMs),
    ...protectionPaths(compileProtection(protection ?? {}, defaultInstallation)),
  };
  const handler = webhookApp({
    clock: realClock,
    // A conversion that fails is in the log, as it should be.
    log: (level, message) => level === "error" && !message.startsWith("convert: ") && errors.push(message),
    metrics: new WebhookMetrics(),
    admission: paths,
    convert: new Conversions([conversion]),
  });
  return { handler, errors, paths: [...Object.keys(paths), conversionPath], converted: 0 };
}

/** Sends one body, returns the status; throws where the response is none that an API server could use. */
async function probe(app: ReturnType<typeof serve>, path: string, body: Uint8Array<ArrayBuffer>) {
  const { handler, errors } = app;
  const beginMs = performance.now();
  const headers = { "content-type": "application/json" };
  const response = await handler(new Request(`https://gateway${path}`, { method: "POST", headers, body }), {
    cut() {},
  });
  const text = await response.text();
  const tookMs = performance.now() - beginMs;
  assert.ok(response.status === 200 || response.status === 400, `HTTP ${response.status}: ${text.slice(0, 200)}`);
  assert.deepEqual(errors, []);
  assert.ok(tookMs < maxMs, `it took ${Math.round(tookMs)} ms`);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  const parsed = parseJson(text) as JsonMap;
  if (response.status === 400) {
    assert.match(String(parsed["error"]), /^Cannot /);
    return 400;
  }
  const review = parsed["response"] as JsonMap;
  assert.equal(typeof review["uid"], "string");
  if (path === conversionPath) {
    if (assertConverted(parseJson(new TextDecoder().decode(body)) as JsonMap, review)) app.converted++;
    return 200;
  }
  assert.equal(typeof review["allowed"], "boolean");
  if (review["allowed"] === false) assert.ok([400, 403].includes(Number((review["status"] as JsonMap)["code"])));
  if (review["patch"] !== undefined) assert.ok(Array.isArray(parseJson(atob(String(review["patch"])))));
  return 200;
}

/**
 * As the API server checks it: all objects, at the version wanted, each the one that it was. Returns whether there are
 * any; `false` also for a failure, which says why.
 */
function assertConverted({ request }: JsonMap, { uid, result, convertedObjects }: JsonMap): boolean {
  const { uid: sent, desiredAPIVersion, objects } = request as JsonMap;
  assert.equal(uid, sent);
  const { status, message } = result as JsonMap;
  if (status === "Failure") {
    assert.match(String(message), /^Cannot convert /);
    return false;
  }
  assert.equal(status, "Success");
  const [before, after] = [objects, convertedObjects] as [JsonMap[], JsonMap[]];
  assert.equal(after.length, before.length);
  for (const [index, object] of after.entries()) {
    assert.equal(object["apiVersion"], desiredAPIVersion);
    assert.equal(object["kind"], before[index]!["kind"]);
    const [was, is] = [before[index]!["metadata"], object["metadata"]] as [JsonMap, JsonMap];
    // As JSON, which has no infinity.
    for (const key of ["name", "namespace", "uid"]) assert.equal(stringifyJson(is[key]), stringifyJson(was[key]), key);
  }
  return after.length > 0;
}

const seconds = Number(Deno.env.get("ORK_FUZZ_SECONDS") ?? "3");
const seed = Number(Deno.env.get("ORK_FUZZ_SEED") ?? String(Date.now() % 2 ** 31));

Deno.test("fuzz: what once failed does not fail again", async () => {
  const app = serve();
  for (const path of app.paths) {
    for (const [name, text] of path === conversionPath ? keptConversionSeeds() : keptSeeds()) {
      try {
        await probe(app, path, new TextEncoder().encode(text));
      } catch (error) {
        throw new Error(`${path}, ${name}: ${error instanceof Error ? error.message : error}`, { cause: error });
      }
    }
  }
});

// One of each path.
for (const path of serve().paths) {
  Deno.test(`fuzz: ${path} responds to whatever is sent`, async () => {
    const app = serve();
    const random = randomSource(seed);
    const seeds = path === conversionPath ? conversionSeeds() : reviewSeeds();
    const share = ["/validate", "/mutate", conversionPath].includes(path) ? 1 : 1 / 3;
    const endMs = performance.now() + seconds * share * 1000;
    let count = 0;
    let reviewed = 0;
    while (performance.now() < endMs) {
      const body = mutant(seeds[count % seeds.length]!, random);
      count++;
      try {
        if (await probe(app, path, body) === 200) reviewed++;
      } catch (error) {
        const file = await Deno.makeTempFile({ prefix: "ork-fuzz-", suffix: ".json" });
        await Deno.writeFile(file, body);
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`${path}: ${why}; ORK_FUZZ_SEED=${seed}, mutant ${count}, kept as ${file}`, { cause: error });
      }
    }
    console.log(`${path}: ${count} mutants, ${reviewed} of them reviews, ORK_FUZZ_SEED=${seed}`);
    assert.ok(reviewed > count / 10, "too few are reviews to mean anything");
    if (path === conversionPath) assert.ok(app.converted > reviewed / 10, `only ${app.converted} conversions`);
  });
}
