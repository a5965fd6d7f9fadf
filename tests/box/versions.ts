import type { KubeObject } from "../../src/k8s/object.ts";
import { statusResponse } from "../support/api_double.ts";
import type { Between, Cluster } from "./operator.ts";

export const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** The CRD of a kind that is no CR of the tests' operators: namespaced, with the versions v1 and v2. */
export const monitors: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "monitors.monitoring.dev" },
  spec: {
    group: "monitoring.dev",
    scope: "Namespaced",
    names: { kind: "Monitor", plural: "monitors", singular: "monitor" },
    versions: ["v1", "v2"].map((name) => ({
      name,
      served: true,
      storage: name === "v1",
      schema: { openAPIV3Schema: { type: "object", properties: { spec: open } } },
    })),
  },
};

/** Switches a version of a CRD on or off. One that has v1 alone gets v2, which is served. */
export async function serve(
  { request }: Pick<Cluster, "request">,
  name: string,
  served: boolean,
  version = "v1",
): Promise<void> {
  const { versions } = (await request("GET", `${definitions}/${name}`))["spec"] as { versions: { name: string }[] };
  const all = versions.length > 1 ? versions : [...versions, { ...versions[0], name: "v2", storage: false }];
  const changed = all.map((each) => each.name === version ? { ...each, served } : each);
  await request("PATCH", `${definitions}/${name}`, { spec: { versions: changed } }, "application/merge-patch+json");
}

/** Refuses to delete Monitors, until `allow` is called. */
export function refusingDeletes(): { readonly between: Between; refused(): number; allow(): void } {
  let refused = 0;
  let isRefused = true;
  return {
    between: async (request, forward) => {
      if (!isRefused || request.method !== "DELETE" || !request.url.includes("monitors")) return await forward();
      refused++;
      return statusResponse(403, "Forbidden");
    },
    refused: () => refused,
    allow: () => void (isRefused = false),
  };
}
