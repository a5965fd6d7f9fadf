import type { CrossObject } from "../../input/mod.ts";
import type { ObjectKey } from "../../k8s/object.ts";

/** An object that other boxes observe. */
export interface CrossEntry {
  readonly object: CrossObject;
  /** Length of its JSON text. */
  readonly bytes: number;
  /**
   * Number of changes that led to this one, each of which a box made since it observed the one before. It grows without
   * end where boxes change each other for ever. Absent: none, or not known.
   */
  readonly hops?: number | undefined;
}

/** A part of what a box publishes of its objects, or of their changes. Plain records: they cross threads. */
export interface CrossUpdate {
  /** The box whose objects these are. */
  readonly source: string;
  /** Everything is sent from the start: what is not repeated until `complete` is gone. */
  readonly begins: boolean;
  /** Everything has been sent since `begins`. */
  readonly complete: boolean;
  /** The source cannot be reached, and nothing was known of it yet: no reader need wait for it. */
  readonly unreached?: boolean | undefined;
  readonly objects: readonly CrossEntry[];
  readonly gone: readonly ObjectKey[];
  /** Number of objects that are not published, since there are too many or they are too large. */
  readonly omitted: number;
}

/** What connects a box with those that it observes and that observe it. */
export interface CrossLink {
  /**
   * A box begins, in a new isolate perhaps, and knows nothing: `receive` is called with everything that it observes, and
   * again once the promise has settled, with what has changed meanwhile.
   */
  open(receive: (update: CrossUpdate) => Promise<void>): CrossSession;
}

export interface CrossSession {
  /** The box publishes; the first update of a session has `begins`. */
  publish(update: CrossUpdate): void;
  /** The box has ended: nothing more is received from it or sent to it. */
  close(): void;
}

/** Objects of one box that are published. */
export const maxObjects = 10_000;
/** Length of the JSON text of one object, and of all objects of one box. */
export const maxObjectBytes = 256 * 1024;
export const maxTotalBytes = 16 * 1024 * 1024;
