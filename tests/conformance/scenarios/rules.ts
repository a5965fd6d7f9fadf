import type { Scenario } from "../exchange.ts";
import { patch, post } from "./steps.ts";
import { a, dry, number, root, spec, status, text, widget, withDefinition } from "./widgets.ts";

/** A schema with rules in CEL. */
const ruled = (schema: object, ...rules: object[]) => ({ ...schema, "x-kubernetes-validations": rules });
const list = (items: object, more: object = {}) => ({ type: "array", items, maxItems: 10, ...more });
const map = (additionalProperties: object) => ({ type: "object", additionalProperties, maxProperties: 10 });
const short = { ...text, maxLength: 30 };

/** `x-kubernetes-validations` of custom resources. */
export const rules: readonly Scenario[] = [
  withDefinition("rules on every kind of value", {
    schema: spec({
      size: ruled(number, { rule: "self <= 3" }),
      ratio: ruled({ type: "number" }, { rule: "self < 0.5 || self == 1.0", message: "half or whole" }),
      name: ruled(short, { rule: "self.startsWith('a')", message: "  begins with a  " }),
      on: ruled({ type: "boolean" }, { rule: "self" }),
      list: ruled(list(ruled(short, { rule: "self.size() > 1", message: "two letters" })), { rule: "size(self) < 3" }),
      map: ruled(map(ruled(number, { rule: "self % 2 == 0", message: "even" })), { rule: "!('x' in self)" }),
      either: ruled({ "x-kubernetes-int-or-string": true }, { rule: "type(self) == int ? self > 0 : self != ''" }),
      "a-b": ruled(number, { rule: "self / 2 == 1" }),
      when: ruled({ ...text, format: "date-time" }, { rule: "self > timestamp('2020-01-01T00:00:00Z')" }),
    }),
  }, [
    dry(widget({
      size: 1,
      ratio: 1,
      name: "abc",
      on: true,
      list: ["ab"],
      map: { y: 2 },
      either: 1,
      "a-b": 3,
      when: "2024-01-01T00:00:00Z",
    })),
    ...[
      { size: 4 },
      { ratio: 0.75 },
      { name: "b" },
      { on: false },
      { list: ["a"] },
      { list: ["ab", "cd", "ef"] },
      { map: { x: 2 } },
      { map: { y: 1 } },
      { either: 0 },
      { either: "" },
      { "a-b": 4 },
      { when: "2019-01-01T00:00:00Z" },
      { size: "4" },
      { size: 4, name: 1 },
      { size: 4, ratio: 0.75, name: "b" },
    ].map((body) => dry(widget(body))),
  ]),
  withDefinition("rules across fields, their messages, reasons and paths", {
    schema: {
      ...spec(
        { min: number, max: number, tier: short, mode: short, "x-y": number, items: map(number) },
        ruled(
          {},
          {
            rule: "!has(self.min) || !has(self.max) || self.min <= self.max",
            messageExpression: "has(self.tier) ? 'min is above max of ' + self.tier : ''",
          },
          {
            rule: "!has(self.tier) || self.tier != 'gold'",
            reason: "FieldValueForbidden",
            message: "no gold",
            fieldPath: ".tier",
          },
          {
            rule: "!has(self.mode) || self.mode != 'none'",
            reason: "FieldValueRequired",
            message: "a mode",
            fieldPath: ".mode",
          },
          {
            rule: "!has(self.mode) || self.mode != 'same'",
            reason: "FieldValueDuplicate",
            message: "the same",
            fieldPath: ".mode",
          },
          { rule: "!has(self.mode) || self.mode != 'multi'", message: "first", messageExpression: "'a' + 'b'" },
          { rule: "!has(self.x__dash__y) || self.x__dash__y > 0", fieldPath: "['x-y']" },
          { rule: "!has(self.items) || self.items['a'] == 1" },
        ),
      ),
      "x-kubernetes-validations": [
        { rule: "self.metadata.name != 'b'", message: "not b" },
        { rule: "self.kind == 'Widget' && !has(self.spec) || self.spec.?min.orValue(0) < 100", message: "below 100" },
      ],
    },
  }, [
    ...[
      { min: 2, max: 1, tier: "silver" },
      { min: 2, max: 1 },
      { tier: "gold" },
      { mode: "none" },
      { mode: "same" },
      { mode: "multi" },
      { "x-y": 0 },
      { items: { a: 2 } },
      { items: { b: 1 } },
      { min: 100 },
    ].map((body) => dry(widget(body))),
    dry(widget({}, { metadata: { name: "b" } })),
    dry(widget()),
  ]),
  withDefinition("rules that look back, and what failed before", {
    schema: spec({
      fixed: ruled(short, { rule: "self == oldSelf", message: "is fixed" }),
      either: ruled(number, { rule: "oldSelf.orValue(self) == self || self == 0", optionalOldSelf: true }),
      first: ruled(number, {
        rule: "oldSelf.hasValue() || self == 1",
        optionalOldSelf: true,
        message: "begins with 1",
      }),
      grows: ruled(number, { rule: "self >= oldSelf" }),
      size: ruled(number, { rule: "self <= 3 || self == 9" }),
      free: text,
      keyed: list({
        type: "object",
        required: ["name"],
        properties: { name: short, n: ruled(number, { rule: "self >= oldSelf", message: "never less" }) },
      }, { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] }),
    }, ruled({}, { rule: "!has(oldSelf.fixed) || has(self.fixed)", message: "fixed stays" })),
  }, [
    post(root, widget({ fixed: "a", grows: 1, size: 1, keyed: [{ name: "x", n: 2 }] })),
    patch("merge", a, { spec: { either: 5, first: 2 } }),
    patch("merge", a, { spec: { either: 5, first: 1 } }),
    patch("merge", a, { spec: { either: 6, first: 2 } }),
    patch("merge", a, { spec: { either: 0, first: 3 } }),
    patch("merge", a, { spec: { fixed: "b" } }),
    patch("merge", a, { spec: { fixed: null } }),
    patch("merge", a, { spec: { grows: 0 } }),
    patch("merge", a, { spec: { grows: 2, keyed: [{ name: "y", n: 1 }, { name: "x", n: 1 }] } }),
    patch("merge", a, { spec: { keyed: [{ name: "y", n: 1 }, { name: "x", n: 3 }] } }),
    patch("merge", a, { spec: { size: 5 } }),
  ]),
  withDefinition("rules on the status", {
    schema: {
      properties: {
        ...status.properties,
        status: { type: "object", properties: { phase: ruled(short, { rule: "self != 'Bad'" }) } },
      },
    },
    subresources: { status: {} },
  }, [
    post(root, widget({}, { status: { phase: "Bad" } })),
    patch("merge", `${a}/status`, { status: { phase: "Bad" } }),
    patch("merge", `${a}/status`, { status: { phase: "Good" } }),
  ]),
];
