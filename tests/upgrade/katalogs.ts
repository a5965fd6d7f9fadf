import { openDefinition } from "../support/open_definition.ts";
import type { KubeObject } from "../../src/k8s/object.ts";

/** Where an upgrade is played. */
export interface Place {
  /** API group of the kind `App`. */
  readonly group: string;
  readonly home: string;
  readonly away: string;
}

/** Kinds of the children of an App: one list for each place in `childPaths`. */
export const childPlurals = ["configmaps", "secrets", "serviceaccounts", "deployments"] as const;

/** One entry of `onCreate` or `onReconcile`, with the child that it makes of an App `one`. */
interface Entry {
  readonly block: "onCreate" | "onReconcile";
  readonly list: string;
  readonly text: string;
  /** `configmaps home/one-conf`. */
  readonly child: string;
}

/** Near and far children; of `secrets` and far `serviceaccounts` there is one each, so that a kind can leave. */
export const entries = {
  once: entry("onCreate", "configMaps", "once", "home", 'data: { v: "{{ .spec.v }}" }'),
  conf: entry("onReconcile", "configMaps", "conf", "home", 'data: { v: "{{ .spec.v }}" }'),
  far: entry("onReconcile", "configMaps", "far", "away", 'data: { v: "{{ .spec.v }}" }'),
  settings: entry("onReconcile", "configMaps", "settings", "home", 'data: { v: "{{ .spec.v }}" }'),
  distant: entry("onReconcile", "configMaps", "distant", "away", 'data: { v: "{{ .spec.v }}" }'),
  creds: entry("onReconcile", "secrets", "creds", "home", 'data: { v: "{{ .spec.v }}" }'),
  account: entry("onReconcile", "serviceAccounts", "account", "away", ""),
  server: entry("onReconcile", "deployments", "server", "home", 'image: "example.com/app:{{ .spec.v }}", replicas: 0'),
} satisfies Record<string, Entry>;

export type EntryName = keyof typeof entries;

/** What the operator has declared before the upgrade. */
export const before: readonly EntryName[] = ["once", "conf", "far", "creds", "account", "server"];

function entry(block: Entry["block"], list: string, suffix: string, at: "home" | "away", fields: string): Entry {
  const namespace = at === "away" ? ", namespace: AWAY" : "";
  const text = `{ name: "{{ .metadata.name }}-${suffix}"${namespace}${fields === "" ? "" : `, ${fields}`} }`;
  return { block, list, text, child: `${list.toLowerCase()} ${at}/one-${suffix}` };
}

/** A box of the Katalog: its key, what stands beside `operatorBox`, and its entries. */
export interface Box {
  readonly key: string;
  /** Lines, separated by `; `. */
  readonly aside?: string;
  readonly entries: readonly EntryName[];
}

export function katalogText(boxes: readonly Box[], { group, away }: Place): string {
  const crds = boxes.map(({ key, aside = "", entries: names }) => {
    const blocks = ["onCreate", "onReconcile"].map((block) => {
      const own = names.map((name) => entries[name]).filter((item) => item.block === block);
      const lists = [...Map.groupBy(own, ({ list }) => list)].map(([list, items]) =>
        `          ${list}:\n${items.map(({ text }) => `            - ${text.replace("AWAY", away)}`).join("\n")}`
      );
      return lists.length === 0 ? "" : `        ${block}:\n${lists.join("\n")}\n`;
    });
    return `    ${key}:
      apiTypes: { group: ${group}, version: v1, kind: App, plural: apps }
${aside.split("; ").filter((line) => line !== "").map((line) => `      ${line}\n`).join("")}      operatorBox:
        reconciler: { resync: 200ms }
${blocks.join("")}`;
  });
  const head = "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: { name: upgrade }\nspec:\n  crds:\n";
  return head + crds.join("");
}

export function definitionOf({ group }: Place): KubeObject {
  return openDefinition({ group, kind: "App" });
}

/** The CRs: one for each of two boxes that a selector may split. */
export function appsOf({ group, home }: Place): KubeObject[] {
  return ["one", "two"].map((name) => ({
    apiVersion: `${group}/v1`,
    kind: "App",
    metadata: { name, namespace: home, labels: { tier: name === "one" ? "gold" : "plain" } },
    spec: { v: "1" },
  }));
}
