import { durationHint, parseDuration, parseLifetime } from "../base/duration.ts";
import type { Position } from "../base/finding.ts";
import type { Environment } from "../base/variables.ts";
import { isDnsLabel } from "../k8s/names.ts";
import { workerBounds } from "./defaults.ts";
import { childOf, isNull, type MapEntry, type MapNode, type Node, nodeAt, type ScalarNode } from "./node.ts";
import type { Report } from "./report.ts";

/** A variable that stands in for a key that the Katalog leaves out. */
export interface KatalogVariable {
  readonly name: string;
  /** Of the document, or with `each` of every entry of `spec.crds`. */
  readonly path: string;
  readonly each?: true;
  /** Only where the document has this block, or another variable has made it. */
  readonly within?: string;
  /** Makes a block that is absent; without effect where the block is there. */
  readonly makes?: string;
  /** The value as YAML would have it; `undefined`: the text cannot be used. */
  readonly parse: (text: string) => ScalarNode["value"] | undefined;
  /** What it takes, for hints. */
  readonly takes: string;
}

type Kind = Pick<KatalogVariable, "parse" | "takes">;

/** As Go reads them: charts write `True` or `1` too. */
const flags: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((text): [string, boolean] => [text, true]),
  ...["0", "f", "F", "FALSE", "false", "False"].map((text): [string, boolean] => [text, false]),
]);
const flag: Kind = { parse: (text) => flags.get(text), takes: "write true or false" };
const policy: Kind = {
  parse: (text) => ["Fail", "Ignore"].find((word) => word.toLowerCase() === text.toLowerCase()),
  takes: "write Fail or Ignore",
};
const duration: Kind = { parse: (text) => parseDuration(text) === undefined ? undefined : text, takes: durationHint };
const lifetime: Kind = {
  parse: (text) => (parseLifetime(text) ?? 0) > 0 ? text : undefined,
  takes: 'write "30d", "12h" or "1y"',
};
const service: Kind = { parse: (text) => isDnsLabel(text) ? text : undefined, takes: "give the name of a Service" };
const words: Kind = { parse: (text) => text, takes: "write a text" };

function whole(min: number, max: number): Kind {
  return {
    parse: (text) => /^\d{1,7}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined,
    takes: `give a whole number from ${min} to ${max}`,
  };
}

/** Every variable that a Katalog is completed with. The Katalog goes before them, and they before the defaults. */
export const katalogVariables: readonly KatalogVariable[] = [
  {
    name: "DEFAULT_WORKERS",
    path: "operatorBox.reconciler.workers",
    each: true,
    ...whole(workerBounds.min, workerBounds.max),
  },
  { name: "DEFAULT_RESYNC", path: "operatorBox.reconciler.resync", each: true, ...duration },
  {
    name: "FAILURE_THRESHOLD",
    path: "operatorBox.reconciler.queue.failureThreshold",
    each: true,
    ...whole(1, 1_000_000),
  },
  { name: "QUEUE_DEPTH", path: "operatorBox.reconciler.queue.maxDepth", each: true, ...whole(0, 1_000_000) },
  { name: "CLUSTER_NAME", path: "metadata.clusterName", ...words },
  { name: "ORK_SERVICE_NAME", path: "security.serviceName.runtime", ...service },
  { name: "ORK_GATEWAY_SERVICE_NAME", path: "security.serviceName.gateway", ...service },
  { name: "ENABLE_ADMISSION_WEBHOOK", path: "security.webhooks.admission.enabled", ...flag },
  { name: "WEBHOOK_FAILURE_POLICY", path: "security.webhooks.failurePolicy", ...policy },
  { name: "WEBHOOK_CLEANUP_ON_SHUTDOWN", path: "security.webhooks.cleanupOnShutdown", ...flag },
  {
    name: "ENABLE_DELETION_PROTECTION",
    path: "security.deletionProtection.enabled",
    makes: "security.deletionProtection",
    ...flag,
  },
  {
    name: "DELETION_PROTECTION_POLICY",
    path: "security.deletionProtection.failurePolicy",
    within: "security.deletionProtection",
    ...policy,
  },
  {
    name: "DELETION_PROTECTION_CLEANUP_ON_SHUTDOWN",
    path: "security.deletionProtection.cleanupOnShutdown",
    within: "security.deletionProtection",
    ...flag,
  },
  {
    name: "ENABLE_NAMESPACE_PROTECTION",
    path: "security.namespaceProtection.enabled",
    makes: "security.namespaceProtection",
    ...flag,
  },
  {
    name: "NAMESPACE_PROTECTION_FAILURE_POLICY",
    path: "security.namespaceProtection.failurePolicy",
    within: "security.namespaceProtection",
    ...policy,
  },
  {
    name: "NAMESPACE_PROTECTION_CLEANUP_ON_SHUTDOWN",
    path: "security.namespaceProtection.cleanupOnShutdown",
    within: "security.namespaceProtection",
    ...flag,
  },
  { name: "ENABLE_CONVERSION", path: "security.conversion.enabled", ...flag },
  { name: "CONVERSION_WINDOW", path: "security.conversion.conversionWindow", ...whole(1, 1_000_000) },
  { name: "TLS_AUTO_ROTATE", path: "security.certManager.autoRotate", ...flag },
  { name: "TLS_ROTATION_THRESHOLD", path: "security.certManager.rotationThreshold", ...lifetime },
  { name: "TLS_VALID_FOR", path: "security.certManager.validFor", ...lifetime },
];

