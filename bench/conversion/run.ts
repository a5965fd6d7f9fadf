/**
 * `deno task bench:conversion`: objects made at random from the schemas of an example, in each of its versions, are
 * converted to each other version and back, as the API server does with lists: in reviews of 500, through the handler
 * of the Gateway, with what a schema prunes and defaults in between. Prints a table in Markdown, and fails when a field
 * is lost or an object cannot be converted.
 *
 * `--objects N` (1,000,000) of all pairs together, `--list N` (500) in a review, `--katalog FILE`, `--seed N`. Times are
 * those of one thread: of `convert()` for each object, and of the whole review, JSON and checks included.
 */
import { compileConversion, convert } from "../../src/admission/convert.ts";
import { isMap, type Json, type JsonMap, ownValue, parseJson, stringifyJson } from "../../src/base/json.ts";
import { asStored, findLoss } from "../../src/dev/round_trip/mod.ts";
import { loadPlan } from "../../src/dev/load_plan.ts";
import { systemFiles } from "../../src/files/mod.ts";
import { conversionPath } from "../../src/gateway/registration/crd_conversion.ts";
import { webhookApp } from "../../src/gateway/webhooks/app.ts";
import { Conversions } from "../../src/gateway/webhooks/conversions.ts";
import { WebhookMetrics } from "../../src/gateway/webhooks/webhook_metrics.ts";
import { apiVersionOf, type KubeObject } from "../../src/k8s/object.ts";
import { randomNumbers } from "../../tests/chaos/random.ts";
import { realClock } from "../../tests/support/clock.ts";
import { quantile } from "../admission/latencies.ts";
import { readOptions } from "../options.ts";
import { randomObject } from "./random_object.ts";

const options = readOptions({
  objects: 1_000_000,
  list: 500,
  katalog: new URL("../../katalogs/three-versions/katalog.yaml", import.meta.url).pathname,
  seed: Math.floor(Math.random() * 2 ** 31) + 1,
});
console.log(`SEED=${options.seed}`);
const random = randomNumbers(options.seed);

const { plan } = await loadPlan([options.katalog], systemFiles());
const conversions = plan?.conversions ?? [];
if (conversions.length === 0) {
  console.error(`${options.katalog} has no conversion that could be measured: give another --katalog`);
  Deno.exit(2);
}
const problems: string[] = [];
const handler = webhookApp({
  clock: realClock,
  log: (_level, message) => void problems.push(message),
  metrics: new WebhookMetrics(),
  admission: {},
  convert: new Conversions(conversions),
});

const pairs = conversions.flatMap((conversion) => {
  const versions = conversion.versions.filter(({ schema }) => schema !== undefined).map(({ name }) => name);
  return versions.flatMap((from) => versions.filter((to) => to !== from).map((to) => ({ conversion, from, to })));
});
const lines = [
  "| from | to | objects | lost | p50 µs an object | p99 µs | longest ms | p50 ms a review | p99 ms |",
  "| ---- | -- | ------: | ---: | ---------------: | -----: | ---------: | --------------: | -----: |",
];
let lost = 0;
for (const pair of pairs) {
  if (problems.length > 0) break;
  lines.push(await play(pair, Math.ceil(options.objects / pairs.length)));
}
console.log(lines.join("\n"));
for (const problem of problems.slice(0, 10)) console.error(problem);
if (lost > 0 || problems.length > 0) Deno.exit(1);

/** Converts `count` objects of one version to another one and back. */
async function play({ conversion, from, to }: (typeof pairs)[number], count: number): Promise<string> {
  const compiled = compileConversion(conversion);
  const [there, back] = [to, from].map((version) => apiVersionOf({ group: conversion.group, version })) as [
    string,
    string,
  ];
  const objectMs = new Float64Array(2 * count);
  const reviewMs: number[] = [];
  let lostHere = 0;
  let converted = 0;
  for (let made = 0; made < count && problems.length === 0;) {
    const before: KubeObject[] = [];
    for (; before.length < options.list && made < count; made++) {
      before.push(storedAs(from, {
        apiVersion: back,
        kind: conversion.kind,
        metadata: { name: `n${made}`, namespace: "default", labels: { at: `${made}` } },
        ...fieldsOf(from),
      }));
    }
    const between = (await review(before, there)).map((object) => storedAs(to, object));
    const after = await review(between, back);
    for (const [index, object] of before.entries()) {
      const beginMs = performance.now();
      convert(compiled, object, there);
      const middleMs = performance.now();
      convert(compiled, between[index]!, back);
      objectMs[converted++] = middleMs - beginMs;
      objectMs[converted++] = performance.now() - middleMs;
      const loss = findLoss(object, storedAs(from, after[index]!), "");
      if (loss === undefined) continue;
      lostHere++;
      if (lost++ < 10) {
        console.error(`${from} → ${to} → ${from} loses ${loss.path} of ${stringifyJson(object)}`);
      }
    }
  }
  const times = objectMs.subarray(0, converted);
  const micros = (share: number): string => (1000 * quantile(times, share)).toFixed(0);
  const millis = (share: number): string => quantile(reviewMs, share).toFixed(1);
  return `| ${from} | ${to} | ${converted / 2} | ${lostHere} | ${micros(0.5)} | ${micros(0.99)} | ${
    quantile(times, 1).toFixed(1)
  } | ${millis(0.5)} | ${millis(0.99)} |`;

  /** What the Gateway returns for a list. */
  async function review(objects: readonly KubeObject[], desiredAPIVersion: string): Promise<readonly KubeObject[]> {
    const body = stringifyJson({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "ConversionReview",
      request: { uid: "u", desiredAPIVersion, objects },
    });
    const beginMs = performance.now();
    const response = await handler(
      new Request(`https://gateway${conversionPath}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      }),
      { cut() {} },
    );
    const text = await response.text();
    reviewMs.push(performance.now() - beginMs);
    const { response: result } = parseJson(text) as { response?: JsonMap };
    const list = result?.["convertedObjects"];
    if (Array.isArray(list) && list.length === objects.length) return list as unknown as KubeObject[];
    problems.push(`${objects[0]?.apiVersion} to ${desiredAPIVersion}: HTTP ${response.status}, ${text.slice(0, 2000)}`);
    return objects;
  }

  /** As the API server stores and sends it: pruned, and with defaults. */
  function storedAs(version: string, { apiVersion, kind, metadata, ...body }: KubeObject): KubeObject {
    const stored = asStored(body, schemaOf(version));
    return { apiVersion, kind, metadata, ...(isMap(stored) ? stored : {}) };
  }

  function fieldsOf(version: string): JsonMap {
    const schema = schemaOf(version);
    for (let tries = 0; tries < 100; tries++) {
      const { apiVersion: _version, kind: _kind, metadata: _metadata, ...fields } = randomObject(schema, random) ?? {};
      if (Object.keys(fields).length > 0) return fields;
    }
    throw new Error(`No object of ${version} could be made from its schema`);
  }

  function schemaOf(version: string): JsonMap {
    const schema: Json | undefined = conversion.versions.find(({ name }) => name === version)?.schema;
    return isMap(schema) ? withoutMetadata(schema) : {};
  }
}

/** `asStored` is given the fields of an object besides its type and metadata. */
function withoutMetadata(schema: JsonMap): JsonMap {
  const properties = ownValue(schema, "properties");
  if (!isMap(properties)) return schema;
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...rest } = properties;
  return { ...schema, properties: rest };
}
