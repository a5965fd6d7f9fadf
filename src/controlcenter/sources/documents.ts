import { z } from "zod";
import { shortenMiddle } from "../../base/shorten.ts";

/** What the Control Center reads of the responses of Runtimes and Gateways; other fields may be there. */

/** Longest text of a document that is kept, in UTF-16 code units. */
const maxText = 4096;
/** Longest lists in a document. */
const maxCrds = 1000;
const maxItems = 500;
const maxRules = 5000;

const text = z.string().transform((value) => shortenMiddle(value, maxText));
const count = z.number().int().nonnegative();
export const stateShape = z.enum(["pending", "started", "healthy", "degraded"]);
export type CrdState = z.infer<typeof stateShape>;

const crossRead = z.object({ as: text, crd: text.optional(), source: text.optional() });

/** An entry of `crds`; one whose endpoints are switched off has the first three fields alone. */
const crdShape = z.object({
  name: text,
  state: stateShape,
  healthy: z.boolean(),
  description: text.optional(),
  /** `web.example.com/v1, Kind=Website`. */
  gvk: text.optional(),
  gvr: text.optional(),
  namespaced: z.boolean().optional(),
  namespace: text.optional(),
  reason: text.optional(),
  workers: count.optional(),
  workersActive: count.optional(),
  resync: text.optional(),
  queueDepth: count.optional(),
  maxDepth: count.optional(),
  resourceCount: count.optional(),
  startedAt: text.optional(),
  uptime: text.optional(),
  /** Share of failed passes, 0 to 1. */
  errorRate: z.number().min(0).max(1).optional(),
  consecutiveFails: count.optional(),
  failureThreshold: count.optional(),
  totalReconciles: count.optional(),
  failedReconciles: count.optional(),
  lastError: text.optional(),
  lastReconcile: text.optional(),
  rbacCount: count.optional(),
  endpoints: z.object({ healthEnabled: z.boolean(), infoEnabled: z.boolean() }).optional(),
  dependsOn: z.array(text).max(maxCrds).default([]),
  crossReads: z.array(crossRead).max(maxCrds).default([]),
  hasUnhealthyDependencies: z.boolean().default(false),
});
export type Crd = z.infer<typeof crdShape>;

/** `/katalog` of a Runtime. */
export const runtimeKatalog = z.object({
  name: text,
  version: text.default(""),
  description: text.default(""),
  author: text.default(""),
  license: text.default(""),
  clusterName: text.default(""),
  runtimeVersion: text,
  isKonductor: z.boolean(),
  /** Identity of the process that leads. */
  konductor: text.optional(),
  katalogFiles: z.enum(["current", "changed", "broken"]).optional(),
  katalogFilesReason: text.optional(),
  status: stateShape,
  degradedReason: text.optional(),
  crds: z.array(crdShape).max(maxCrds),
});
export type RuntimeKatalog = z.infer<typeof runtimeKatalog>;

const certificate = z.object({
  origin: text,
  /** RFC 3339; absent while there is none. */
  notBefore: z.iso.datetime().optional(),
  notAfter: z.iso.datetime().optional(),
  names: z.array(text).max(maxItems).default([]),
  sha256: text.optional(),
  publishedCas: count.optional(),
  trouble: text.optional(),
});
export type Certificate = z.infer<typeof certificate>;

/** `/katalog` of a Gateway. */
export const gatewayKatalog = z.object({
  name: text,
  /** The Katalog has a Gateway; else this one only removes what was registered. */
  gateway: z.boolean(),
  ready: z.boolean(),
  reason: text.optional(),
  features: z.record(z.string().max(100), z.boolean()).default({}),
  failurePolicy: text.nullable().default(null),
  conversions: z.array(z.object({ kind: text, versions: z.array(text).max(100) })).max(maxCrds).default([]),
  crds: z.array(text).max(maxCrds),
  certificate: certificate.optional(),
  webhooks: z.array(z.object({ name: text, registered: z.boolean(), reason: text.optional() })).max(maxCrds).optional(),
});
export type GatewayKatalog = z.infer<typeof gatewayKatalog>;

