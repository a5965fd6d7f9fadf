import { type PermissionFinding, permissionFindings } from "../bundle/mod.ts";
import { groupKind } from "../k8s/object.ts";
import type { Katalog } from "../katalog/mod.ts";
import { type BoxPlan, type CrossPlan, type Plan, reasonOf, sortReasons } from "../plan/mod.ts";
import type { CompiledKind } from "../policy/mod.ts";
import { isOwnNamespace } from "../resources/mod.ts";
import { authorText, decidedBy } from "./authors.ts";
import { boundOf, type Surroundings } from "./bounds.ts";
import { isLocalAddress } from "./external_findings.ts";
import { findingAt, type PostureFinding } from "./finding.ts";

/** What the permissions of the Runtime reach, in words that a reviewer looks for. */
export function findingsOfPermissions(plan: Plan): PostureFinding[] {
  const ofRules = permissionFindings(plan).flatMap((finding) =>
    finding.id === "secrets-read" ? [] : [postureOf(finding, plan)]
  );
  return [...ofRules, ...plan.boxes.flatMap(findingsOfSecrets)];
}

/** Rules know lines; an entry in that line knows its column and its path. */
function postureOf({ id, severity, file, line, message, hint }: PermissionFinding, { boxes }: Plan): PostureFinding {
  const more = { level: severity, ...hint === undefined ? {} : { hint } };
  const rule = id as Exclude<PermissionFinding["id"], "secrets-read">;
  for (const { name, at, entries } of boxes) {
    const entry = entries.find((each) => reasonOf(each.at) === `${file}:${line}`);
    if (entry !== undefined) {
      return findingAt(rule, entry.at, `spec.crds.${name}.operatorBox.${entry.id}`, message, more);
    }
    if (reasonOf(at) === `${file}:${line}`) return findingAt(rule, at, `spec.crds.${name}`, message, more);
  }
  return findingAt(rule, `${file}:${line}:1`, "", message, more);
}

/** One finding for a box and everything that it may do to Secrets that RBAC cannot name. */
function findingsOfSecrets(box: BoxPlan): PostureFinding[] {
  const { name, at, effects, entries } = box;
  // RBAC binds no creation to a name; what is there already is not changed by it.
  const free = effects.filter(({ type, names, subresource, verb }) =>
    groupKind(type) === "Secret" && names === undefined && subresource === undefined && verb !== "create"
  );
  if (free.length === 0) return [];
  const everywhere = free.filter(({ scope }) => scope.kind === "cluster");
  const counted = everywhere.length > 0 ? everywhere : free;
  const [reason] = sortReasons(counted.flatMap(({ reasons }) => reasons));
  const entry = entries.find((each) => reasonOf(each.at) === reason);
  const namespaces = new Set(counted.flatMap(({ scope }) => scope.kind === "namespaces" ? scope.namespaces : []));
  const where = everywhere.length > 0 ? "all namespaces" : [...namespaces].sort().join(", ");
  const isWritten = counted.some(({ verb }) => verb === "patch" || verb === "delete");
  const message = isWritten
    ? `The Runtime may read and write every Secret of ${where}, since names come from CRs`
    : `The Runtime may read every Secret of ${where}, since RBAC binds a list neither to labels nor to names of CRs`;
  const path = entry === undefined ? `spec.crds.${name}` : `spec.crds.${name}.operatorBox.${entry.id}`;
  if (everywhere.length === 0) {
    return [findingAt("secrets-everywhere", entry?.at ?? at, path, message, { level: "note" })];
  }
  return [findingAt("secrets-everywhere", entry?.at ?? at, path, message, {
    hint: box.namespace === undefined
      ? "write namespace on the entry of the CRD, so that it is bound to one namespace"
      : "write the namespace of the children out",
  })];
}

/** Rules that nobody enforces, or the Gateway alone and not always. */
export function findingsOfRules(kind: CompiledKind, { gateway }: Plan): PostureFinding[] {
  const admission = gateway?.admission;
  // Without any webhook the loader has said it.
  if (admission === undefined) return [];
  const reviewed = admission.kinds.find(({ name }) => name === kind.name);
  const path = `spec.crds.${kind.name}`;
  const each = (at: string, what: string, block: string, byGateway: boolean): PostureFinding[] => {
    if (!byGateway) {
      return [
        findingAt(
          "rule-not-enforced",
          at,
          `${path}.${block}`,
          `Nobody enforces this, since webhooks.${block} is false: ${what}`,
          {
            hint: "remove fires, or have the Gateway review these objects",
          },
        ),
      ];
    }
    if (admission.failurePolicy === "Fail") return [];
    return [findingAt(
      "rule-skipped-when-down",
      at,
      `${path}.${block}`,
      `This does not hold for what is written while the Gateway is down: ${what}`,
      { hint: "remove fires, or set failurePolicy: Fail" },
    )];
  };
  return [
    ...kind.validations.filter(({ admissionOnly }) => admissionOnly).flatMap(({ at, what }) =>
      each(at, what, "validation", reviewed?.validates === true)
    ),
    ...kind.mutations.filter(({ admissionOnly }) => admissionOnly).flatMap(({ at, what }) =>
      each(at, what, "mutation", reviewed?.mutates === true)
    ),
  ];
}

