import type { Json, JsonMap } from "../../base/json.ts";
import type { ObjectKey } from "../../k8s/object.ts";
import type { NextVisit } from "../queue/queue.ts";
import type { RecordedEvent } from "../report/recent_events.ts";
import type { FailingCr, IdleVisits, PassRecord } from "../report/recent_passes.ts";

/** A request to a box for what its caches have. Plain records: they cross a thread. */
export type BoxQuery =
  | {
    readonly what: "crs";
    /** Maximum number of items, at most `maxPage`. */
    readonly limit: number;
    /** Items after this key. */
    readonly after?: ObjectKey | undefined;
    /** A path; its value is returned for each item. */
    readonly field?: readonly string[] | undefined;
    /** Items that it fits alone; absent: all. */
    readonly filter?: CrFilter | undefined;
  }
  | {
    readonly what: "holders";
    /** Of a rule `unique`, as `UniqueField.name`. */
    readonly field: string;
    readonly value: string;
    /** Maximum number of items, at most `maxPage`. */
    readonly limit: number;
  }
  | { readonly what: "cr"; readonly key: ObjectKey }
  | { readonly what: "events"; readonly key: ObjectKey }
  | { readonly what: "passes"; readonly key: ObjectKey }
  | { readonly what: "failing" };

/** The result of the query of the same name; `undefined` in it: there is no such CR. */
export type BoxResult =
  | { readonly what: "crs"; readonly page: CrPage }
  /** The oldest first. `undefined`: not all CRs are known yet. */
  | { readonly what: "holders"; readonly page: Omit<CrPage, "next"> | undefined }
  | { readonly what: "cr"; readonly cr: CrDetail | undefined }
  | { readonly what: "events"; readonly events: readonly RecordedEvent[] | undefined }
  | { readonly what: "passes"; readonly passes: CrPasses | undefined }
  /** The latest first, `maxFailing` at most; `total`: all that are known. */
  | { readonly what: "failing"; readonly items: readonly FailingCr[]; readonly total: number };

/** What CRs are looked for by; all that is given has to hold. */
export interface CrFilter {
  /** A part of the name, of `namespace/name` or of the phase, in lower case. */
  readonly search?: string | undefined;
  readonly namespace?: string | undefined;
  /** The condition `Ready` is true, or it is not. */
  readonly ready?: boolean | undefined;
}

/** CRs in a page at most. */
export const maxPage = 500;
/** Events of one CR at most. */
export const maxEvents = 100;
/** CRs that fail or wait, at most. */
export const maxFailing = 50;
/** Children of one CR that are listed at most. */
export const maxChildren = 1000;
/** Longest status that is returned, in UTF-16 code units of JSON text. */
export const maxStatus = 256 * 1024;
/** Longest value of a field, in UTF-16 code units. */
export const maxValue = 1024;

/** Some CRs, sorted by key. */
export interface CrPage {
  readonly items: readonly CrItem[];
  /** Number of all CRs in the cache, or of those that were asked for. */
  readonly total: number;
  /** There are items after this key. */
  readonly next?: ObjectKey | undefined;
}

export interface CrItem {
  readonly name: string;
  readonly namespace?: string | undefined;
  /** `status.phase`, "" where there is none. */
  readonly phase: string;
  /** Its condition `Ready` is true. */
  readonly ready: boolean;
  readonly generation: number;
  /** RFC 3339. */
  readonly created?: string | undefined;
  /** Since when it is being deleted, RFC 3339; absent: it is not. */
  readonly deleted?: string | undefined;
  /** Of the requested field, where that is a scalar. */
  readonly value?: Json | undefined;
}

export interface CrDetail extends Omit<CrItem, "value"> {
  /** Absent where there is none, and where it is too large. */
  readonly status?: JsonMap | undefined;
  /** The status is larger than `maxStatus`. */
  readonly statusOmitted?: true | undefined;
  /** Kind → children that are the CR's own, by key. */
  readonly children: Readonly<Record<string, readonly ChildItem[]>>;
  /** Number of children beyond `maxChildren`. */
  readonly childrenOmitted: number;
}

/** What the box did with one CR lately, and what comes next. */
export interface CrPasses {
  /** Newest first, `maxPasses` at most. */
  readonly passes: readonly PassRecord[];
  /** Visits after the newest that found nothing to do; absent: none. */
  readonly idle?: IdleVisits | undefined;
  readonly next: NextVisit;
}

export interface ChildItem {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly ready: boolean;
}

/** The box did not respond in time, or has too many requests: to be asked again later. */
export class BoxBusyError extends Error {
  override name = "BoxBusyError";
}