/** `/katalog` of either: that of a Gateway says `gateway`. */
export const katalogShape = z.unknown().transform((body, context) => {
  const isGateway = typeof body === "object" && body !== null && Object.hasOwn(body, "gateway");
  const read = isGateway
    ? { kind: "gateway" as const, ...gatewayKatalog.safeParse(body) }
    : { kind: "runtime" as const, ...runtimeKatalog.safeParse(body) };
  if (read.success) {
    return read.kind === "gateway"
      ? { kind: "gateway" as const, katalog: read.data as GatewayKatalog }
      : { kind: "runtime" as const, katalog: read.data as RuntimeKatalog };
  }
  for (const { message, path } of read.error!.issues) context.addIssue({ code: "custom", message, path });
  return z.NEVER;
});

/** `/katalog/{crd}` of a Gateway. */
export const reviewedKind = z.object({
  name: text,
  type: text,
  validation: count,
  mutation: count,
  operations: z.array(text).max(10),
});
export type ReviewedKind = z.infer<typeof reviewedKind>;

const rule = z.object({
  verb: text,
  apiGroup: text,
  resource: text,
  namespaces: z.array(text).max(maxItems).optional(),
  resourceNames: z.array(text).max(maxItems).optional(),
});
export type Rule = z.infer<typeof rule>;

/** `/katalog/{crd}` of a Runtime. */
export const boxDetail = z.object({
  isKonductor: z.boolean(),
  workersIdle: count,
  workersProcessing: count,
  operatorBox: z.object({
    finalizers: z.object({ values: z.array(text).max(100) }),
    templates: z.record(z.string().max(100), z.record(z.string().max(100), count)),
  }),
  rbac: z.object({ rules: z.array(rule).max(maxRules), totalRules: count }),
  metrics: z.object({ queueWaitP50Ms: z.number(), queueWaitP99Ms: z.number() }),
});
export type BoxDetail = z.infer<typeof boxDetail>;

/** `/katalog/{crd}/health`. */
export const boxHealth = z.object({
  dependencies: z.record(z.string().max(253), text).default({}),
  crossSources: z.array(z.object({
    source: text,
    state: text,
    lastRead: text.optional(),
    since: text.optional(),
    reason: text.optional(),
  })).max(maxCrds).default([]),
  missing: z.boolean().default(false),
});
export type BoxHealth = z.infer<typeof boxHealth>;

const item = z.object({
  name: text,
  namespace: text,
  phase: text,
  ready: z.boolean(),
  generation: z.number(),
  age: text,
  /** RFC 3339; a former version has none. */
  created: text.optional(),
});
export type CrItem = z.infer<typeof item>;

/** `/katalog/{crd}/cr`. */
export const crPage = z.object({
  total: count,
  items: z.array(item).max(maxItems),
  continue: z.string().max(1024).optional(),
});
export type CrPage = z.infer<typeof crPage>;

/** `/katalog/{crd}/failing`. */
export const failingCrs = z.object({
  total: count,
  items: z.array(z.object({
    name: text,
    namespace: text,
    result: text,
    message: text,
    count,
    firstTime: text,
    time: text,
  })).max(maxItems),
});
export type FailingCrs = z.infer<typeof failingCrs>;

/** One CR; spec and status may be anything. */
export const crDetail = item.extend({
  spec: z.unknown().optional(),
  status: z.unknown().optional(),
  statusOmitted: z.boolean().default(false),
  children: z.record(
    z.string().max(253),
    z.array(z.object({ name: text, namespace: text.optional(), ready: z.boolean() })).max(maxCrds),
  ),
  childrenOmitted: count.default(0),
});
export type CrDetail = z.infer<typeof crDetail>;

/** `/katalog/{crd}/schema`. */
export const typeSchema = z.object({
  group: text,
  version: text,
  kind: text,
  plural: text,
  namespaced: z.boolean(),
  schema: z.unknown(),
});
export type TypeSchema = z.infer<typeof typeSchema>;

/** A document that may be anything: a Katalog, or the entry of a CRD. */
export const anyDocument = z.custom<Readonly<Record<string, unknown>>>((value) =>
  typeof value === "object" && value !== null && !Array.isArray(value)
);

/** An instant query for the samples of one metric. */
export const instantVector = z.object({
  status: z.literal("success"),
  data: z.object({
    result: z.array(z.object({
      metric: z.record(z.string(), z.string()),
      /** The value in Prometheus' spelling: `+Inf`. */
      value: z.tuple([z.number(), z.string()]),
    })).max(200_000),
  }),
});
export type InstantVector = z.infer<typeof instantVector>;
