import type { CrdPosture, Permission, PostureFinding, PostureReport, RulePosture } from "../../posture/mod.ts";
import { paint, type Terminal } from "../terminal.ts";

/** The posture of a Katalog for a person: each CRD with what it may, enforces and protects, then what to look at. */
export function printPosture({ crds, processes, findings }: PostureReport, terminal: Terminal): void {
  for (const crd of crds) {
    const { name, kind, group, version, namespaced, at } = crd;
    const scope = namespaced ? "namespaced" : "cluster-scoped";
    const head = `${name}: ${kind} of ${group === "" ? version : `${group}/${version}`}, ${scope}${crsText(crd)}`;
    terminal.out(`${paint(terminal, "bold", head)}  ${at.file}:${at.line}`);
    section("the Runtime may", permissionLines(crd.permissions, at.file), terminal);
    section("rules", crd.rules.map((rule) => ruleLine(rule, at.file)), terminal);
    section("the API server asks the Gateway", crd.webhooks.map(webhookLine), terminal);
    section("protection", protectionLines(crd), terminal);
    terminal.out("");
  }
  terminal.out(paint(terminal, "bold", "Besides"));
  section("the Runtime may", permissionLines(processes.runtime, crds[0]?.at.file), terminal);
  section("the Gateway may", permissionLines(processes.gateway, crds[0]?.at.file), terminal);
  terminal.out("");
  if (findings.length === 0) return;
  terminal.out(paint(terminal, "bold", "To be looked at"));
  for (const finding of findings) terminal.out(findingText(finding, terminal));
  terminal.out("");
}

/** `1 error, 2 warnings, 1 note`; "" when there is none. */
export function countPosture(findings: readonly PostureFinding[]): string {
  return (["error", "warning", "note"] as const).map((level) => {
    const number = findings.filter((finding) => finding.level === level).length;
    return number === 0 ? "" : `${number} ${level}${number === 1 ? "" : "s"}`;
  }).filter((text) => text !== "").join(", ");
}

function section(title: string, lines: readonly string[], terminal: Terminal): void {
  if (lines.length === 0) return;
  terminal.out(`  ${paint(terminal, "cyan", title)}`);
  for (const line of lines) terminal.out(`    ${line}`);
}

function crsText({ crs, namespaced }: CrdPosture): string {
  const { namespace, labelSelector = {}, fieldSelector = {}, allowedNamespaces, restrictedNamespaces } = crs;
  const selected = [...Object.entries(labelSelector), ...Object.entries(fieldSelector)].map((pair) => pair.join("="));
  const parts = [
    ...namespace === undefined ? [] : [`only in ${namespace}`],
    ...namespaced && allowedNamespaces.length > 0 ? [`in ${allowedNamespaces.join(" ")}`] : [],
    ...namespaced && restrictedNamespaces.length > 0 ? [`not in ${restrictedNamespaces.join(" ")}`] : [],
    ...selected.length === 0 ? [] : [`where ${selected.join(" ")}`],
  ];
  return parts.map((part) => `; ${part}`).join("");
}

/** `deployments.apps  get list watch  in all namespaces  line 18 24`, in columns. */
function permissionLines(permissions: readonly Permission[], home: string | undefined): string[] {
  const rows = permissions.map(({ group, resource, verbs, names, scope, namespaces = [], reasons }) => [
    group === "" ? resource : `${resource}.${group}`,
    verbs.join(" "),
    (scope === "all" ? "in all namespaces" : scope === "cluster" ? "cluster-wide" : `in ${namespaces.join(" ")}`) +
    (names === undefined ? "" : `: ${names.join(" ")}`),
    reasonsText(reasons, home),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => Math.min(maxWidth, row[column]!.length))));
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ").trimEnd());
}

/** Longer cells move their row, so that nothing is cut off. */
const maxWidth = 56;

/** `line 18 24`; with its file where that is not `home`. */
function reasonsText(reasons: Permission["reasons"], home: string | undefined): string {
  let last: string | undefined;
  return reasons.map(({ file, line, what }) => {
    if (line === 0) return what;
    const text = file === last ? `${line}` : file === home ? `line ${line}` : `${file}:${line}`;
    last = file;
    return text;
  }).join(" ");
}

const enforcers = { crd: "the CRD's schema", gateway: "Gateway", runtime: "Runtime" } as const;

function ruleLine({ block, at, what, action, enforcedBy, possible, impossible }: RulePosture, home: string): string {
  const kind = block === "mutation" ? "set " : action === "warn" ? "warn " : "";
  const by = enforcedBy.length === 0
    ? "nobody"
    : enforcedBy.length === 1 && enforcedBy[0] === "runtime"
    ? "Runtime alone, when it reconciles"
    : enforcedBy.map((each) => enforcers[each]).join(", ");
  const more = possible.length === 0 ? "" : `; could be: ${possible.join(", ")}`;
  const reasons = impossible.length === 0 || possible.length > 0 ? "" : `; not as a policy: ${impossible[0]!.reason}`;
  const place = at.startsWith(`${home}:`) ? `line ${at.slice(home.length + 1).split(":")[0]}` : at;
  return `${place}  ${kind}${what}: ${by}${more}${reasons}`;
}

function webhookLine({ path, operations, failurePolicy, whenDown }: CrdPosture["webhooks"][number]): string {
  return `${path} on ${operations.join(" ")} (${failurePolicy}: ${whenDown} while it is down)`;
}

function protectionLines({ protection: { deletion, namespaces } }: CrdPosture): string[] {
  const without = "; the Katalog has no Gateway, so nothing is refused";
  const what = deletion === undefined
    ? ""
    : [...deletion.crd ? ["the CRD"] : [], ...deletion.crs ? [`CRs${deletion.strict ? " (strict)" : ""}`] : []].join(
      " and ",
    );
  return [
    ...deletion === undefined ? [] : [
      `against deletion: ${what} (${deletion.failurePolicy}); overridden by ${
        deletion.override.join(", ") || "nobody"
      }` +
      (deletion.enforced ? "" : without),
    ],
    ...namespaces === undefined
      ? []
      : [`against CRs in other namespaces (${namespaces.failurePolicy})${namespaces.enforced ? "" : without}`],
  ];
}

const colours = { error: "red", warning: "yellow", note: "grey" } as const;

/** `file:line:column: level: [id] path: message`, the hint below. */
export function findingText(
  { file, line, column, level, id, path, message, hint }: PostureFinding,
  terminal: Pick<Terminal, "colour">,
): string {
  const place = paint(terminal, "bold", `${file}:${line}:${column}:`);
  const where = path === "" ? "" : `${path}: `;
  const below = hint === undefined ? "" : `\n    hint: ${hint}`;
  return `${place} ${paint(terminal, colours[level], `${level}:`)} ${where}${message} [${id}]${below}`;
}
