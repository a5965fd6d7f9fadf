import { formatDuration, parseLifetime } from "../base/duration.ts";
import { buildGateway } from "./build_gateway.ts";
import type { CrdContext } from "./crd_context.ts";
import { childOf, entriesOf, flagOf, itemsOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";
import type { GatewaySettings } from "./model.ts";
import type { Report } from "./report.ts";

/** What the documents of all files declare of the Gateway must be possible. */
export function checkGateway(roots: readonly Node[], report: Report): void {
  const settings = buildGateway(roots);
  for (const root of roots) {
    if (!settings.declared) checkWithoutGateway(root, report);
    if (settings.standalone) nothingIsOperated(root, report);
    else if (settings.declared) rulesAreReviewed(roots, root, report);
    checkCertificates(root, settings, report);
  }
}

/** What only a Gateway can do. */
function checkWithoutGateway(root: Node, report: Report): void {
  for (const feature of ["webhooks.admission", "conversion"]) {
    const path = `security.${feature}.enabled`;
    const node = nodeAt(root, ...path.split("."));
    if (node?.type !== "scalar" || node.value !== true) continue;
    report.error(node.at, path, "This needs a Gateway, and the Katalog has none", "add a block: gateway: {}");
  }
  const protection = nodeAt(root, "security", "deletionProtection");
  const enabled = childOf(protection, "enabled");
  if (protection === undefined || (enabled?.type === "scalar" && enabled.value === false)) return;
  report.warn(
    protection.at,
    "security.deletionProtection",
    "Nothing is refused: the Katalog has no Gateway",
    "add a block: gateway: {}",
  );
}

/** Nobody carries out what an operator would, and nobody knows the other objects. */
function nothingIsOperated(root: Node, report: Report): void {
  const endpoint = nodeAt(root, "gateway", "endpoint");
  if (endpoint !== undefined) {
    report.error(
      endpoint.at,
      "gateway.endpoint",
      '"endpoint" is what a Runtime says of the Gateway, and with "standalone" there is none',
      "keep one of them",
    );
  }
  for (const [name, { value: entry }] of entriesOf(nodeAt(root, "spec", "crds"))) {
    const path = keyPath("spec.crds", name);
    const box = entry.type === "map" ? entry.entries.get("operatorBox") : undefined;
    if (box !== undefined && [...entriesOf(box.value)].length > 0) {
      report.warn(
        box.keyAt,
        keyPath(path, "operatorBox"),
        "No operator runs: gateway.standalone has the Gateway alone installed",
        "remove standalone, or this block",
      );
    }
    itemsOf(nodeAt(entry, "validation", "rules")).forEach((rule, i) => {
      const operator = childOf(rule, "operator");
      if (textOf(operator) !== "unique") return;
      report.warn(
        operator!.at,
        `${keyPath(path, "validation", "rules")}[${i}].operator`,
        "Nobody checks whether it is unique: the Runtime knows the other objects, and there is none",
        "remove standalone, or this rule",
      );
    });
  }
}

/** A Gateway is declared, and what it does first of all is not switched on. */
function rulesAreReviewed(roots: readonly Node[], root: Node, report: Report): void {
  const isSaid = roots.some((each) => nodeAt(each, "security", "webhooks", "admission", "enabled") !== undefined);
  if (isSaid) return;
  for (const [name, { value: entry }] of entriesOf(nodeAt(root, "spec", "crds"))) {
    for (const block of ["validation", "mutation"]) {
      const rules = nodeAt(entry, block, "rules");
      const isOff = flagOf(nodeAt(entry, "webhooks", block)) === false;
      if (rules === undefined || isOff) continue;
      report.warn(
        rules.at,
        keyPath("spec.crds", name, block, "rules"),
        "The Gateway does not review by these rules, only the Runtime: its webhooks are not switched on",
        "set security.webhooks.admission.enabled to true, or to false where that is meant",
      );
    }
  }
}

function checkCertificates(root: Node, settings: GatewaySettings, report: Report): void {
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
