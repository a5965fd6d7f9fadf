import type { JsonMap } from "../base/json.ts";

/** What a profile is for: the class under the `profiles` of a Katalog. */
export type ProfileClass =
  | "resources"
  | "probes"
  | "containerSecurity"
  | "podSecurity"
  | "rollingUpdate"
  | "pdb"
  | "hpa"
  | "networkPolicies"
  | "resourceQuotas"
  | "limitRanges";

/** Fields of each profile by class and name, as they are written; texts may hold templates. */
export type Profiles = Readonly<Partial<Record<ProfileClass, Readonly<Record<string, JsonMap>>>>>;

/** Where an entry names a profile, and where the fields of that go. */
export interface ProfileSpot {
  /** The map that has the key `profile`; empty: the entry itself. */
  readonly at: readonly string[];
  readonly class: ProfileClass;
  /** The map that gets the fields; what it has itself stays. */
  readonly into: readonly string[];
}

const ofPods: readonly ProfileSpot[] = [
  { at: ["resources"], class: "resources", into: ["resources"] },
  { at: ["securityContext"], class: "containerSecurity", into: ["securityContext"] },
  { at: ["podSecurity"], class: "podSecurity", into: ["podSecurity"] },
  { at: ["rollingUpdate"], class: "rollingUpdate", into: ["rollingUpdate"] },
  ...["startup", "liveness", "readiness"].map((name): ProfileSpot => ({
    at: ["probes", name],
    class: "probes",
    into: ["probes", name],
  })),
];

const others: Readonly<Record<string, readonly ProfileSpot[]>> = {
  custom: [],
  hpa: [{ at: ["behavior"], class: "hpa", into: [] }],
  pdb: [{ at: ["behavior"], class: "pdb", into: [] }],
  networkPolicies: [{ at: [], class: "networkPolicies", into: [] }],
  resourceQuotas: [{ at: [], class: "resourceQuotas", into: [] }],
  limitRanges: [{ at: [], class: "limitRanges", into: [] }],
};

/** The spots of the entries of one kind; a kind may have fewer of them. */
export function profileSpots(shorthand: string): readonly ProfileSpot[] {
  return Object.hasOwn(others, shorthand) ? others[shorthand]! : ofPods;
}

/** A profile that everybody has, its name in any case. */
export function builtInProfile(of: ProfileClass, name: string): JsonMap | undefined {
  const profiles = builtIn[of];
  const key = name.toLowerCase();
  return Object.hasOwn(profiles, key) ? profiles[key] : undefined;
}

/** The names of those of a class. */
export function builtInProfileNames(of: ProfileClass): readonly string[] {
  return Object.keys(builtIn[of]);
}

const sizes = (requests: [string, string], limits: [string, string]): JsonMap => ({
  requests: { cpu: requests[0], memory: requests[1] },
  limits: { cpu: limits[0], memory: limits[1] },
});

const times = (initial: number, period: number, failure: number, timeout: number): JsonMap => ({
  initialDelaySeconds: initial,
  periodSeconds: period,
  failureThreshold: failure,
  successThreshold: 1,
  timeoutSeconds: timeout,
});

const quota = (pods: number, cpu: [string, string], memory: [string, string]): JsonMap => ({
  hard: {
    pods: String(pods),
    cpu: cpu[1],
    memory: memory[1],
    "requests.cpu": cpu[0],
    "requests.memory": memory[0],
    "limits.cpu": cpu[1],
    "limits.memory": memory[1],
  },
});

type Policy = readonly ["Percent" | "Pods", number, number];

const scaling = (window: number, selectPolicy: string, ...policies: Policy[]): JsonMap => ({
  stabilizationWindowSeconds: window,
  selectPolicy,
  policies: policies.map(([type, value, periodSeconds]) => ({ type, value, periodSeconds })),
});

const autoscaler = (cpu: number, scaleUp: JsonMap, scaleDown: JsonMap): JsonMap => ({
  targetCPUUtilizationPercentage: String(cpu),
  behavior: { scaleUp, scaleDown },
});

const dropAll = { drop: ["ALL"] };

/** A selector of all Pods of the namespace. */
const allPods: JsonMap = { podSelector: {} };

