import assert from "node:assert/strict";
import { formatFinding } from "../../src/base/finding.ts";
import { groupKind, type ResourceType } from "../../src/k8s/object.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { type BoxPlan, derivePlan, type EffectPlan, type Plan, type WatchPlan } from "../../src/plan/mod.ts";

/** The Plan of a Katalog `k.yaml` with these entries of `spec.crds` (from line 6 on) and this `security` block. */
export function planOf(crds: string, security = ""): Plan {
  const text =
    `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: demo}\n${security}spec:\n  crds:\n${
      crds.replace(/^(?=.)/gm, "    ")
    }`;
  const { katalog, findings } = loadKatalog(
    [{ path: "k.yaml", bytes: new TextEncoder().encode(text) }],
    () => undefined,
  );
  assert.ok(katalog !== undefined, findings.map(formatFinding).join("\n"));
  return derivePlan(katalog);
}

/**
 * The plan of one box for `shops` of `shop.example.org`. Lines of `k.yaml`: 6 the key, 7 `apiTypes`, then the lines of
 * `more` (indented by two), `operatorBox:` and those of `box`.
 */
export function boxOf(box: string, more = "", security = ""): BoxPlan {
  const types = "apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}";
  return planOf(`shop:\n  ${types}\n${more}  operatorBox:\n${box.replace(/^(?=.)/gm, "    ")}`, security).boxes[0]!;
}

/** `children ConfigMap in a,b where owner-kind=Shop.shop.example.org`; no `in`: everywhere. */
export function describeWatch({ role, type, namespaces, labelSelector, fieldSelector }: WatchPlan): string {
  const pairs = Object.entries({ ...labelSelector, ...fieldSelector }).map(([key, value]) => `${key}=${value}`);
  return `${role} ${groupKind(type)}` + (namespaces === undefined ? "" : ` in ${namespaces.join(",")}`) +
    (pairs.length === 0 ? "" : ` where ${pairs.join(",")}`);
}

/** `patch shops.shop.example.org/status in a,b of x,y`; no `in`: everywhere, no `of`: any object. */
export function describeEffect({ verb, type, subresource, scope, names }: EffectPlan): string {
  return `${verb} ${resourceOf(type)}` + (subresource === undefined ? "" : `/${subresource}`) +
    (scope.kind === "cluster" ? "" : ` in ${scope.namespaces.join(",")}`) +
    (names === undefined ? "" : ` of ${names.join(",")}`);
}

function resourceOf({ group, plural }: ResourceType): string {
  return group === "" ? plural : `${plural}.${group}`;
}
