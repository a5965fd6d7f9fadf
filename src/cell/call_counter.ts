import type { ClusterApi } from "../cluster/ports.ts";

/**
 * A client that knows whether a call for one object is in flight. Lists and watches do not count: they run beside the
 * passes, for as long as the box does.
 */
export class CallCounter {
  readonly api: ClusterApi;
  readonly #nowMs: () => number;
  #underWay = 0;
  #lastEndMs: number;

  constructor(api: ClusterApi, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#lastEndMs = nowMs();
    this.api = {
      list: (...call) => api.list(...call),
      watch: (...call) => api.watch(...call),
      get: (...call) => this.#counted(api.get(...call)),
      apply: (...call) => this.#counted(api.apply(...call)),
      create: (...call) => this.#counted(api.create(...call)),
      createDryRun: (...call) => this.#counted(api.createDryRun(...call)),
      post: (...call) => this.#counted(api.post(...call)),
      mergePatch: (...call) => this.#counted(api.mergePatch(...call)),
      delete: (...call) => this.#counted(api.delete(...call)),
      raw: (...call) => this.#counted(api.raw(...call)),
    };
  }

  /** How long no call has been in flight. */
  idleMs(): number {
    return this.#underWay > 0 ? 0 : this.#nowMs() - this.#lastEndMs;
  }

  async #counted<T>(call: Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await call;
    } finally {
      this.#underWay--;
      this.#lastEndMs = this.#nowMs();
    }
  }
}
