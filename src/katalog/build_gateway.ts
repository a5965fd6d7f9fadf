import { parseLifetime } from "../base/duration.ts";
import type { CrdEntry, GatewaySettings } from "./model.ts";
import { childOf, flagOf, itemsOf, type Node, nodeAt, textOf } from "./node.ts";

const yearMs = 365 * 24 * 3_600_000;

/** How long certificates are valid, and how long before that they are renewed, where a Katalog does not say. */
export const certificateDefaults = { validForMs: yearMs, rotationThresholdMs: 30 * 24 * 3_600_000 };

/** A failure policy, in whatever case it is written. */
export function isFail(policy: string | undefined): boolean {
  return policy?.trim().toLowerCase() === "fail";
}

/** What the documents of all files say of the Gateway: the first that says a thing. */
export function buildGateway(roots: readonly Node[]): GatewaySettings {
  const find = (...path: string[]): Node | undefined =>
    roots.map((root) => nodeAt(root, ...path)).find((node) => node !== undefined);
  const flag = (fallback: boolean, ...path: string[]): boolean => flagOf(find(...path)) ?? fallback;
  const ms = (fallback: number, ...path: string[]): number => parseLifetime(textOf(find(...path)) ?? "") ?? fallback;
  const serviceName = find("security", "serviceName");
  const declared = find("gateway") !== undefined && flag(true, "gateway", "enabled");
  const timeout = find("security", "webhooks", "timeoutSeconds");
  return {
    declared,
    standalone: declared && flag(false, "gateway", "standalone"),
    endpoint: textOf(find("gateway", "endpoint")),
    service: textOf(find("security", "webhooks", "serviceName")) ?? textOf(serviceName) ??
      textOf(childOf(serviceName, "gateway")) ?? "orkestra-gateway",
    runtimeService: textOf(childOf(serviceName, "runtime")) ?? "orkestra-runtime",
    admission: {
      enabled: flag(false, "security", "webhooks", "admission", "enabled"),
      failurePolicy: isFail(textOf(find("security", "webhooks", "failurePolicy"))) ? "Fail" : "Ignore",
      timeoutSeconds: timeout?.type === "scalar" && typeof timeout.value === "number" ? timeout.value : 5,
      cleanupOnShutdown: flag(false, "security", "webhooks", "cleanupOnShutdown"),
    },
    conversion: { enabled: flag(false, "security", "conversion", "enabled") },
    certificates: {
      autoRotate: flag(true, "security", "certManager", "autoRotate"),
      rotationThresholdMs: ms(certificateDefaults.rotationThresholdMs, "security", "certManager", "rotationThreshold"),
      validForMs: ms(certificateDefaults.validForMs, "security", "certManager", "validFor"),
    },
  };
}

/** `webhooks` of an entry of `spec.crds`. */
export function buildWebhooks(entry: Node): CrdEntry["webhooks"] {
  const node = childOf(entry, "webhooks");
  const operations = itemsOf(childOf(node, "operations")).map(textOf);
  const isReviewed = (operation: "CREATE" | "UPDATE"): boolean =>
    operations.length === 0 || operations.includes(operation);
  return {
    validation: flagOf(childOf(node, "validation")) ?? true,
    mutation: flagOf(childOf(node, "mutation")) ?? true,
    operations: (["CREATE", "UPDATE"] as const).filter(isReviewed),
  };
}
