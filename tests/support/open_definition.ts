import type { KubeObject } from "../../src/k8s/object.ts";

/** A value that takes everything. */
export const openSchema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

export interface DefinedKind {
  readonly group: string;
  readonly kind: string;
  /** The kind in lower case with an s when absent. */
  readonly plural?: string | undefined;
  readonly namespaced?: boolean | undefined;
}

/** A definition with a status, of version v1, that takes any spec and any status. */
export function openDefinition(
  { group, kind, plural = `${kind.toLowerCase()}s`, namespaced = true }: DefinedKind,
): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: namespaced ? "Namespaced" : "Cluster",
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: { type: "object", properties: { spec: openSchema, status: openSchema } },
        },
      }],
    },
  };
}
