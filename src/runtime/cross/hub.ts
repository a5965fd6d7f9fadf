import type { Clock } from "../../base/clock.ts";
import type { CrossLink, CrossUpdate } from "../../box/mod.ts";
import type { BoxPlan } from "../../plan/plan.ts";
import { ObservedSource } from "./observed_source.ts";

/**
 * Forwards what boxes publish to the boxes that declared it. It keeps the last state of each source, so a box that
 * begins again receives everything at once, and a source that does is compared with what was known of it: readers learn
 * of differences only. Nothing of a source that lets itself not be observed is taken.
 */
export class CrossHub {
  /** Boxes that may be observed, in this process or from elsewhere. */
  readonly #own: ReadonlyMap<string, ObservedSource>;
  /** Boxes of other Runtimes, by the keys of their sources. */
  readonly #remote: ReadonlyMap<string, ObservedSource>;

  constructor(
    boxes: readonly Pick<BoxPlan, "name" | "observedBy" | "crossServed">[],
    clock: Clock,
    remote: ReadonlyMap<string, ObservedSource> = new Map(),
  ) {
    const observed = boxes.filter(({ observedBy, crossServed }) => observedBy.length > 0 || crossServed === true);
    this.#own = new Map(observed.map(({ name }) => [name, new ObservedSource(name, clock)]));
    this.#remote = remote;
  }

  /** What connects this box with the others. */
  linkOf({ name, cross }: Pick<BoxPlan, "name" | "cross">): CrossLink {
    return {
      open: (receive) => {
        let isOpen = true;
        const close = this.#read([...new Set(cross.map(({ box }) => box))], receive);
        return {
          publish: (update) => {
            if (isOpen) this.#own.get(name)?.publish(update);
          },
          close: () => {
            isOpen = false;
            close();
          },
        };
      },
    };
  }

  /** What a box publishes; `undefined`: nothing. */
  publishedBy(box: string): ObservedSource | undefined {
    return this.#own.get(box);
  }

  /** Sends the state of these sources, one update at a time, and then their changes. Returns how to end it. */
  #read(names: readonly string[], receive: (update: CrossUpdate) => Promise<void>): () => void {
    let last: Promise<unknown> = Promise.resolve();
    const send = (update: CrossUpdate): Promise<void> => {
      // The failure of another source's update is that sender's.
      const sent = last.then(() => receive(update), () => receive(update));
      last = sent;
      return sent;
    };
    const ends = names.flatMap((name) => {
      const source = this.#own.get(name) ?? this.#remote.get(name);
      return source === undefined ? [] : [source.follow(send)];
    });
    return () => ends.forEach((end) => end());
  }
}
