import { parseFieldPath } from "../base/field_path.ts";
import { formatDuration, minIntervalMs, parseDuration } from "../base/duration.ts";
import { whyImmutable } from "../k8s/mutable_field.ts";
import { defaults } from "./defaults.ts";
import { checkFieldPath } from "./check_conditions.ts";
import type { CrdContext } from "./crd_context.ts";
import { childOf, entriesOf, itemPath, itemsOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";

/** A resync without a pause would keep the workers busy for ever. */
export function resyncLeavesTime({ entry, path, report }: CrdContext): void {
  const resync = nodeAt(entry, "operatorBox", "reconciler", "resync");
  const resyncMs = millisecondsOf(resync);
  if (resync === undefined || resyncMs === undefined || resyncMs >= minIntervalMs) return;
  report.error(
    resync.at,
    keyPath(path, "operatorBox", "reconciler", "resync"),
    `Expected at least ${formatDuration(minIntervalMs)}, found "${textOf(resync)}"`,
    `leave it away for ${defaults.resync}`,
  );
}

export function retriesAreOrdered({ entry, path, report }: CrdContext): void {
  const reconciler = nodeAt(entry, "operatorBox", "reconciler");
  const backoff = nodeAt(reconciler, "queue", "retryBackoff");
  if (backoff === undefined) return;
  const at = keyPath(path, "operatorBox", "reconciler", "queue", "retryBackoff");
  const initialMs = millisecondsOf(backoff.type === "scalar" ? backoff : childOf(backoff, "initial")) ??
    defaults.retryBackoff.initialMs;
  const max = childOf(backoff, "max");
  const maxMs = millisecondsOf(max) ?? defaults.retryBackoff.maxMs;
  if (initialMs > maxMs) {
    report.error(
      (max ?? backoff).at,
      max === undefined ? at : keyPath(at, "max"),
      `The initial delay, ${formatDuration(initialMs)}, is longer than the maximum, ${formatDuration(maxMs)}`,
    );
    return;
  }
  const multiplier = numberOf(childOf(backoff, "multiplier")) ?? defaults.retryBackoff.multiplier;
  const attempts = numberOf(childOf(backoff, "maxAttempts")) ?? defaults.retryBackoff.maxAttempts;
  let totalMs = 0;
  for (let i = 0, wait = initialMs; i < Math.min(attempts, 100) - 1; i++, wait *= multiplier) {
    totalMs += Math.min(wait, maxMs);
  }
  const resyncMs = millisecondsOf(childOf(reconciler, "resync")) ?? defaults.resyncMs;
  if (totalMs <= resyncMs) return;
  report.warn(
    backoff.at,
    at,
    `The retries of one failure take up to ${formatDuration(totalMs)}, longer than resync, ${formatDuration(resyncMs)}`,
    "shorten them, or make resync longer",
  );
}

export function queueBehaviourHasDepth({ entry, path, report }: CrdContext): void {
  const queue = nodeAt(entry, "operatorBox", "reconciler", "queue");
  const behaviour = childOf(queue, "behaviour");
  if (behaviour === undefined) return;
  const at = keyPath(path, "operatorBox", "reconciler", "queue");
  const depth = childOf(queue, "maxDepth");
  if (depth === undefined || numberOf(depth) === 0) {
    report.error(
      (depth ?? behaviour).at,
      keyPath(at, depth === undefined ? "behaviour" : "maxDepth"),
      '"behaviour" has no depth to refer to',
      "set maxDepth to the number of waiting keys at which it applies, such as 1000",
    );
  }
  const drop = nodeAt(behaviour, "onThreshold", "drop");
  if (drop?.type === "scalar" && drop.value === false) {
    report.warn(
      drop.at,
      keyPath(at, "behaviour", "onThreshold", "drop"),
      "onThreshold always drops: this has no effect",
      "remove it; onLimit without drop only logs a warning",
    );
  }
}

/** Written by the operator itself in every pass. */
const ownStatus = new Set(["conditions", "observedGeneration"]);

export function statusFieldsAreWritable({ entry, known, path, report }: CrdContext): void {
  const status = nodeAt(entry, "operatorBox", "status");
  const fields = itemsOf(childOf(status, "fields"));
  const base = keyPath(path, "operatorBox", "status", "fields");
  if (known !== undefined && !known.hasStatus && fields.length > 0) {
    report.warn(
      status!.at,
      keyPath(path, "operatorBox", "status"),
      known.builtIn
        ? `The status of ${known.type.kind} belongs to Kubernetes: nothing is written there`
        : `The CRD has no status subresource: nothing is written there`,
      known.builtIn ? "remove it" : 'add "subresources: {status: {}}" to the version in the CRD',
    );
  }
  const unconditional = new Map<string, number>();
  fields.forEach((field, i) => {
    const node = childOf(field, "path");
    const text = textOf(node);
    if (node === undefined || text === undefined) return;
    const place = keyPath(itemPath(base, i), "path");
    checkFieldPath(node, place, report);
    const written = text.replace(/^\./, "").replace(/^status\./, "");
    if (ownStatus.has(written.split(".")[0]!)) {
      report.error(
        node.at,
        place,
        `status.${written.split(".")[0]} is written by the operator itself`,
        "use another path",
      );
    }
    checkLiteral(childOf(field, "value"), textOf(childOf(field, "type")), keyPath(itemPath(base, i), "value"), report);
    if (childOf(field, "when") !== undefined || childOf(field, "or") !== undefined) return;
    const earlier = unconditional.get(written);
    if (earlier !== undefined) {
      report.warn(node.at, place, `status.${written} is already set in line ${earlier}, and this one always wins`);
    }
    unconditional.set(written, node.at.line);
  });
}

export function mutationsAreSettable({ entry, path, report }: CrdContext): void {
  itemsOf(nodeAt(entry, "mutation", "rules")).forEach((rule, i) => {
    const place = itemPath(keyPath(path, "mutation", "rules"), i);
    const field = childOf(rule, "field");
    const text = textOf(field);
    if (field !== undefined && text !== undefined) {
      checkFieldPath(field, keyPath(place, "field"), report);
      // What a template makes of a path is checked when it is rendered.
      const parsed = text.includes("{{") ? undefined : parseFieldPath(text);
      const why = parsed === undefined || parsed.length === 0 ? undefined : whyImmutable(parsed);
      if (why !== undefined) {
        report.error(field.at, keyPath(place, "field"), `Cannot set "${text}": ${why.message}`, why.hint);
      }
    }
    const both = childOf(rule, "default") !== undefined && childOf(rule, "override") !== undefined;
    if (both && rule.type === "map") {
      report.warn(
        rule.entries.get("default")!.keyAt,
        keyPath(place, "default"),
        '"default" has no effect beside "override", which always sets the field',
        "keep one of them",
      );
    }
    for (const key of ["default", "override"]) {
      checkLiteral(childOf(rule, key), textOf(childOf(rule, "valueType")), keyPath(place, key), report);
    }
  });
}

/** A literal that its declared type does not take. */
function checkLiteral(
  value: Node | undefined,
  type: string | undefined,
  path: string,
  report: CrdContext["report"],
): void {
  if (value?.type !== "scalar" || type === undefined || value.text.includes("{{") || value.text === "") return;
  const text = value.text.trim();
  const [fits, expected] = /^int/.test(type)
    ? [/^[-+]?\d+$/.test(text), "a whole number"]
    : type === "float" || type === "number"
    ? [Number.isFinite(Number(text)), "a number"]
    : /^bool/.test(type)
    ? [/^(?:true|false)$/i.test(text), "true or false"]
    : [true, ""];
  if (!fits) report.error(value.at, path, `Expected ${expected}, as the type says, found "${text}"`);
}

export function normalizedPathsAreUnderSpec({ entry, path, report }: CrdContext): void {
  const spec = nodeAt(entry, "normalize", "spec");
  const base = keyPath(path, "normalize", "spec");
  for (const [key, { keyAt }] of entriesOf(spec)) {
    const dotted = key.replace(/^\./, "");
    if (dotted.startsWith("spec.")) {
      report.warn(
        keyAt,
        keyPath(base, key),
        `"${key}" is taken as the path "${dotted.slice(5)}" under spec`,
        `write "${dotted.slice(5)}"`,
      );
    } else if (!parseFieldPath(dotted)?.length) {
      report.error(
        keyAt,
        keyPath(base, key),
        `"${key}" is not a field path`,
        "write names joined by dots, such as image.tag",
      );
    }
  }
}

function millisecondsOf(node: Node | undefined): number | undefined {
  const text = textOf(node);
  return text === undefined ? undefined : parseDuration(text);
}

function numberOf(node: Node | undefined): number | undefined {
  return node?.type === "scalar" && typeof node.value === "number" ? node.value : undefined;
}
