import { canonicalJson, type JsonMap, setOwn } from "../base/json.ts";
import { renderEntry } from "./render.ts";
import { EntryError, type Shorthand } from "./shorthand.ts";

/** What an error of `expand` in one top-level field may depend on besides that field. */
const involved: Readonly<Record<string, readonly string[]>> = {
  volumeMounts: ["volumeMounts", "volumes", "volumeClaimTemplates"],
  volumeClaimTemplates: ["volumeClaimTemplates", "volumes"],
  maxReplicas: ["maxReplicas", "minReplicas", "behavior"],
  envFrom: ["envFrom", "env"],
  probes: ["probes", "port"],
  headless: ["headless", "type"],
  path: ["path", "pathType"],
};

/** Names that no entry has: what they are must not decide anything. */
const owner = { apiVersion: "example.org/v1", kind: "Owner", name: "owner", namespace: "default", uid: "uid" };
const context = {
  owner,
  workloads: [{ name: "", namespace: "default", shorthand: "deployments" }],
};

/**
 * The errors that `expand` would throw for an entry whatever its templates render to: those that only literal fields
 * decide. `fields` are the entry's as they are written. What a shape says about single fields is not repeated.
 */
export function staticErrors(shorthand: Shorthand, fields: JsonMap): EntryError[] {
  const known: JsonMap = {};
  const unknown = new Set<string>();
  for (const key of Object.keys(fields)) {
    const value = literal(shorthand, key, fields);
    if (value === undefined) unknown.add(key);
    else if (Object.hasOwn(value, key)) setOwn(known, key, value[key]!);
  }
  const errors: EntryError[] = [];
  // Each round takes a field away, so that the next error shows.
  for (let rounds = Object.keys(known).length; rounds >= 0; rounds--) {
    const error = expandError(shorthand, known);
    if (error === undefined) break;
    const field = /^[^.[]*/.exec(error.path)![0];
    // An entry that lacks something may get it from whatever is not known.
    const parts = field === "" ? [...unknown] : involved[field] ?? [field];
    const isKnown = errors.some(({ path }) => path === error.path);
    if (!isKnown && !parts.some((part) => unknown.has(part))) errors.push(error);
    delete known[field];
  }
  return errors;
}

/** A field without templates, rendered; `undefined` when it has some, or is wrong in itself. */
function literal({ shape }: Shorthand, key: string, fields: JsonMap): JsonMap | undefined {
  const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : shape.rest;
  const value = fields[key]!;
  if (field === undefined || canonicalJson(value).includes("{{")) return undefined;
  try {
    const only: JsonMap = {};
    setOwn(only, key, value);
    return renderEntry({ type: "record", fields: { [key]: field } }, only, () => undefined);
  } catch (error) {
    if (error instanceof EntryError) return undefined;
    throw error;
  }
}

function expandError(shorthand: Shorthand, fields: JsonMap): EntryError | undefined {
  const name = typeof fields["name"] === "string" ? fields["name"] : "entry";
  try {
    shorthand.expand({ name, namespace: "default", fields }, context);
    return undefined;
  } catch (error) {
    if (error instanceof EntryError) return error;
    throw error;
  }
}