const builtIn: Readonly<Record<ProfileClass, Readonly<Record<string, JsonMap>>>> = {
  resources: {
    tiny: sizes(["25m", "64Mi"], ["100m", "128Mi"]),
    small: sizes(["100m", "128Mi"], ["500m", "512Mi"]),
    medium: sizes(["250m", "256Mi"], ["1", "1Gi"]),
    large: sizes(["500m", "512Mi"], ["2", "2Gi"]),
    burst: sizes(["200m", "256Mi"], ["2", "2Gi"]),
    steady: sizes(["300m", "256Mi"], ["600m", "512Mi"]),
    "compute-heavy": sizes(["1", "512Mi"], ["2", "1Gi"]),
    "memory-heavy": sizes(["250m", "1Gi"], ["500m", "2Gi"]),
  },
  probes: {
    fast: times(5, 10, 2, 5),
    standard: times(15, 20, 3, 10),
    patient: times(30, 30, 5, 10),
    "slow-start": times(0, 10, 30, 10),
  },
  containerSecurity: {
    baseline: { allowPrivilegeEscalation: "false", capabilities: { drop: ["NET_RAW"] } },
    restricted: { allowPrivilegeEscalation: "false", runAsNonRoot: "true", capabilities: dropAll },
    hardened: {
      allowPrivilegeEscalation: "false",
      readOnlyRootFilesystem: "true",
      runAsNonRoot: "true",
      capabilities: dropAll,
    },
  },
  podSecurity: {
    baseline: { runAsNonRoot: "false" },
    restricted: { runAsNonRoot: "true", runAsUser: 1000 },
    hardened: { runAsNonRoot: "true", runAsUser: 65_534, runAsGroup: 65_534, fsGroup: 65_534 },
  },
  rollingUpdate: {
    safe: { maxSurge: "1", maxUnavailable: "0" },
    fast: { maxSurge: "25%", maxUnavailable: "25%" },
    "blue-green": { maxSurge: "100%", maxUnavailable: "0" },
  },
  pdb: {
    "zero-downtime": { minAvailable: "100%" },
    rolling: { maxUnavailable: "1" },
    relaxed: { maxUnavailable: "25%" },
  },
  hpa: {
    web: autoscaler(
      70,
      scaling(0, "Max", ["Percent", 100, 15], ["Pods", 4, 15]),
      scaling(300, "Min", ["Percent", 10, 60]),
    ),
    api: autoscaler(
      60,
      scaling(0, "Max", ["Percent", 100, 15], ["Pods", 4, 15]),
      scaling(600, "Min", ["Percent", 5, 60]),
    ),
    "latency-sensitive": autoscaler(
      50,
      scaling(0, "Max", ["Percent", 200, 15], ["Pods", 10, 15]),
      scaling(900, "Min", ["Percent", 5, 120]),
    ),
    batch: autoscaler(80, scaling(30, "Max", ["Percent", 100, 60]), scaling(120, "Min", ["Percent", 50, 60])),
    "cost-optimized": autoscaler(
      80,
      scaling(180, "Min", ["Percent", 25, 60]),
      scaling(60, "Max", ["Percent", 50, 60]),
    ),
  },
  networkPolicies: {
    "deny-all": { policyTypes: ["Ingress", "Egress"], ingress: [], egress: [] },
    "deny-all-ingress": { policyTypes: ["Ingress"], ingress: [] },
    "deny-all-egress": { policyTypes: ["Egress"], egress: [] },
    "allow-same-namespace": { policyTypes: ["Ingress"], ingress: [{ from: [allPods] }] },
    "allow-dns-egress": {
      policyTypes: ["Egress"],
      egress: [{ ports: [{ protocol: "UDP", port: "53" }, { protocol: "TCP", port: "53" }] }],
    },
  },
  resourceQuotas: {
    small: quota(10, ["1", "2"], ["2Gi", "4Gi"]),
    medium: quota(20, ["2", "4"], ["4Gi", "8Gi"]),
    large: quota(50, ["4", "8"], ["8Gi", "16Gi"]),
    xlarge: quota(100, ["8", "16"], ["16Gi", "32Gi"]),
  },
  limitRanges: {},
};
