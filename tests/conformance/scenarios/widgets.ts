import type { Scenario, Step } from "../exchange.ts";
import { get, post, remove } from "./steps.ts";

export const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
export const group = "{ns}.example.com";
export const root = `/apis/${group}/v1/namespaces/{ns}/widgets`;
export const a = `${root}/a`;

export interface Version {
  name?: string;
  schema?: object;
  subresources?: object;
  additionalPrinterColumns?: object[];
  deprecated?: boolean;
  deprecationWarning?: string;
}

export function definition(version: Version, others: Version[] = []): unknown {
  const versions = [version, ...others].map(({ name = "v1", schema, ...more }, i) => ({
    name,
    served: true,
    storage: i === 0,
    schema: { openAPIV3Schema: { type: "object", ...schema } },
    ...more,
  }));
  return {
    metadata: { name: `widgets.${group}` },
    spec: { group, scope: "Namespaced", names: { plural: "widgets", kind: "Widget", shortNames: ["wd"] }, versions },
  };
}

/** Steps with a definition that is there before and gone after. */
export function withDefinition(name: string, version: Version, steps: Step[], more: Version[] = []): Scenario {
  return {
    name,
    steps: [
      { ...post(definitions, definition(version, more)), quiet: true },
      { ...get(root), until: true, quiet: true },
      ...steps,
      { ...remove(`${definitions}/widgets.${group}`), quiet: true },
    ],
  };
}

export const widget = (spec?: unknown, more: object = {}) => ({
  apiVersion: `${group}/v1`,
  kind: "Widget",
  metadata: { name: "a" },
  ...(spec === undefined ? {} : { spec }),
  ...more,
});
export const spec = (properties: object, more: object = {}) => ({
  properties: { spec: { type: "object", properties, ...more } },
});
export const dry = (body: unknown, query = "") => post(`${root}?dryRun=All${query}`, body);
export const status = {
  properties: {
    spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};
export const text = { type: "string" };
export const number = { type: "integer" };
