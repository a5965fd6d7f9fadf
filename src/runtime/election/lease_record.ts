import { isMap, type JsonMap, ownValue } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";

/** What a Lease says about leadership (`coordination.k8s.io/v1` LeaseSpec). */
export interface LeaseRecord {
  /** Identity of the holder; `undefined`: it was released, or never taken. */
  readonly holder: string | undefined;
  /** How long the holder may be silent, in ms; `undefined` when the Lease does not say. */
  readonly durationMs: number | undefined;
  /** How often the holder has changed. */
  readonly transitions: number;
  /** As written, only for comparison: the clock is another machine's. */
  readonly renewTime: string | undefined;
}

/** A day: what a Lease that somebody wrote by hand may block others for. */
const maxDurationSeconds = 86_400;

/** Reads the `spec` of a Lease; fields of another type count as absent. */
export function readLease({ spec }: KubeObject): LeaseRecord {
  const map: JsonMap = isMap(spec) ? spec : {};
  const holder = ownValue(map, "holderIdentity");
  const seconds = ownValue(map, "leaseDurationSeconds");
  const transitions = ownValue(map, "leaseTransitions");
  const renewTime = ownValue(map, "renewTime");
  return {
    holder: typeof holder === "string" && holder !== "" ? holder : undefined,
    durationMs: typeof seconds === "number" && seconds > 0 ? Math.min(seconds, maxDurationSeconds) * 1000 : undefined,
    transitions: typeof transitions === "number" && transitions >= 0 ? Math.min(transitions, 2 ** 31 - 1) : 0,
    renewTime: typeof renewTime === "string" ? renewTime : undefined,
  };
}

/** Whether the holder did something between the two. Labels and annotations of a Lease say nothing about it. */
export function isSameRecord(a: LeaseRecord, b: LeaseRecord): boolean {
  return a.holder === b.holder && a.durationMs === b.durationMs && a.transitions === b.transitions &&
    a.renewTime === b.renewTime;
}
