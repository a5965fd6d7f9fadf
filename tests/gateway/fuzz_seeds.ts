import { overrideAnnotation as override, protectionLabel as label } from "../../src/k8s/protection.ts";
import { stringifyJson } from "../../src/base/json.ts";
import { reviewText } from "./https_client.ts";

/** Whole numbers from 0 to below `bound`. */
export type Random = (bound: number) => number;

/** The same sequence for the same seed (mulberry32). */
export function randomSource(seed: number): Random {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const object = (spec: Record<string, unknown>, metadata: Record<string, unknown> = {}) => ({
  apiVersion: "shop.example.org/v1",
  kind: "Shop",
  metadata: {
    name: "one",
    namespace: "team",
    uid: "4b1c",
    resourceVersion: "12",
    creationTimestamp: "2026-01-01T00:00:00Z",
    managedFields: [{ manager: "kubectl", operation: "Update", fieldsType: "FieldsV1", fieldsV1: { "f:spec": {} } }],
    ...metadata,
  },
  spec,
});

/** Reviews as an API server sends them. */
export function reviewSeeds(): string[] {
  const full = object({ size: 2, tier: "gold", host: "a.example.org", key: "a/b~c", list: [1, { a: null }], n: 1.5 });
  const labelled = object({ size: 9 }, { labels: { [label]: "true" }, annotations: { [override]: "incident 12" } });
  const owned = object({}, { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "a", uid: "u" }] });
  const text = (request: Record<string, unknown>) => reviewText({ request: request as never });
  return [
    text({ object: full }),
    text({ operation: "UPDATE", object: full, oldObject: labelled }),
    text({ operation: "UPDATE", object: owned, oldObject: labelled, userInfo: { username: "chief", groups: ["a"] } }),
    text({ operation: "DELETE", object: null, oldObject: labelled }),
    text({ operation: "UPDATE", subResource: "status", object: full, oldObject: full, dryRun: true }),
    text({ object: object({ legacySize: 4, host: "evil" }, { name: null, generateName: "shop-" }), name: "" }),
    reviewText().replace('"size":9', '"size":9007199254740993'),
  ];
}

/** A review of conversions between `v1alpha1`, `v1beta1` and `v1` of `shops.example.org`. */
function conversionText(desired: string, objects: readonly unknown[], more: Record<string, unknown> = {}): string {
  return stringifyJson({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "ConversionReview",
    request: { uid: "c1", desiredAPIVersion: `example.org/${desired}`, objects, ...more },
  });
}

const versioned = (version: string, spec: Record<string, unknown>, metadata: Record<string, unknown> = {}) => ({
  ...object(spec, metadata),
  apiVersion: `example.org/${version}`,
});

/** Reviews of `/convert` as an API server sends them. */
export function conversionSeeds(): string[] {
  const alpha = versioned("v1alpha1", { size: 2, host: "a", mode: 1, old: { a: [null] }, labels: { "a/b": "c" } });
  const carried = versioned("v1", { replicas: 3, tls: { host: "a", secret: "s" }, mode: "x" }, {
    annotations: { "orkestra.orkspace.io/carried": '{"v1alpha1":{"spec":{"old":{"a":1}}}}' },
  });
  return [
    conversionText("v1", [alpha]),
    conversionText("v1beta1", [alpha, carried]),
    conversionText("v1alpha1", [carried, carried]),
    conversionText("v1", [versioned("v1beta1", { count: 9007199254740993n, tls: { host: "a", beta: "b" } }), carried]),
    conversionText("v1alpha1", [versioned("v1", {}, { annotations: null })]),
    conversionText("v1", []),
  ];
}

/** What `/convert` must bear in any case. */
export function keptConversionSeeds(): [name: string, body: string][] {
  const whole = conversionSeeds()[0]!;
  const at = (text: string) => whole.replace('"old":{', `"old":{${text},`);
  return [
    ["a nested object with a long number", at(`"x":${deep(100_000, "9007199254740993")}`)],
    ["nested to the limit", at(`"x":${deep(190)}`)],
    ["a million numbers", at(`"x":[${"1,".repeat(1_000_000)}9007199254740993]`)],
    ["__proto__", at('"__proto__":{"polluted":1}').replace('"request":{', '"__proto__":{"polluted":1},"request":{')],
    [
      "what is carried is no map",
      whole.replace('"metadata":{', '"metadata":{"annotations":{"orkestra.orkspace.io/carried":"[[1]]"},'),
    ],
    [
      "what is carried is nested",
      whole.replace(
        '"metadata":{',
        `"metadata":{"annotations":{"orkestra.orkspace.io/carried":${JSON.stringify(deep(100_000))}},`,
      ),
    ],
    ["10,001 objects", conversionText("v1", Array(10_001).fill(versioned("v1alpha1", {})))],
    ["another group", whole.replaceAll("example.org/", "other.org/")],
    ["a version that is none", whole.replace('example.org/v1"', 'example.org/v9"')],
  ];
}

