import {
  BoxBusyError,
  type BoxHealth,
  type BoxHost,
  type BoxMessage,
  type HostedBox,
  type LeadScope,
} from "../../src/box/mod.ts";
import type { BoxPlan } from "../../src/plan/mod.ts";

/** A box without anything in it: its states are what the test says. */
export class FakeBox implements HostedBox {
  readonly #events: string[];
  readonly #name: string;
  readonly #report: (message: BoxMessage) => void;
  readonly #warm = Promise.withResolvers<void>();
  #state: BoxHealth["state"] = "pending";
  #reason: string | undefined = "waiting for the first lists";
  #ending: PromiseWithResolvers<void> | undefined;
  readonly warm = this.#warm.promise;
  /** `rest` resolves only when `hasRested` is called. */
  isSlow = false;
  /** Of the calls of `lead`; those with the scope `deletions` are no event. */
  readonly scopes: LeadScope[] = [];

  constructor(name: string, events: string[], report: (message: BoxMessage) => void) {
    this.#name = name;
    this.#events = events;
    this.#report = report;
    this.warm.catch(() => {/* rejects when stopped before */});
  }

  becomeWarm(): void {
    this.#reason = "standby";
    this.#warm.resolve();
  }

  /** Reports a state, as a box does at each transition. */
  become(state: BoxHealth["state"], reason?: string): void {
    this.#state = state;
    this.#reason = reason;
    this.#report({ type: "health", box: this.#name, state, reason });
  }

  /** Its isolate is gone. */
  endCell(reason: string): void {
    this.#state = "degraded";
    this.#reason = reason;
    this.#report({ type: "cell", box: this.#name, reason, restartInMs: 1000, suspects: [] });
  }

  hasRested(): void {
    this.#ending?.resolve();
  }

  async lead(scope: LeadScope): Promise<void> {
    this.scopes.push(scope);
    if (scope === "all") this.#events.push(`lead ${this.#name}`);
    await this.warm;
    if (scope === "deletions") return;
    if (this.#state === "pending") this.become("started");
  }

  async rest(graceMs: number): Promise<void> {
    this.#events.push(`rest ${this.#name} ${graceMs}`);
    if (this.isSlow) {
      this.#ending = Promise.withResolvers();
      await this.#ending.promise;
    }
    this.become("pending", "standby");
  }

  health(): BoxHealth {
    return {
      state: this.#state,
      reason: this.#reason,
      totalReconciles: 0,
      failedReconciles: 0,
      consecutiveFails: 0,
      queueDepth: 0,
      resourceCount: 0,
      warm: true,
      missing: false,
      workers: { running: 0, processing: 0 },
    };
  }

  metrics(): [] {
    return [];
  }

  query(): Promise<never> {
    return Promise.reject(new BoxBusyError("A fake box has no caches"));
  }

  stop(graceMs: number): Promise<void> {
    this.#events.push(`stop ${this.#name} ${graceMs}`);
    this.#warm.reject(new DOMException("The box was stopped", "AbortError"));
    this.#ending?.resolve();
    return Promise.resolve();
  }
}

/** A host of such boxes, by name, and what was asked of them, in order. */
export function fakeBoxes(): { readonly host: BoxHost; readonly events: string[]; box(name: string): FakeBox } {
  const boxes = new Map<string, FakeBox>();
  const events: string[] = [];
  return {
    events,
    box: (name) => boxes.get(name)!,
    host: {
      start(plan: BoxPlan, report) {
        const box = new FakeBox(plan.name, events, report);
        boxes.set(plan.name, box);
        return box;
      },
      close() {
        events.push("close");
        return Promise.resolve();
      },
    },
  };
}
