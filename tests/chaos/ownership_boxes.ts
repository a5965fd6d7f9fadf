import { openDefinition } from "../support/open_definition.ts";
import { apiVersionOf, type KubeObject, type ResourceType } from "../../src/k8s/object.ts";

/**
 * The boxes of the ownership game, and what each CR declares: written twice, once as Katalogs for the operators, once
 * as plain string rules for the referee, who uses none of the product's code.
 */

/** Where a game is played: names that no other game on the same API server has. */
export interface Ground {
  /** API group of the game's own kinds. */
  readonly group: string;
  /** Namespaces of the CRs. */
  readonly homes: readonly string[];
  /** Namespace of far children, without CRs. */
  readonly away: string;
}

/** Keys of the boxes under `spec.crds`, and the ones that they had. */
export interface Key {
  readonly name: string;
  readonly formerNames: readonly string[];
}

export const boxNames = ["tea", "coffee", "shop", "fleet", "zone", "note"] as const;
export type BoxName = (typeof boxNames)[number];
export type Keys = Readonly<Record<BoxName, Key>>;

/** One key is used twice: by the boxes `shop` and `fleet`, which are in different Katalogs. */
export const firstKeys: Keys = {
  tea: { name: "tea", formerNames: [] },
  coffee: { name: "coffee", formerNames: [] },
  shop: { name: "app", formerNames: [] },
  fleet: { name: "app", formerNames: [] },
  zone: { name: "zone", formerNames: [] },
  note: { name: "note", formerNames: [] },
};

export const katalogNames = ["a", "b", "c", "d"] as const;
export type KatalogName = (typeof katalogNames)[number];

/** Which boxes each Katalog has; the two of one kind are in one Katalog or in two. */
export function boxesOf(katalog: KatalogName, apart: boolean): readonly BoxName[] {
  switch (katalog) {
    case "a":
      return apart ? ["tea"] : ["tea", "coffee"];
    case "b":
      return ["shop"];
    case "c":
      return ["fleet"];
    case "d":
      return apart ? ["zone", "note", "coffee"] : ["zone", "note"];
    default:
      return katalog satisfies never;
  }
}

const kinds: Readonly<Record<BoxName, { kind: string; plural: string; namespaced: boolean }>> = {
  tea: { kind: "Brew", plural: "brews", namespaced: true },
  coffee: { kind: "Brew", plural: "brews", namespaced: true },
  shop: { kind: "Shop", plural: "shops", namespaced: true },
  fleet: { kind: "Fleet", plural: "fleets", namespaced: true },
  zone: { kind: "Zone", plural: "zones", namespaced: false },
  note: { kind: "Note", plural: "notes", namespaced: true },
};

const by = 'by: "{{ .metadata.namespace }}/{{ .metadata.name }}"';
const data = `data: { n: "{{ .spec.n }}", ${by} }`;