/** Protection that an outage of the Gateway switches off. */
export function findingsOfProtection({ security }: Katalog, { protection }: Plan): PostureFinding[] {
  const each = (name: "deletion" | "namespaces", what: string): PostureFinding[] => {
    const at = (name === "deletion" ? security.deletionProtection : security.namespaceProtection)?.at;
    if (at === undefined || protection?.[name]?.failurePolicy !== "Ignore") return [];
    const path = `security.${name === "deletion" ? "deletionProtection" : "namespaceProtection"}.failurePolicy`;
    return [findingAt("protection-skipped-when-down", at, path, `While the Gateway is down ${what}`, {
      hint: "remove failurePolicy: Ignore",
    })];
  };
  return [
    ...each("deletion", "protected objects can be deleted"),
    ...each("namespaces", "CRs are stored in namespaces where they may not be"),
  ];
}

/** What a box reads of others, and lets others read. */
export function findingsOfCross(box: BoxPlan, around: Surroundings): PostureFinding[] {
  const served = box.crossServed === true && box.endpoints.info
    ? [
      findingAt(
        "specs-served",
        box.at,
        `spec.crds.${box.name}`,
        `Every client of the HTTP API can read ${box.type.kind} objects, specs included`,
        { level: "note" },
      ),
    ]
    : [];
  return [
    ...served,
    ...box.cross.flatMap((item, i) =>
      findingsOfItem(item, `spec.crds.${box.name}.operatorBox.cross[${i}]`, box, around)
    ),
  ];
}

function findingsOfItem(item: CrossPlan, path: string, box: BoxPlan, around: Surroundings): PostureFinding[] {
  return [...findingsOfSelector(item, path, box, around), ...findingsOfSourceAddress(item, path)];
}

function findingsOfSelector(
  { as, box: other, name, namespace, matchLabels }: CrossPlan,
  path: string,
  box: BoxPlan,
  around: Surroundings,
): PostureFinding[] {
  const written = namespace?.text.trim() ?? "";
  if (written === "" || isOwnNamespace(written)) return [];
  if (written === "*") {
    const message =
      `.cross.${as} reads ${other} objects of all namespaces, and ${box.type.kind} objects show what of them`;
    return [findingAt("cross-all-namespaces", namespace!.at, path, message)];
  }
  const texts = written.includes("{{") ? [namespace!] : [name, ...Object.values(matchLabels ?? {})];
  for (const text of texts) {
    if (text === undefined) continue;
    const { authors, fixed } = decidedBy(text.text, { plan: around.plan, box });
    if (authors.length === 0) continue;
    const of = authors.map((author) => authorText(author, box)).join(", ");
    const what = written.includes("{{")
      ? `the namespace whose ${other} objects .cross.${as} reads`
      : `which ${other} objects of the namespace ${written} .cross.${as} reads`;
    const bounds = authors.map((author) => boundOf(author, box, [], around));
    const by = bounds.every((bound) => bound !== undefined)
      ? `, bounded by ${[...new Set(bounds)].join(" and ")}`
      : fixed
      ? ", but for a fixed beginning or end"
      : undefined;
    if (by !== undefined) {
      return [findingAt("cross-from-cr", text.at, path, `${of} decides ${what}${by}`, { level: "note" })];
    }
    return [findingAt("cross-from-cr", text.at, path, `${of} decides ${what}`, {
      hint: "leave namespace away for the CR's own, or bound the field by an enum of the CRD or a rule with in",
    })];
  }
  return [];
}

/** The URL is literal and valid (the loader sees to it): what is left is where it leads. */
function findingsOfSourceAddress({ source, at }: CrossPlan, path: string): PostureFinding[] {
  if (source === undefined) return [];
  // Not by its text: 2130706433 and 127.1 are 127.0.0.1.
  const isLocal = isLocalAddress(new URL(source.url).hostname);
  return [
    ...isLocal
      ? [findingAt("internal-address", at, `${path}.source`, `${source.url} is an address of the Pod or its node`, {
        hint: "name the Service of the other Runtime",
      })]
      : [],
    ...source.auth !== undefined && source.url.startsWith("http:")
      ? [
        findingAt("token-in-clear", at, `${path}.source`, `The token for ${source.url} is sent without TLS`, {
          hint: "use https",
        }),
      ]
      : [],
  ];
}
