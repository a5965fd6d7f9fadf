import { z } from "zod";

/** What `ork` reads of the responses of a Runtime; other fields may be there. See docs/http-api.md. */

const count = z.number().int().nonnegative();
const state = z.enum(["pending", "started", "healthy", "degraded"]);

/** An entry of `crds` in `/katalog`; one whose endpoints are switched off has the first three fields alone. */
const crd = z.object({
  name: z.string(),
  state,
  healthy: z.boolean(),
  /** `web.example.com/v1, Kind=Website`. */
  gvk: z.string().optional(),
  /** `web.example.com/v1, Resource=websites`. */
  gvr: z.string().optional(),
  namespaced: z.boolean().optional(),
  namespace: z.string().optional(),
  reason: z.string().optional(),
  workers: count.optional(),
  workersActive: count.optional(),
  queueDepth: count.optional(),
  consecutiveFails: count.optional(),
  failureThreshold: count.optional(),
  totalReconciles: count.optional(),
  failedReconciles: count.optional(),
  resourceCount: count.optional(),
  lastError: z.string().optional(),
  uptime: z.string().optional(),
});
export type Crd = z.infer<typeof crd>;

export const katalogResponse = z.object({
  name: z.string(),
  runtimeVersion: z.string(),
  isKonductor: z.boolean(),
  /** Identity of the process that leads. */
  konductor: z.string().optional(),
  status: state,
  /** What became of the files of the Katalog since they were loaded, and the reason where they are not current. */
  katalogFiles: z.enum(["current", "changed", "broken"]).optional(),
  katalogFilesReason: z.string().optional(),
  crds: z.array(crd),
});
export type KatalogResponse = z.infer<typeof katalogResponse>;

const item = z.object({
  name: z.string(),
  namespace: z.string(),
  phase: z.string(),
  ready: z.boolean(),
  generation: z.number(),
  age: z.string(),
  /** It is being deleted. */
  deletionTimestamp: z.string().optional(),
});
export type Item = z.infer<typeof item>;

export const pageResponse = z.object({ total: count, items: z.array(item), continue: z.string().optional() });

/** One CR; a status may be anything, and conditions that are none are left out. */
export const crResponse = item.extend({
  status: z.object({
    conditions: z.array(z.object({
      type: z.string(),
      status: z.string(),
      reason: z.string().default(""),
      message: z.string().default(""),
    })).catch([]).default([]),
  }).catch({ conditions: [] }),
});
export type CrResponse = z.infer<typeof crResponse>;

export const eventsResponse = z.object({
  name: z.string(),
  namespace: z.string(),
  events: z.array(z.object({
    type: z.string(),
    reason: z.string(),
    message: z.string(),
    count,
    lastSeen: z.string(),
    age: z.string(),
  })),
});

const place = { kind: z.string(), namespace: z.string(), name: z.string() };

const pass = z.object({
  /** Absent in the response of an older Runtime. */
  id: z.string().optional(),
  trigger: z.string(),
  result: z.enum(["succeeded", "failed", "denied", "deleting", "waiting"]),
  message: z.string().optional(),
  count,
  firstTime: z.string(),
  time: z.string(),
  age: z.string(),
  waitedMs: z.number(),
  durationMs: z.number(),
  changes: z.array(z.object({
    action: z.string(),
    ...place,
    fields: z.array(z.string()),
    why: z.string(),
    by: z.string().optional(),
    text: z.string(),
  })),
  changesOmitted: count.default(0),
  calls: z.array(z.object({
    verb: z.string(),
    ...place,
    subresource: z.string().optional(),
    code: z.number().optional(),
  })),
  callsOmitted: count.default(0),
});
export type Pass = z.infer<typeof pass>;

export const passesResponse = z.object({
  name: z.string(),
  namespace: z.string(),
  isKonductor: z.boolean(),
  next: z.object({ why: z.string(), inMs: z.number().nonnegative().optional() }),
  idle: z.object({ since: z.string(), last: z.string(), count }).optional(),
  passes: z.array(pass),
});
export type PassesResponse = z.infer<typeof passesResponse>;

export const errorResponse = z.object({ error: z.string() });