/** The bodies of `operatorBox`, the lists of children only. */
function bodyOf(box: BoxName, { group, away }: Ground): string {
  switch (box) {
    case "tea":
      return `onReconcile:
  configMaps:
    - { name: "{{ .metadata.name }}-brew", data: { n: "{{ .spec.n }}", kind: tea, ${by} } }
    - { name: "{{ .metadata.name }}-tea", ${data} }
    - { name: "{{ .metadata.name }}-brew-{{ .metadata.namespace }}", namespace: ${away}, ${data} }`;
    case "coffee":
      return `onReconcile:
  configMaps:
    - { name: "{{ .metadata.name }}-brew", data: { n: "{{ .spec.n }}", kind: coffee, ${by} } }
    - { name: "{{ .metadata.name }}-coffee", ${data} }
    - { name: "{{ .metadata.name }}-brew-{{ .metadata.namespace }}", namespace: ${away}, ${data} }
  secrets:
    - { name: "{{ .metadata.name }}-grounds", namespace: ${away}, ${data} }`;
    case "shop":
      return `onCreate:
  secrets:
    - { name: "{{ .metadata.name }}-once", ${data} }
onReconcile:
  configMaps:
    - name: "{{ .metadata.name }}-conf"
      when: [{ field: spec.on, equals: "yes" }]
      ${data}
    - { name: "{{ .metadata.name }}-kept", deletionPolicy: Retain, ${data} }
    - { name: "{{ .metadata.name }}-wanted", adopt: true, ${data} }
    - { name: "{{ .metadata.name }}-far", namespace: ${away}, ${data} }
  secrets:
    - name: "{{ .metadata.name }}-{{ .item }}"
      forEach: { field: spec.items }
      ${data}
  serviceAccounts:
    - { name: "{{ .metadata.name }}-account" }
  deployments:
    - { name: "{{ .metadata.name }}", image: "example.com/shop:{{ .spec.n }}", replicas: 0 }
  custom:
    - apiVersion: ${group}/v1
      kind: Note
      metadata: { name: "{{ .metadata.name }}-note" }
      spec: { n: "{{ .spec.n }}" }
    - apiVersion: ${group}/v1
      kind: Plot
      metadata: { name: "shop-{{ .metadata.namespace }}-{{ .metadata.name }}" }
      spec: { n: "{{ .spec.n }}", ${by} }`;
    case "fleet":
      return `onReconcile:
  configMaps:
    - { name: "{{ .metadata.name }}-conf", ${data} }
    - { name: "{{ .metadata.name }}-far", namespace: ${away}, ${data} }
    - { name: "{{ .metadata.name }}-fleet", namespace: ${away}, adopt: true, ${data} }
  custom:
    - apiVersion: ${group}/v1
      kind: Plot
      metadata: { name: "fleet-{{ .metadata.name }}" }
      spec: { n: "{{ .spec.n }}", ${by} }`;
    case "zone":
      return `onReconcile:
  configMaps:
    - { name: "{{ .metadata.name }}-zone", namespace: ${away}, data: { n: "{{ .spec.n }}", by: "/{{ .metadata.name }}" } }
  custom:
    - apiVersion: ${group}/v1
      kind: Plot
      # Else its role would be one of the namespace default. The other boxes have theirs in all namespaces anyway.
      metadata: { name: "zone-{{ .metadata.name }}", namespaced: false }
      spec: { n: "{{ .spec.n }}", by: "/{{ .metadata.name }}" }`;
    case "note":
      return `onReconcile:
  configMaps:
    - { name: "{{ .metadata.name }}-text", ${data} }`;
    default:
      return box satisfies never;
  }
}

/** Fields beside `operatorBox`. */
function aside(box: BoxName, { group }: Ground): string {
  switch (box) {
    case "tea":
    case "coffee":
      return `labelSelector: { side: ${box} }`;
    case "note":
      return `labels: { ${group}/n: "{{ .spec.n }}" }`;
    case "zone":
      return "namespaced: false";
    default:
      return "";
  }
}

/** The text of one of the four Katalogs. */
export function katalogText(katalog: KatalogName, apart: boolean, keys: Keys, ground: Ground): string {
  const entries = boxesOf(katalog, apart).map((box) => {
    const { kind, plural } = kinds[box];
    const { name, formerNames } = keys[box];
    return `    ${name}:
      apiTypes: { group: ${ground.group}, version: v1, kind: ${kind}, plural: ${plural} }
      formerNames: [${formerNames.join(", ")}]
${indented(aside(box, ground), 6)}
      operatorBox:
        reconciler:
          resync: 1s
          queue: { retryBackoff: { initial: 20ms, max: 1s, maxAttempts: 100 } }
${indented(bodyOf(box, ground), 8)}`;
  });
  return `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: ${katalog} }
spec:
  crds:
${entries.join("\n")}
`;
}

function indented(text: string, columns: number): string {
  return text.split("\n").map((line) => line === "" ? "" : " ".repeat(columns) + line).join("\n");
}

/** The definitions of the game's kinds; `Plot` has no box. */
export function definitions({ group }: Ground): KubeObject[] {
  const all = [...Object.values(kinds), { kind: "Plot", plural: "plots", namespaced: false }];
  return [...new Map(all.map((item) => [item.plural, item])).values()].map(({ kind, plural, namespaced }) =>
    openDefinition({ group, kind, plural, namespaced })
  );
}

/** Kinds whose objects are CRs, those that the game makes first. */
export const crPlurals = ["brews", "shops", "fleets", "zones", "notes"] as const;
/** Kinds of children. */
export const childPlurals = ["configmaps", "secrets", "serviceaccounts", "deployments", "notes", "plots"] as const;

export function typeOf(plural: string, { group }: Ground): ResourceType {
  const custom = [...Object.values(kinds), { kind: "Plot", plural: "plots", namespaced: false }]
    .find((item) => item.plural === plural);
  if (custom !== undefined) return { group, version: "v1", ...custom };
  switch (plural) {
    case "deployments":
      return { group: "apps", version: "v1", kind: "Deployment", plural, namespaced: true };
    case "configmaps":
      return { group: "", version: "v1", kind: "ConfigMap", plural, namespaced: true };
    case "secrets":
      return { group: "", version: "v1", kind: "Secret", plural, namespaced: true };
    default:
      return { group: "", version: "v1", kind: "ServiceAccount", plural, namespaced: true };
  }
}