/**
 * Completes documents with what the environment says: the same documents, with keys that stand at `$NAME:1:1`. What one
 * of several files says of the whole holds for all, so the first one gets what none of them says.
 */
export function withVariables(roots: readonly Node[], read: Environment, report: Report): readonly Node[] {
  let completed = roots;
  for (const variable of katalogVariables) {
    const text = read(variable.name)?.trim() ?? "";
    if (text === "") continue;
    const at = { file: `$${variable.name}`, line: 1, column: 1 };
    const value = variable.parse(text);
    if (value === undefined) report.error(at, "", `Cannot use "${text}" as ${variable.name}`, variable.takes);
    else completed = completedWith(completed, variable, { keyAt: at, value: scalar(at, text, value) });
  }
  return completed;
}

function completedWith(
  roots: readonly Node[],
  { path, each, within, makes }: KatalogVariable,
  entry: MapEntry,
): readonly Node[] {
  const keys = path.split(".");
  if (each === true) return roots.map((root) => inEachEntry(root, keys, entry));
  const isSaid = (block: string): boolean => roots.some((root) => nodeAt(root, ...block.split(".")) !== undefined);
  if (isSaid(path) || (within !== undefined && !isSaid(within))) return roots;
  // A block that is there speaks for itself; and one that says "not enabled" says no more than none.
  if (makes !== undefined && (isSaid(makes) || entry.value.type === "scalar" && entry.value.value === false)) {
    return roots;
  }
  return roots.map((root, n) => n === 0 ? inserted(root, keys, entry) : root);
}

function inEachEntry(root: Node, keys: readonly string[], entry: MapEntry): Node {
  const crds = nodeAt(root, "spec", "crds");
  if (root.type !== "map" || crds?.type !== "map") return root;
  const entries = new Map([...crds.entries].map(([name, one]): [string, MapEntry] => {
    const takes = hasBox(one.value) && nodeAt(one.value, ...keys) === undefined;
    return [name, takes ? { ...one, value: inserted(one.value, keys, entry) } : one];
  }));
  return replaced(root, ["spec", "crds"], { ...crds, entries });
}

/** An entry without an `operatorBox` may be there for a version alone: with one it would have a box. */
function hasBox(entry: Node): boolean {
  return childOf(entry, "operatorBox") !== undefined || childOf(entry, "conversion") === undefined;
}

/** The node with the entry at the path; the same node where something else than a map is in the way. */
function inserted(node: Node, [key, ...rest]: readonly string[], entry: MapEntry): Node {
  if (node.type !== "map" || key === undefined) return node;
  const there = node.entries.get(key);
  if (rest.length === 0) return { ...node, entries: new Map(node.entries).set(key, entry) };
  const inner: Node = there === undefined || isNull(there.value)
    ? { type: "map", at: entry.keyAt, entries: new Map() }
    : there.value;
  const value = inserted(inner, rest, entry);
  return value === there?.value
    ? node
    : { ...node, entries: new Map(node.entries).set(key, { keyAt: there?.keyAt ?? entry.keyAt, value }) };
}

/** The node with another value at a path that is there. */
function replaced(node: MapNode, [key, ...rest]: readonly string[], value: Node): MapNode {
  const there = key === undefined ? undefined : node.entries.get(key);
  if (key === undefined || there === undefined) return node;
  const inner = rest.length === 0
    ? value
    : there.value.type === "map"
    ? replaced(there.value, rest, value)
    : there.value;
  return { ...node, entries: new Map(node.entries).set(key, { ...there, value: inner }) };
}

function scalar(at: Position, text: string, value: ScalarNode["value"]): ScalarNode {
  const source = {
    file: at.file,
    text,
    lines: { locate: (offset: number) => ({ line: 1, column: offset + 1 }) },
    start: 0,
    end: text.length,
    style: "plain",
  } as const;
  return { type: "scalar", at, text: typeof value === "string" ? value : text, value, ambiguous: false, source };
}
