import { formatTime } from "../../base/clock.ts";
import type { Clock } from "../../base/clock.ts";
import { shortenMiddle } from "../../base/shorten.ts";
import type { EventRecorder } from "../../cluster/mod.ts";
import { groupKind, type ObjectKey, objectKey, type ResourceType, splitApiVersion } from "../../k8s/object.ts";

/** Different Events of one box that are kept, the least recent forgotten first. */
const maxKept = 500;
/** Longest message, in UTF-16 code units. */
const maxMessage = 1024;

/** An Event that the box recorded on one of its CRs. */
export interface RecordedEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** When it was recorded last, RFC 3339. */
  readonly time: string;
  /** How often it was recorded since the box started. */
  readonly count: number;
}

interface Kept extends Omit<RecordedEvent, "time"> {
  readonly key: ObjectKey;
  readonly wallMs: number;
}

/**
 * The Events that a box recorded recently: it has no permission to list Events of the API server. In memory, so a restart
 * forgets them.
 */
export class RecentEvents {
  readonly #clock: Clock;
  /** Object, reason and message → the Event; least recent first. */
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A recorder that also keeps the Events of CRs of this type. */
  of(type: ResourceType, recorder: EventRecorder): EventRecorder {
    const kind = groupKind(type);
    return {
      record: (event) => {
        const { apiVersion, kind: ofKind, metadata } = event.regarding;
        const { group } = splitApiVersion(apiVersion);
        if (groupKind({ group, kind: ofKind }) === kind) {
          this.add(objectKey(metadata), event.type, event.reason, event.message);
        }
        recorder.record(event);
      },
      get dropped() {
        return recorder.dropped;
      },
      stop: () => recorder.stop(),
    };
  }

  add(key: ObjectKey, type: RecordedEvent["type"], reason: string, text: string): void {
    const message = shortenMiddle(text, maxMessage);
    const id = `${key} ${reason} ${message}`;
    const count = (this.#kept.get(id)?.count ?? 0) + 1;
    this.#kept.delete(id);
    this.#kept.set(id, { key, type, reason, message, count, wallMs: this.#clock.wallMs() });
    if (this.#kept.size > maxKept) this.#kept.delete(this.#kept.keys().next().value!);
  }

  /** Of one object, newest first, `limit` at most. */
  list(key: ObjectKey, limit: number): RecordedEvent[] {
    return [...this.#kept.values()].filter((event) => event.key === key).reverse().slice(0, limit)
      .map(({ type, reason, message, count, wallMs }) => ({ type, reason, message, count, time: formatTime(wallMs) }));
  }
}
