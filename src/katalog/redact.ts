import { isMap, type Json, type JsonMap, ownValue, setOwn } from "../base/json.ts";
import { isSecretName, redacted } from "../base/redact.ts";

/** Keys of an entry of `secrets`, and of a Secret among the `custom` children, that hold nothing secret. */
const shownOfSecrets: ReadonlySet<string> = new Set([
  ...["apiVersion", "kind", "name", "namespace", "labels", "type"],
  ...["when", "or", "forEach", "reconcile", "forceConflict", "adopt", "deletionPolicy", "readyWhen"],
  ...["once", "rotateAfter", "fromSecret", "fromNamespace", "toNamespaces"],
]);

/**
 * An entry of `spec.crds`, in whatever layout, without the literals that may be secrets: everything in `secrets` entries
 * and in children of kind Secret but their names and directives, the values of `env`, and texts in fields that are
 * called a password or the like. Templates there are not shown either, since they may hold literals.
 */
export function redactEntry(entry: Json): Json {
  if (Array.isArray(entry)) return entry.map(redactEntry);
  if (!isMap(entry)) return entry;
  if (ownValue(entry, "kind") === "Secret") return redactSecret(entry);
  return mapValues(entry, (key, value) => {
    if (key === "secrets" && Array.isArray(value)) {
      return value.map((item) => isMap(item) ? redactSecret(item) : redacted);
    }
    if (key === "env") return redactEnvironment(value);
    const isScalar = ["string", "number", "bigint"].includes(typeof value);
    if (isScalar && (isSecretName(key) || isSecretValue(entry, key))) return redacted;
    return redactEntry(value);
  });
}

/** A rule of `mutation`, a field of a status, a header: the value for what is named beside it. */
function isSecretValue(entry: JsonMap, key: string): boolean {
  const field = ownValue(entry, "field") ?? ownValue(entry, "path") ?? ownValue(entry, "name");
  return ["default", "override", "value"].includes(key) && typeof field === "string" && isSecretName(field);
}

function redactSecret(secret: JsonMap): JsonMap {
  return mapValues(secret, (key, value) => {
    if (key === "metadata" && isMap(value)) return redactSecret(value);
    return shownOfSecrets.has(key) ? value : redactAll(value);
  });
}

/** Kubernetes' list of `{name, value}`, or a map of older layouts. */
function redactEnvironment(environment: Json): Json {
  if (Array.isArray(environment)) return environment.map((item) => isMap(item) ? redactVariable(item) : redacted);
  if (!isMap(environment)) return redacted;
  return mapValues(environment, (_name, value) => isMap(value) ? redactVariable(value) : redacted);
}

function redactVariable(variable: JsonMap): JsonMap {
  return mapValues(variable, (key, value) => key === "name" || key === "valueFrom" ? value : redactAll(value));
}

/** Keeps the keys. */
function redactAll(value: Json): Json {
  return isMap(value) ? mapValues(value, (_key, below) => redactAll(below)) : redacted;
}

function mapValues(map: JsonMap, change: (key: string, value: Json) => Json): JsonMap {
  const changed: JsonMap = {};
  for (const [key, value] of Object.entries(map)) setOwn(changed, key, change(key, value));
  return changed;
}
