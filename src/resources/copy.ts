import { type JsonMap, ownValue, setOwn } from "../base/json.ts";
import type { ListShape, TextShape } from "../base/shape.ts";
import { listOf, text } from "./fields.ts";
import { listAt, textAt } from "./read.ts";

/** What an entry copies from another object, as it is stored. */
export interface SourceContent {
  /** Of a Secret. */
  readonly type?: string | undefined;
  /** A Secret's values are base64. */
  readonly data: JsonMap;
  /** Of a ConfigMap: base64. */
  readonly binaryData: JsonMap;
  /** Of a NetworkPolicy, a ResourceQuota, a LimitRange. */
  readonly spec?: JsonMap | undefined;
}

/** Where an entry copies from: an object of the kind that the entry makes. */
export interface SourceName {
  readonly name: string;
  /** `undefined`: the one of the CR. */
  readonly namespace: string | undefined;
}

/** `fromNamespace` of an entry. */
export const fromNamespaceField: TextShape = text(
  "Namespace of the source; the CR's own when absent, `default` for a cluster-scoped CR",
  "namespace",
);

/** `toNamespaces` of an entry. */
export const toNamespacesField: ListShape = listOf(
  "One child of this name in each of these namespaces; a template that gives a list gives all its items",
  text("A namespace", "namespace", { judgedLater: true }),
);

/** The source that a rendered entry names under `field`; `undefined`: none. */
export function sourceNameOf(fields: JsonMap, field: string): SourceName | undefined {
  const name = textAt(fields, field);
  return name === undefined ? undefined : { name, namespace: textAt(fields, "fromNamespace") };
}

/** Does the entry, as it is written, say in which namespaces its children stand? An empty list says it too. */
export function hasTargets(written: JsonMap): boolean {
  return (ownValue(written, "toNamespaces") ?? undefined) !== undefined;
}

/** The namespaces of a rendered entry, each once. */
export function targetsOf(fields: JsonMap): string[] {
  return [...new Set(listAt(fields, "toNamespaces").filter((item) => typeof item === "string"))];
}

/** The texts of `toNamespaces` as they are written: templates, or names; empty where there is no such field. */
export function writtenTargets(written: JsonMap): string[] {
  const field = ownValue(written, "toNamespaces");
  const texts = Array.isArray(field) ? field : [field];
  return texts.filter((item) => typeof item === "string").map((item) => item.trim()).filter((item) => item !== "");
}

/** `data` with `over` on top. Neither is changed. */
export function overlaid(data: JsonMap, over: JsonMap): JsonMap {
  const all: JsonMap = {};
  for (const each of [data, over]) for (const key of Object.keys(each)) setOwn(all, key, each[key]!);
  return all;
}

/** `data` without the keys of `other`: an API server refuses a key that a ConfigMap has in both. */
export function without(data: JsonMap, other: JsonMap): JsonMap {
  const kept: JsonMap = {};
  for (const key of Object.keys(data)) if (!Object.hasOwn(other, key)) setOwn(kept, key, data[key]!);
  return kept;
}
