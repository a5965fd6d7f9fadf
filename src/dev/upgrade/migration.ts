import { isMissingType } from "../../cluster/mod.ts";
import { isCallError, NetworkError } from "../../cluster/api_error.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { type KubeObject, type ObjectKey, objectKey } from "../../k8s/object.ts";
import { BoundedList } from "./bounded_list.ts";
import type { Definition } from "./definition.ts";
import { objectPages } from "./object_pages.ts";
import type { Patience } from "./patience.ts";
import type { Progress } from "./progress.ts";
import { maxFailures, type MigrationReport } from "./report.ts";
import { type Outcome, rewrite } from "./rewrite.ts";

/** Writes in flight at once. */
const parallel = 4;

/** One pass over the objects of a CRD, each of which is rewritten. */
export class Migration {
  readonly #api: ClusterApi;
  readonly #definition: Definition;
  readonly #patience: Patience;
  readonly #progress: Progress;
  readonly #outcomes: Record<Outcome, number> = { rewritten: 0, unchanged: 0, writtenByOthers: 0, gone: 0 };
  readonly #failed = new BoundedList<{ readonly key: ObjectKey; readonly reason: string }>(maxFailures + parallel);
  #total = 0;
  #done = 0;
  #ended = false;
  /** What ends the pass with an error. */
  #broken: { readonly error: unknown } | undefined;

  constructor(api: ClusterApi, definition: Definition, patience: Patience, progress: Progress) {
    this.#api = api;
    this.#definition = definition;
    this.#patience = patience;
    this.#progress = progress;
  }

  /**
   * Rewrites all objects. `mayContinue` is asked before the objects of each page; false ends the pass. So do a signal, and 20
   * objects that could not be rewritten. Throws as `objectPages` does, and when the API server cannot be reached.
   */
  async run(mayContinue: () => Promise<boolean>): Promise<void> {
    for await (const page of objectPages(this.#api, this.#definition, this.#patience)) {
      if (!await mayContinue()) return;
      const here = page.objects.length + (page.unreadable === undefined ? 0 : 1);
      this.#total = Math.max(this.#total, this.#done + here + (page.remaining ?? 0));
      if (page.unreadable !== undefined) this.#fail(page.unreadable.key, page.unreadable.reason);
      this.#told();
      const queue = page.objects.values();
      await Promise.all(Array.from({ length: parallel }, () => this.#work(queue)));
      if (this.#broken !== undefined) throw this.#broken.error;
      if (this.#isOver) return;
    }
    // Not where the list ended early.
    this.#ended = !this.#patience.stopped.aborted;
  }

  /** A signal came before the last object was done. */
  get interrupted(): boolean {
    return !this.#ended && this.#patience.stopped.aborted;
  }

  get failures(): number {
    return this.#failed.count;
  }

  report(): MigrationReport {
    const { count, items } = this.#failed;
    return { total: this.#total, ...this.#outcomes, failed: { count, objects: items } };
  }

  get #isOver(): boolean {
    return this.#broken !== undefined || this.#patience.stopped.aborted || this.#failed.count >= maxFailures;
  }

  async #work(queue: IterableIterator<KubeObject>): Promise<void> {
    for (const object of queue) {
      if (this.#isOver) return;
      try {
        this.#outcomes[await rewrite(this.#api, this.#definition.type, object, this.#patience)]++;
        this.#done++;
      } catch (error) {
        if (this.#patience.stopped.aborted) return; // not done, perhaps for want of another attempt
        if (!isCallError(error) || error instanceof NetworkError || isMissingType(error)) {
          this.#broken ??= { error };
          return;
        }
        this.#fail(objectKey(object.metadata), error.message);
      }
      this.#told();
    }
  }

  #fail(key: ObjectKey, reason: string): void {
    this.#failed.add({ key, reason });
    this.#done++;
  }

  #told(): void {
    this.#progress.show({ crd: this.#definition.name, done: this.#done, total: this.#total });
  }
}
