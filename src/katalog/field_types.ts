import { ownValue } from "../base/json.ts";
import { templateParts } from "../template/mod.ts";
import { dotPath } from "./check_references.ts";
import type { CrdContext } from "./crd_context.ts";
import { childOf, entriesOf, itemsOf, type Node, nodeAt, textOf } from "./node.ts";
import { OpenApi } from "./open_api.ts";

/** A field of the CR that is all that a text gives, and its type. */
export interface GivenField {
  readonly path: readonly string[];
  /** Of OpenAPI: `array`, `object`, `string`, … */
  readonly type: string;
}

/**
 * The field of the spec that a text of the Katalog gives as it is, where it does nothing else and the schema has its
 * type. What `normalize` or a mutation sets may have another one.
 */
export function givenFields({ entry, known, types, report }: CrdContext): (node: Node) => GivenField | undefined {
  const { schema } = known ?? {};
  if (schema === undefined) return () => undefined;
  const openApi = new OpenApi(types.builtIn);
  const templates = new Map(report.templates.map(({ node, template }) => [node as Node, template]));
  const set = [
    ...[...entriesOf(nodeAt(entry, "normalize", "spec"))].map(([key]) => key.replace(/^\.?(?:spec\.)?/, "spec.")),
    ...itemsOf(nodeAt(entry, "mutation", "rules")).map((rule) => textOf(childOf(rule, "field")) ?? ""),
  ].map(dotPath);
  return (node) => {
    const template = templates.get(node);
    const [part, ...more] = template === undefined ? [] : templateParts(template) ?? [];
    if (part?.kind !== "field" || more.length > 0 || part.path[0] !== "spec") return undefined;
    const { path } = part;
    if (set.some((own) => own.every((name, i) => i >= path.length || name === path[i]))) return undefined;
    const field = openApi.at(schema, path);
    if (field === undefined || field === "open") return undefined;
    const type = ownValue(field, "type");
    if (typeof type !== "string" || ownValue(field, "x-kubernetes-int-or-string") === true) return undefined;
    return { path, type };
  };
}