/** A place that one object of a kind has. */
export interface Place {
  readonly plural: string;
  /** "" in cluster scope. */
  readonly namespace: string;
  readonly name: string;
}

export function idOf({ plural, namespace, name }: Place): string {
  return `${plural} ${namespace}/${name}`;
}

/** Path of an object, or of all of a kind in a namespace. */
export function pathOf(place: Omit<Place, "name"> & { readonly name?: string }, ground: Ground): string {
  const type = typeOf(place.plural, ground);
  const root = type.group === "" ? "/api/v1" : `/apis/${apiVersionOf(type)}`;
  const scope = place.namespace === "" ? "" : `/namespaces/${place.namespace}`;
  return `${root}${scope}/${place.plural}${place.name === undefined ? "" : `/${place.name}`}`;
}

/** A child that a CR declares. */
export interface Claim extends Place {
  /** Left alone once it exists, no matter which client created it. */
  readonly onCreate: boolean;
  readonly adopt: boolean;
  readonly retain: boolean;
  /** Its controller has to be the CR. */
  readonly controlled: boolean;
  /** Its `data`, `spec` or image, as text by key. */
  readonly values: Readonly<Record<string, string>>;
}

/** What a CR declares now. */
export function claimsOf(cr: KubeObject, ground: Ground): Claim[] {
  const { kind, spec, metadata } = cr;
  const { name, namespace = "", labels = {} } = metadata;
  const n = String(spec.n);
  const own = { n, by: `${namespace}/${name}` };
  const claim = (plural: string, child: string, more: Partial<Claim> = {}): Claim => {
    const at = more.namespace ?? namespace;
    const controlled = more.retain !== true && (namespace === "" || at === namespace);
    const base = { onCreate: false, adopt: false, retain: false, values: own };
    return { ...base, plural, name: child, ...more, namespace: at, controlled };
  };
  const far = { namespace: ground.away };
  switch (kind) {
    case "Brew": {
      const side = labels["side"];
      if (side !== "tea" && side !== "coffee") return [];
      const common = [
        claim("configmaps", `${name}-brew`, { values: { ...own, kind: side } }),
        claim("configmaps", `${name}-${side}`),
        claim("configmaps", `${name}-brew-${namespace}`, far),
      ];
      return side === "tea" ? common : [...common, claim("secrets", `${name}-grounds`, far)];
    }
    case "Shop":
      return [
        claim("secrets", `${name}-once`, { onCreate: true }),
        ...spec.on === "yes" ? [claim("configmaps", `${name}-conf`)] : [],
        claim("configmaps", `${name}-kept`, { retain: true }),
        claim("configmaps", `${name}-wanted`, { adopt: true }),
        claim("configmaps", `${name}-far`, far),
        ...(spec.items ?? []).map((item: string) => claim("secrets", `${name}-${item}`)),
        claim("serviceaccounts", `${name}-account`, { values: {} }),
        claim("deployments", name, { values: { image: `example.com/shop:${n}` } }),
        claim("notes", `${name}-note`, { values: { n } }),
        claim("plots", `shop-${namespace}-${name}`, { namespace: "" }),
      ];
    case "Fleet":
      return [
        claim("configmaps", `${name}-conf`),
        claim("configmaps", `${name}-far`, far),
        claim("configmaps", `${name}-fleet`, { ...far, adopt: true }),
        claim("plots", `fleet-${name}`, { namespace: "" }),
      ];
    case "Zone":
      return [claim("configmaps", `${name}-zone`, far), claim("plots", `zone-${name}`)];
    case "Note":
      return [claim("configmaps", `${name}-text`)];
    default:
      throw new Error(`There are no rules for ${kind}`);
  }
}

/** What may be left of a Brew whose label has changed: it goes with the Brew, not before (ruling 22). */
export function leftovers(cr: KubeObject, ground: Ground): Claim[] {
  if (cr.kind !== "Brew") return [];
  return ["tea", "coffee"].flatMap((side) =>
    claimsOf({ ...cr, metadata: { ...cr.metadata, labels: { side } } }, ground)
  );
}

/** The values of an object in the form of a claim. */
export function valuesOf(object: KubeObject): Record<string, string> {
  if (object.kind === "Secret") {
    return Object.fromEntries(Object.entries<string>(object["data"] ?? {}).map(([key, text]) => [key, atob(text)]));
  }
  if (object.kind === "Deployment") return { image: object["spec"].template.spec.containers[0].image };
  return object["data"] ?? object["spec"] ?? {};
}
