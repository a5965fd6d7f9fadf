import type { JsonMap } from "../../src/base/json.ts";

/** The kind of `crd.yaml`. */
export const group = "bench.example.org";
export const kind = "Release";
export const resource = "releases";

/** Distinct objects that clients send in turn; the last one breaks a rule, so 1 % do. */
export const objects = 100;

/** One object of the load: `breaks` is the text that its refusal contains; absent: it passes all rules. */
export interface Sample {
  readonly object: JsonMap;
  readonly breaks?: string;
}

/** The objects of the load, the same in every run. */
export function samples(namespace: string): Sample[] {
  return Array.from({ length: objects }, (_, index) => {
    const object = release(index, namespace);
    if (index < objects - 1) return { object };
    const spec = { ...object["spec"] as JsonMap, image: "docker.io/library/shop:1" };
    return { object: { ...object, spec }, breaks: "docker.io/library/shop:1 is not of our registry" };
  });
}

/** An object that passes all rules; every third is public or gold, so that gated rules are evaluated too. */
function release(index: number, namespace: string): JsonMap {
  return {
    apiVersion: `${group}/v1`,
    kind,
    metadata: {
      name: `shop-${index}`,
      namespace,
      labels: { "app.kubernetes.io/name": "shop", "app.kubernetes.io/part-of": "bench", team: `team-${index % 7}` },
      annotations: { "example.org/ticket": `OPS-${1000 + index}` },
    },
    spec: {
      owner: `team-${index % 7}`,
      contact: `team-${index % 7}@example.org`,
      image: `registry.example.org/shop/front:${index}.4.1`,
      version: `v${index}.4.1`,
      channel: "stable",
      tier: ["standard", "gold", "platinum"][index % 3]!,
      region: ["eu-north-1", "eu-west-1", "us-east-2"][index % 3]!,
      host: `shop-${index}.example.org`,
      replicas: 2 + index % 40,
      memoryMi: 256 + index,
      port: 8000 + index,
      public: index % 3 === 1,
    },
  };
}

/** The AdmissionReview (admission.k8s.io/v1) that an API server sends for the creation of an object. */
export function reviewOf(object: JsonMap, uid: string): JsonMap {
  const metadata = object["metadata"] as JsonMap;
  const type = { group, version: "v1" };
  const managed = {
    manager: "bench",
    operation: "Update",
    apiVersion: `${group}/v1`,
    time: "2026-11-29T00:00:00Z",
    fieldsType: "FieldsV1",
    fieldsV1: {
      "f:metadata": { "f:annotations": { ".": {}, "f:example.org/ticket": {} }, "f:labels": { ".": {}, "f:team": {} } },
      "f:spec": {
        ".": {},
        ...Object.fromEntries(Object.keys(object["spec"] as JsonMap).map((key) => [`f:${key}`, {}])),
      },
    },
  };
  return {
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid,
      kind: { ...type, kind },
      resource: { ...type, resource },
      requestKind: { ...type, kind },
      requestResource: { ...type, resource },
      name: metadata["name"]!,
      namespace: metadata["namespace"]!,
      operation: "CREATE",
      userInfo: { username: "admin", groups: ["system:masters", "system:authenticated"] },
      object: {
        ...object,
        metadata: {
          ...metadata,
          uid,
          creationTimestamp: "2026-11-29T00:00:00Z",
          generation: 1,
          managedFields: [managed],
        },
      },
      oldObject: null,
      dryRun: true,
      options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1", dryRun: ["All"], fieldManager: "bench" },
    },
  };
}
