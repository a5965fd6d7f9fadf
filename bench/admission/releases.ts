import type { JsonMap } from "../../src/base/json.ts";

/** The kind of `crd.yaml`. */
export const group = "bench.example.org";
export const kind = "Release";
export const resource = "releases";

/** Distinct objects that clients send in turn; the last one breaks a rule, so 1 % do. */
const objects = 100;

/** One object; `breaks` is the text that its refusal contains; absent: it passes all rules. */
export interface Sample {
  readonly object: JsonMap;
  readonly breaks?: string;
}

/** The objects of the load, the same in every run. */
export function samples(namespace: string): Sample[] {
  return Array.from({ length: objects }, (_, index) => {
    const object = release(index, namespace);
    return index < objects - 1 ? { object } : changed(object, violations[2]!);
  });
}

/** For each rule of `katalog.yaml`, in its order, an object that breaks it and none before it. */
export function violating(namespace: string): Sample[] {
  return violations.map((violation) => changed(release(0, namespace), violation));
}

/** What makes of an object of tier `standard` one that breaks a rule, and the rule's message. */
const violations: readonly (readonly [change: JsonMap, message: string])[] = [
  [{ owner: "" }, "spec.owner: name an owner"],
  [{ owner: "Team" }, "spec.owner: 3 to 40 lower-case letters and digits"],
  [{ image: "docker.io/shop:1" }, "spec.image: docker.io/shop:1 is not of our registry"],
  [{ image: "registry.example.org/shop:latest" }, "spec.image: name a version"],
  [{ version: "1.4" }, "spec.version: must be a version"],
  [{ tier: "free" }, "spec.tier: no such tier"],
  [{ region: "retired" }, "spec.region: closed"],
  [{ host: "shop.example.com" }, "spec.host: shop.example.com is outside example.org"],
  [{ host: "shop..example.org" }, "spec.host: an empty label"],
  [{ replicas: 0 }, "spec.replicas: at least 1"],
  [{ replicas: 51 }, "spec.replicas: at most 50"],
  [{ memoryMi: 63 }, "spec.memoryMi: between 64 MiB and 64 GiB"],
  [{ port: 443 }, "spec.port: not a privileged port"],
  [{ channel: "nightly" }, "spec.channel: no nightly builds"],
  [{ tier: "gold", replicas: 1 }, "spec.replicas: gold runs at least 2"],
  [{ public: true, contact: "" }, "spec.contact: a public or platinum release has a contact"],
];

function changed(object: JsonMap, [change, breaks]: readonly [JsonMap, string]): Sample {
  return { object: { ...object, spec: { ...object["spec"] as JsonMap, ...change } }, breaks };
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
