import { parseDuration } from "../base/duration.ts";
import { setOwn } from "../base/json.ts";
import type { ExternalAuthPlan, ExternalCallPlan, ExternalMethod, ExternalPlan, TextPlan } from "../conditions/mod.ts";
import { buildBackoff } from "./build_box.ts";
import { buildGate, textPlan } from "./build_conditions.ts";
import { defaults } from "./defaults.ts";
import {
  childOf,
  entriesOf,
  flagOf,
  itemPath,
  itemsOf,
  keyPath,
  type Node,
  nodeAt,
  placeOf,
  type ScalarNode,
  textOf,
} from "./node.ts";
import { externalMethods } from "./schema_external.ts";

/** The lists of calls of an entry of `spec.crds`, in the order in which they are made (ruling 8). */
export const externalPlaces = [
  ["mutation"],
  ["validation"],
  ["operatorBox", "onReconcile"],
  ["operatorBox", "onCreate"],
] as const;

/** One item of a list `external`, as it is written. */
export interface DeclaredCall {
  readonly node: Node;
  /** Within the entry: `operatorBox.onReconcile.external[0]`. */
  readonly path: string;
  /** Of its list in `externalPlaces`. */
  readonly place: number;
  readonly index: number;
  readonly name: string | undefined;
  /** `fires.reconcile: false`. */
  readonly admissionOnly: boolean;
}

/** The calls of an entry, in the order in which they are made. */
export function declaredCalls(entry: Node): DeclaredCall[] {
  return externalPlaces.flatMap((keys, place) =>
    itemsOf(nodeAt(entry, ...keys, "external")).map((node, index) => ({
      node,
      path: itemPath(keyPath("", ...keys, "external"), index),
      place,
      index,
      name: textOf(childOf(node, "name")),
      admissionOnly: flagOf(nodeAt(node, "fires", "reconcile")) === false,
    }))
  );
}

/** The calls of an entry, checked before. */
export function buildExternal(entry: Node): ExternalPlan {
  const calls = declaredCalls(entry);
  const of = (...places: number[]) => calls.filter(({ place }) => places.includes(place)).map(buildCall);
  return { mutation: of(0), validation: of(1), children: of(2, 3) };
}

function buildCall({ node, path, name = "", admissionOnly }: DeclaredCall): ExternalCallPlan {
  const body = childOf(node, "body");
  const cacheFor = textOf(childOf(node, "cacheFor"));
  const retryBackoff = childOf(node, "retryBackoff");
  return {
    name,
    id: path.replace(/^operatorBox\./, ""),
    method: methodOf(node),
    url: textPlan(childOf(node, "url") ?? node),
    headers: buildHeaders(childOf(node, "headers")),
    ...(body === undefined ? {} : { body: textPlan(body) }),
    expectedStatus: statusCodes(node),
    timeoutMs: parseDuration(textOf(childOf(node, "timeout")) ?? "") ?? defaults.externalTimeoutMs,
    retry: retryBackoff === undefined ? { ...defaults.retryBackoff, maxAttempts: 1 } : buildBackoff(retryBackoff),
    continueOnError: flagOf(childOf(node, "continueOnError")) ?? false,
    ...(cacheFor === undefined ? {} : { cacheForMs: parseDuration(cacheFor) }),
    ...buildAuth(childOf(node, "auth")),
    ...(admissionOnly ? { admissionOnly } : {}),
    ...buildGate(node),
    at: placeOf(node.at),
  };
}

/** `GET` where nothing, or nothing that is one, is written. */
export function methodOf(call: Node): ExternalMethod {
  const written = textOf(childOf(call, "method"));
  return externalMethods.find((method) => method === written) ?? "GET";
}

function buildHeaders(node: Node | undefined): Record<string, TextPlan> {
  const headers: Record<string, TextPlan> = {};
  for (const [key, { value }] of entriesOf(node)) setOwn(headers as never, key.toLowerCase(), textPlan(value) as never);
  return headers;
}

function statusCodes(node: Node): number[] {
  const expected = childOf(node, "expectedStatus");
  const codes = expected?.type === "list" ? expected.items : expected === undefined ? [] : [expected];
  return codes.filter((code): code is ScalarNode => code.type === "scalar").map(({ value }) => Number(value));
}

function buildAuth(auth: Node | undefined): { readonly auth?: ExternalAuthPlan } {
  const secret = childOf(auth, "secretRef");
  const [namespace, name, key] = ["namespace", "name", "key"].map((field) => textOf(childOf(secret, field)));
  if (namespace === undefined || name === undefined || key === undefined) return {};
  return { auth: { namespace, name, key, header: (textOf(childOf(auth, "header")) ?? "Authorization").toLowerCase() } };
}
