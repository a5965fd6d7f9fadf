import fc from "fast-check";
import type { Json, JsonMap } from "../../src/base/json.ts";

const texts = ["", "a", "ab", "gold", "silver", "3", "-1", "2.5", "80%", "true", " x ", "a\nb", "[1 2]", "007", "0"];
const fields = [
  ...["text", "free", "tier", "size", "must", "ratio", "on", "port", "maybe", "deep.at.n", "list[0]", "list.1", "list"]
    .map((name) => `spec.${name}`),
  ...["tags.one", 'tags["a/b"]', "deep", "deep.at", "tags", "any", "any.x", "nothing"].map((name) => `spec.${name}`),
  ...['spec["odd-name"]', "spec.namespace", "metadata.name", 'metadata.labels["x/y"]', "metadata.labels", "kind"],
  ...["{{ .spec.size }}", "{{ .spec.on }}", "{{ .spec.text }}"],
];
const numbers = ["3", "0", "-1", "2.5", "-2.5", "1e2", "9007199254740993", "2147483648"];

const condition = (field: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.record({
      field,
      operator: fc.constantFrom(
        ...[
          "equals",
          "notEquals",
          "contains",
          "notContains",
          "prefix",
          "notPrefix",
          "suffix",
          "notSuffix",
          "in",
          "notIn",
        ],
      ),
      value: fc.oneof(
        fc.constantFrom(...texts),
        fc.constantFrom("a,ab,gold", "3,-1", "true,", "80%,80", "0,2.5"),
        fc.constantFrom("{{ .spec.text }}", "{{ .spec.tier }}", "{{ .spec.size }}", "{{ .spec.on }}"),
      ),
      negate: fc.boolean(),
    }),
    fc.record({
      field,
      operator: fc.constantFrom("gt", "gte", "lt", "lte"),
      value: fc.constantFrom(...numbers, "{{ .spec.must }}", "{{ .spec.size }}"),
      negate: fc.boolean(),
    }),
    fc.record({
      field,
      operator: fc.constantFrom("between", "notBetween"),
      value: fc.constantFrom("1,3", "-2.5,2.5", "0,9007199254740993"),
      negate: fc.boolean(),
    }),
    fc.record({
      field,
      operator: fc.constantFrom("regex", "notRegex"),
      value: fc.constantFrom("^a", "b$", "^\\d+%?$", "[a-c]+", "^$", "(?i)A", "é", "x{2}"),
      negate: fc.boolean(),
    }),
    fc.record({
      field,
      operator: fc.constantFrom(
        ...["exists", "notExists", "typeMap", "typeList", "typeString", "typeNumber", "typeBool", "typeNull"],
      ),
      negate: fc.boolean(),
    }),
    fc.record({ field, operator: fc.constant("typeOf"), value: fc.constantFrom("map", "slice", "string", "null") }),
  );
/** Operators on fields that they are meant for: most of these can be compiled. */
const fitting = fc.oneof(
  fc.record({
    field: fc.constantFrom("spec.text", "spec.tier", "spec.port", "spec.maybe", 'spec["odd-name"]', 'spec.tags["a/b"]'),
    operator: fc.constantFrom("equals", "notEquals", "prefix", "notSuffix", "contains", "notContains", "in", "notIn"),
    value: fc.constantFrom(...texts, "a,ab,gold", "80%,80", ",3"),
    negate: fc.boolean(),
  }),
  fc.record({
    field: fc.constantFrom("spec.size", "spec.must", "spec.list[0]", "spec.deep.at.n", "spec.ratio"),
    operator: fc.constantFrom("equals", "notEquals", "gt", "gte", "lt", "lte"),
    value: fc.constantFrom("3", "0", "-1", "2.5", "007", "{{ .spec.must }}"),
    negate: fc.boolean(),
  }),
  fc.record({
    field: fc.constantFrom("spec.text", "spec.port", "spec.size"),
    operator: fc.constantFrom("regex", "notRegex"),
    value: fc.constantFrom("^a", "^\\d+%?$", "[a-c]+", "^$"),
    negate: fc.boolean(),
  }),
  fc.record({
    field: fc.constantFrom(...fields.filter((name) => !name.includes("any") && !name.includes("nothing"))),
    operator: fc.constantFrom("exists", "notExists", "typeString", "typeNumber", "typeNull", "typeMap"),
    negate: fc.boolean(),
  }),
);
const fittingGate = fc.array(fitting, { maxLength: 2 });
const gated = fc.oneof(
  { weight: 20, arbitrary: condition(fc.constantFrom(...fields)) },
  { weight: 1, arbitrary: fc.record({ time: fc.constant({ after: "08:00" }) }) },
);

const messages = fc.oneof(
  fc.constantFrom(
    ...[
      "as it is",
      " two\nlines ",
      "size {{ .spec.size }}, on {{ .spec.on }}",
      "100% {{ .spec.text }}!",
      "{{ .spec.text }}",
    ],
    ...["n {{ .spec.deep.at.n }} {{ .metadata.name }}", "{{ .spec.size }}{{ .spec.maybe }} "],
  ),
  fc.constantFrom(
    ...["port {{ .spec.port }}", "{{ .spec.tier | toUpper }}", "free {{ .spec.free }}", "ratio {{ .spec.ratio }}"],
  ),
);
/** A rule of `validation` as it is written; its own `message` where it has one. */
export const anyRule: fc.Arbitrary<JsonMap> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ check: fitting, message: messages, when: fittingGate, or: fittingGate }) },
  {
    weight: 1,
    arbitrary: fc.record({
      check: condition(fc.constantFrom(...fields)),
      message: fc.option(messages, { nil: undefined }),
      when: fc.array(gated, { maxLength: 2 }),
      or: fc.array(gated, { maxLength: 2 }),
    }),
  },
).map(({ check, message, when, or }) =>
  ({
    ...check,
    ...(message === undefined ? {} : { message }),
    ...(when.length === 0 ? {} : { when }),
    ...(or.length === 0 ? {} : { or }),
  }) as unknown as JsonMap
);

const optional = (value: fc.Arbitrary<Json>) => fc.option(value, { nil: undefined });
const text = fc.constantFrom(...texts);
/** A `spec` that the schema of Widget admits. */
export const anySpec: fc.Arbitrary<JsonMap> = fc.record({
  must: fc.constantFrom<Json>(-1, 0, 3, 4),
  text: optional(text),
  free: optional(text),
  tier: optional(fc.constantFrom("gold", "silver", "")),
  size: optional(fc.constantFrom<Json>(-1, 0, 2, 3, 4, 100, 9007199254740993n, 2147483648)),
  ratio: optional(fc.constantFrom<Json>(-2.5, 0, 0.5, 2.5, 3, 100)),
  on: optional(fc.boolean()),
  port: optional(fc.constantFrom<Json>(80, 3, "80%", "3", "", "a")),
  "odd-name": optional(text),
  namespace: optional(text),
  maybe: optional(fc.option(text)),
  list: optional(fc.constantFrom<Json>([], [1], [1, 3])),
  tags: optional(fc.constantFrom<Json>({}, { one: "a" }, { "a/b": "gold", one: "" })),
  deep: optional(fc.constantFrom<Json>({}, { at: {} }, { at: { n: 3 } })),
}).map((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonMap);

export const anyLabels: fc.Arbitrary<Record<string, string> | undefined> = fc.option(
  fc.constantFrom<Record<string, string>>({}, { "x/y": "gold" }, { "x/y": "" }),
  { nil: undefined },
);