const deep = (levels: number, tail = "1") => '{"a":'.repeat(levels) + tail + "}".repeat(levels);

/** What once failed, or nearly did. */
export function keptSeeds(): [name: string, body: string][] {
  const whole = reviewText();
  return [
    ["nested lists beside a long number", `${"[".repeat(100_000)}9007199254740993${"]".repeat(100_000)}`],
    [
      "a nested object with a long number",
      whole.replace('"spec":{', `"spec":{"a":${deep(100_000, "9007199254740993")},`),
    ],
    [
      "millions of numbers beside a long one",
      whole.replace('"size":9', `"a":[${"1,".repeat(3_000_000)}9007199254740993]`),
    ],
    ["a number of a million digits", whole.replace('"size":9', `"size":${"9".repeat(1_000_000)}`)],
    ["millions of groups", whole.replace('"groups":[', `"groups":[${"1,".repeat(3_000_000)}`)],
    ["nested owner references", whole.replace('"metadata":{', `"metadata":{"ownerReferences":[${deep(100_000)}],`)],
    ["__proto__", whole.replace('"spec":{', '"__proto__":{"polluted":1},"spec":{"__proto__":{"polluted":1},')],
    ["a mark of the JSON parser", whole.replace('"size":9', '"size":9007199254740993,"a":"\\u00019007199254740993"')],
  ];
}

/** Words and values that mean something somewhere. */
const dictionary = [
  ...['"__proto__"', '"constructor"', '"metadata"', '"spec"', '"object"', '"oldObject"', '"labels"', '"annotations"'],
  ...[`"${label}"`, `"${override}"`, '"deletionTimestamp"', '"ownerReferences"', '"generateName"', '"subResource"'],
  ...[
    "null",
    "true",
    "false",
    "[]",
    "{}",
    '""',
    "0",
    "-0",
    "1e999",
    "-1e-999",
    "9007199254740993",
    "18446744073709551616",
  ],
  ...[
    '"\\ud800"',
    '"\\u0000"',
    '"\\u00019007199254740993"',
    '"{{ .spec }}"',
    '"../../etc/passwd"',
    '"a/b~c"',
    '"a\\"].b[\\"c"',
  ],
  ...[
    '"CREATE"',
    '"UPDATE"',
    '"DELETE"',
    '"CONNECT"',
    '"shops"',
    '"example.org/v1"',
    '"example.org/v1beta1"',
    '"desiredAPIVersion"',
    '"objects"',
    '"orkestra.orkspace.io/carried"',
    '"status"',
    '"kube-public"',
    '"chief"',
    "\u2028",
    "\0",
  ],
];
const value = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/g;

/** A body that somebody who knows what a review is like could send. */
export function mutant(seed: string, random: Random): Uint8Array<ArrayBuffer> {
  let text = seed;
  for (let left = 1 + random(4); left > 0; left--) text = mutateText(text, random);
  const bytes = new TextEncoder().encode(text);
  if (random(4) === 0 && bytes.length > 0) {
    for (let left = 1 + random(3); left > 0; left--) bytes[random(bytes.length)] = random(256);
  }
  return bytes;
}

function mutateText(text: string, random: Random): string {
  const pick = () => dictionary[random(dictionary.length)]!;
  const at = random(text.length + 1);
  switch (random(9)) {
    case 0: // cut
      return text.slice(0, at) + text.slice(at + 1 + random(30));
    case 1: // repeat
      return text.slice(0, at) + text.slice(at, at + random(200)).repeat(1 + random(20)) + text.slice(at);
    case 2: // anything anywhere
      return text.slice(0, at) + pick() + text.slice(at);
    case 3: // nest
      return text.replace(/"spec":\{/, () => `"spec":{"deep":${deep(1 + random(400))},`);
    case 4: // end early
      return random(10) === 0 ? text.slice(0, at) : text;
    default: { // another value, or key, where there is one
      const places = [...text.matchAll(value)];
      const place = places[random(places.length || 1)];
      if (place === undefined) return text;
      return text.slice(0, place.index) + pick() + text.slice(place.index + place[0].length);
    }
  }
}
