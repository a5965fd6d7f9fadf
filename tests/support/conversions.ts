import assert from "node:assert/strict";
import { stringify } from "yaml";
import type { Finding } from "../../src/base/finding.ts";
import { formatFinding } from "../../src/base/finding.ts";
import type { JsonMap } from "../../src/base/json.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { type ConversionPlan, derivePlan, type Plan } from "../../src/plan/mod.ts";

/** Version → the schema of its `spec`; the last one is stored. */
export type SpecSchemas = Readonly<Record<string, JsonMap>>;

/** The CRD of `shops.example.org` with these versions. */
export function shopCrd(specs: SpecSchemas): JsonMap {
  const names = Object.keys(specs);
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "shops.example.org" },
    spec: {
      group: "example.org",
      names: { kind: "Shop", plural: "shops" },
      scope: "Namespaced",
      versions: names.map((name) => ({
        name,
        served: true,
        storage: name === names.at(-1),
        schema: {
          openAPIV3Schema: { type: "object", properties: { spec: specs[name]!, status: { type: "object" } } },
        },
      })),
    },
  };
}

/** What loading `k.yaml` gives: these entries of `spec.crds`, from line 6 on, and the CRD in `crd.yaml`. */
export function loadConversions(
  crds: string,
  specs: SpecSchemas | undefined,
): { readonly findings: readonly Finding[]; readonly plan?: Plan } {
  const head = "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: demo}\nspec:\n  crds:\n";
  const tail = "security: {conversion: {enabled: true}}\ngateway: {}\n";
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const { findings, katalog } = loadKatalog(
    [{ path: "k.yaml", bytes: encode(head + crds.replace(/^(?=.)/gm, "    ") + tail) }],
    (path) => specs !== undefined && path.endsWith("crd.yaml") ? encode(stringify(shopCrd(specs))) : undefined,
  );
  return { findings, ...(katalog === undefined ? {} : { plan: derivePlan(katalog) }) };
}

/** The plan of one entry with these paths, in YAML, one a line from line 11 on. */
export function conversionOf(paths: readonly string[], specs: SpecSchemas): ConversionPlan {
  const { findings, plan } = loadConversions(shopEntry(paths, Object.keys(specs).at(-1)!), specs);
  assert.ok(plan !== undefined && findings.length === 0, findings.map(formatFinding).join("\n"));
  return plan.conversions[0]!;
}

/** Lines of `k.yaml`: 6 the key, 7 `crdFile`, 8 `conversion`, 9 `storageVersion`, 10 `paths`, 11 the first path. */
export function shopEntry(paths: readonly string[], storageVersion = "v1"): string {
  return [
    "shop:",
    "  crdFile: crd.yaml",
    "  conversion:",
    `    storageVersion: ${storageVersion}`,
    "    paths:",
    ...paths.map((path) => `      - ${path}`),
    "  operatorBox: {}",
    "",
  ].join("\n");
}

/** A Shop in a version. */
export function shop(version: string, spec: JsonMap | undefined, more: JsonMap = {}): KubeObject {
  return {
    apiVersion: `example.org/${version}`,
    kind: "Shop",
    metadata: { name: "one", namespace: "team", uid: "u1" },
    ...(spec === undefined ? {} : { spec }),
    ...more,
  };
}
