import type { Clock } from "../base/clock.ts";
import { type CrossLink, CrossSender, CrossTable, type CrossUpdate } from "../box/mod.ts";
import type { BoxPlan } from "../plan/plan.ts";

/** An observed box. */
interface Source {
  readonly table: CrossTable;
  /** One for each box that observes it and runs. */
  readonly senders: Set<CrossSender>;
}

/**
 * Forwards what boxes publish to the boxes that declared it. It keeps the last state of each source, so a box that
 * begins again receives everything at once, and a source that does is compared with what was known of it: readers learn
 * of differences only. Nothing of a source that lets itself not be observed is taken.
 */
export class CrossHub {
  readonly #clock: Clock;
  readonly #sources: ReadonlyMap<string, Source>;

  constructor(boxes: readonly Pick<BoxPlan, "name" | "observedBy">[], clock: Clock) {
    this.#clock = clock;
    const observed = boxes.filter(({ observedBy }) => observedBy.length > 0);
    this.#sources = new Map(observed.map(({ name }) => [name, { table: new CrossTable(), senders: new Set() }]));
  }

  /** What connects this box with the others. */
  linkOf({ name, cross }: Pick<BoxPlan, "name" | "cross">): CrossLink {
    return {
      open: (receive) => {
        let isOpen = true;
        const close = this.#read([...new Set(cross.map(({ box }) => box))], receive);
        return {
          publish: (update) => {
            if (isOpen) this.#publish(name, update);
          },
          close: () => {
            isOpen = false;
            close();
          },
        };
      },
    };
  }

  #publish(name: string, update: CrossUpdate): void {
    const source = this.#sources.get(name);
    if (source === undefined) return;
    const hadOmitted = source.table.omitted;
    const changes = source.table.apply(update);
    const isTouched = changes.length > 0 || hadOmitted !== source.table.omitted;
    for (const sender of source.senders) {
      if (sender.hasBegun) { if (isTouched) sender.changed(changes.map(({ key }) => key)); }
      else if (source.table.isComplete) sender.begin();
    }
  }

  /** Sends the state of these boxes, one update at a time, and then their changes. Returns how to end it. */
  #read(boxes: readonly string[], receive: (update: CrossUpdate) => Promise<void>): () => void {
    let last: Promise<unknown> = Promise.resolve();
    const send = (update: CrossUpdate): Promise<void> => {
      // The failure of another source's update is that sender's.
      const sent = last.then(() => receive(update), () => receive(update));
      last = sent;
      return sent;
    };
    const senders = boxes.flatMap((box) => {
      const source = this.#sources.get(box);
      if (source === undefined) return [];
      const sender = new CrossSender({ source: box, state: source.table, send, delayMs: 0, clock: this.#clock });
      source.senders.add(sender);
      if (source.table.isComplete) sender.begin();
      return [{ source, sender }];
    });
    return () => {
      for (const { source, sender } of senders) {
        source.senders.delete(sender);
        sender.stop();
      }
    };
  }
}
