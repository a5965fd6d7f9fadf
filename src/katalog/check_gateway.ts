import { formatDuration } from "../base/duration.ts";
import { buildGateway, parseLifetime } from "./build_gateway.ts";
import type { CrdContext } from "./crd_context.ts";
import { childOf, itemsOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";
import type { Report } from "./report.ts";

/** What is declared of the Gateway in one document must be possible. */
export function checkGateway(root: Node, report: Report): void {
  const settings = buildGateway([root]);
  const enabled = nodeAt(root, "security", "webhooks", "admission", "enabled");
  const conversion = nodeAt(root, "security", "conversion", "enabled");
  if (!settings.declared) {
    for (
      const [node, path] of [
        [settings.admission.enabled ? enabled : undefined, "security.webhooks.admission.enabled"],
        [settings.conversion.enabled ? conversion : undefined, "security.conversion.enabled"],
      ] as const
    ) {
      if (node === undefined) continue;
      report.error(node.at, path, "This needs a Gateway, and the Katalog has none", "add a block: gateway: {}");
    }
  }
  for (const key of ["rotationThreshold", "validFor"]) {
    const node = nodeAt(root, "security", "certManager", key);
    const text = textOf(node);
    if (node === undefined || text === undefined || (parseLifetime(text) ?? 0) > 0) continue;
    report.error(node.at, `security.certManager.${key}`, `"${text}" is not a time`, 'write "30d", "12h" or "1y"');
  }
  const { validForMs, rotationThresholdMs } = settings.certificates;
  if (rotationThresholdMs < validForMs) return;
  const certManager = nodeAt(root, "security", "certManager");
  const named = childOf(certManager, "rotationThreshold") ?? childOf(certManager, "validFor");
  if (named === undefined) return;
  report.error(
    named.at,
    "security.certManager",
    `A certificate that is valid for ${formatDuration(validForMs)} cannot be renewed ` +
      `${formatDuration(rotationThresholdMs)} before its end`,
    "make rotationThreshold shorter than validFor",
  );
}

/** Nothing is stored by these: there is nothing to review (ruling 77). */
export function webhookOperationsStore({ entry, path, report }: CrdContext): void {
  const operations = nodeAt(entry, "webhooks", "operations");
  const items = itemsOf(operations);
  for (const item of items) {
    const operation = textOf(item);
    if (operation !== "DELETE" && operation !== "CONNECT") continue;
    report.warn(
      item.at,
      keyPath(path, "webhooks", "operations"),
      `Rules review what is to be stored, and ${operation} stores nothing: it is not reviewed`,
      operation === "DELETE" ? "deletionProtection refuses deletions" : undefined,
    );
  }
  if (operations?.type === "list" && items.length === 0) {
    report.warn(
      operations.at,
      keyPath(path, "webhooks", "operations"),
      "An empty list counts as CREATE and UPDATE",
      "set validation or mutation to false to leave them to the Runtime",
    );
  }
}

/** Rules that only the Gateway applies are applied by nobody where there is none. */
export function admissionOnlyRulesHaveAGateway(crds: readonly CrdContext[], roots: readonly Node[]): void {
  const { declared, admission } = buildGateway(roots);
  if (declared && admission.enabled) return;
  for (const { entry, path, report } of crds) {
    for (const block of ["validation", "mutation"]) {
      itemsOf(nodeAt(entry, block, "rules")).forEach((rule, i) => {
        const fires = nodeAt(rule, "fires", "reconcile");
        if (fires?.type !== "scalar" || fires.value !== false) return;
        report.warn(
          fires.at,
          `${keyPath(path, block, "rules")}[${i}].fires.reconcile`,
          "Only the Gateway applies this rule, and its webhooks are not switched on",
          "set security.webhooks.admission.enabled and add a block gateway, or remove fires",
        );
      });
    }
  }
}
