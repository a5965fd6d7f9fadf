/** Runs a changing number of workers. */
export class WorkerPool {
  readonly #work: (continues: () => boolean) => Promise<void>;
  /** Ends up to this number of workers that wait for work; returns how many. */
  readonly #dismiss: (count: number) => number;
  readonly #running = new Set<Promise<void>>();
  /** Running workers that were not told to end. */
  #wanted = 0;
  /** How many are to end once they have finished what they do. */
  #surplus = 0;

  /** `work` runs one worker, and asks before each piece of work whether it is to continue. */
  constructor(work: (continues: () => boolean) => Promise<void>, dismiss: (count: number) => number) {
    this.#work = work;
    this.#dismiss = dismiss;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Starts workers, or ends some: those that wait at once, the others after what they do. */
  resize(count: number): void {
    const missing = count - this.#wanted;
    this.#wanted = count;
    if (missing < 0) {
      this.#surplus += -missing - this.#dismiss(-missing);
      return;
    }
    const kept = Math.min(this.#surplus, missing);
    this.#surplus -= kept;
    for (let i = kept; i < missing; i++) this.#start();
  }

  /** Resolves when all have ended: the caller has made sure that they find no more work. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
    this.#wanted = 0;
    this.#surplus = 0;
  }

  #start(): void {
    const worker = this.#work(() => {
      if (this.#surplus === 0) return true;
      this.#surplus--;
      return false;
    }).finally(() => this.#running.delete(worker));
    this.#running.add(worker);
  }
}
