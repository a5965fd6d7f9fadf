import type { JsonMap } from "../base/json.ts";
import type { CrdEntry } from "../katalog/mod.ts";
import { all, type Bool, operand, relation } from "./bool.ts";
import { conditionCel } from "./condition_cel.ts";
import { newBudget } from "./cost.ts";
import { text } from "./operator_cel.ts";

/** The objects that the rules of an entry are about: what `isReviewed` says of them. */
export interface Selection {
  /** The only namespace. */
  readonly namespace?: string | undefined;
  /** All of them hold; `name` is that of a match condition. */
  readonly conditions: readonly { readonly name: string; readonly expression: string }[];
}

/** Throws `Inexpressible` for a selector of fields that CEL cannot compare. */
export function selectionOf(
  { namespace, labelSelector = {}, fieldSelector = {} }: CrdEntry,
  schema: JsonMap,
): Selection {
  const labels = Object.entries(labelSelector).map(([key, value]): Bool => {
    const map = "object.metadata.labels";
    return all(
      operand(`has(${map})`),
      relation(text(key), "in", map),
      relation(`${map}[${text(key)}]`, "==", text(value)),
    );
  });
  const fields = Object.entries(fieldSelector).map(([field, value]) =>
    conditionCel(
      { field: { text: field, at: "" }, operator: "equals", value: { text: value, at: "" } },
      "gate",
      { schema, place: "policy", budget: newBudget("policy") },
    )
  );
  const named = (name: string, conditions: readonly Bool[]) =>
    conditions.length === 0 ? [] : [{ name, expression: all(...conditions).text }];
  return {
    namespace,
    conditions: [
      // What is being deleted is not reviewed (ruling 77).
      { name: "not-being-deleted", expression: "!has(object.metadata.deletionTimestamp)" },
      ...named("label-selector", labels),
      ...named("field-selector", fields),
    ],
  };
}
