import type { JsonMap } from "../../../base/json.ts";
import { sha256Hex } from "../../../base/sha256.ts";
import { layOut, type Row } from "./panels.ts";

export interface DashboardOptions {
  readonly title: string;
  readonly description: string;
  /** Of what it is: names the dashboard for ever. */
  readonly identity: readonly string[];
  readonly tags: readonly string[];
  readonly links: readonly { readonly title: string; readonly identity: readonly string[] }[];
  readonly rows: readonly Row[];
}

/** Grafana allows 40 characters. */
const digestLength = 16;

/** The same for the same operator at all times, so that importing it again replaces it, and links stay. */
export function dashboardUid(identity: readonly string[]): string {
  return `ork-${sha256Hex(identity.join("\n")).slice(0, digestLength)}`;
}

/** A dashboard as Grafana imports it (schema 39, Grafana 10 and later). */
export function dashboard({ title, description, identity, tags, links, rows }: DashboardOptions): JsonMap {
  return {
    uid: dashboardUid(identity),
    ...{ title, description, tags: [...tags], timezone: "browser", editable: true, schemaVersion: 39, version: 1 },
    ...{ refresh: "30s", time: { from: "now-3h", to: "now" }, graphTooltip: 1, annotations: { list: [] } },
    links: links.map((link): JsonMap => ({
      ...{ type: "link", title: link.title, url: `/d/${dashboardUid(link.identity)}`, icon: "dashboard" },
      ...{ keepTime: true, includeVars: true, targetBlank: false },
    })),
    templating: {
      list: [
        { name: "datasource", label: "Data source", type: "datasource", query: "prometheus", current: {}, hide: 0 },
        {
          ...{ name: "job", label: "Job", type: "query", multi: true, includeAll: true, allValue: ".+", hide: 0 },
          datasource: { type: "prometheus", uid: "${datasource}" },
          current: { selected: true, text: ["All"], value: ["$__all"] },
          definition: "label_values(orkestra_leader, job)",
          query: { query: "label_values(orkestra_leader, job)", refId: "job" },
          ...{ refresh: 2, sort: 1 },
        },
      ],
    },
    panels: layOut(rows),
  };
}
