import { isMap, type Json, type JsonMap, ownValue } from "../base/json.ts";
import type { ResourceType } from "../k8s/object.ts";
import type { SchemaRule } from "./schema_rule.ts";

/**
 * A CustomResourceDefinition with rules added to the schema of `spec` in one version, after those that are there; a rule
 * that is there already is not added again. Everything else is as it was. `undefined`: the version has no such schema.
 */
export function withRules(definition: JsonMap, version: string, rules: readonly SchemaRule[]): JsonMap | undefined {
  let found = false;
  const changed = changedAt(definition, ["spec", "versions"], (versions) => {
    if (!Array.isArray(versions)) return versions;
    return versions.map((each) => {
      if (!isMap(each) || ownValue(each, "name") !== version) return each;
      return changedAt(each, ["schema", "openAPIV3Schema", "properties", "spec"], (schema) => {
        if (!isMap(schema)) return schema;
        found = true;
        return withRulesOf(schema, rules);
      });
    });
  });
  return found && isMap(changed) ? changed : undefined;
}

function withRulesOf(schema: JsonMap, rules: readonly SchemaRule[]): JsonMap {
  const present = ownValue(schema, "x-kubernetes-validations");
  const before = Array.isArray(present) ? present : [];
  const known = new Set(before.map((rule) => isMap(rule) ? ownValue(rule, "rule") : undefined));
  const added = rules.filter(({ rule }) => !known.has(rule));
  return added.length === 0 ? schema : { ...schema, "x-kubernetes-validations": [...before, ...added] };
}

/** A copy with the value at a path of names changed; the same where the path leads nowhere. */
function changedAt(value: Json, path: readonly string[], change: (value: Json) => Json): Json {
  const [name, ...rest] = path;
  if (name === undefined) return change(value);
  if (!isMap(value)) return value;
  const below = ownValue(value, name);
  return below === undefined ? value : { ...value, [name]: changedAt(below, rest, change) };
}

/** Is it the CRD of this type? */
export function isDefinitionOf(object: JsonMap, { group, kind }: ResourceType): boolean {
  const spec = ownValue(object, "spec");
  const names = isMap(spec) ? ownValue(spec, "names") : undefined;
  return ownValue(object, "kind") === "CustomResourceDefinition" && isMap(spec) && isMap(names) &&
    ownValue(spec, "group") === group && ownValue(names, "kind") === kind;
}
