import type { ClusterApi } from "../cluster/ports.ts";
import type { BoxPlan } from "../plan/plan.ts";
import { BoundedReport } from "./report/bounded_report.ts";
import { type BoxPorts, type LeadScope, startBox } from "./box.ts";
import type { CallExternal } from "./external/mod.ts";
import type { CrossLink, CrossSession } from "./cross/mod.ts";
import type { MetricsSnapshot } from "../observe/metrics/mod.ts";
import type { BoxQuery, BoxResult } from "./query/query.ts";
import { BoxMetrics } from "./report/box_metrics.ts";
import type { BoxHealth, BoxMessage } from "./report/message.ts";

/** A place where boxes run. A box does not depend on it. */
export interface BoxHost {
  /** `link` connects the box with those that it observes and that observe it; without it there are none. */
  start(plan: BoxPlan, report: (message: BoxMessage) => void, link?: CrossLink): HostedBox;
  /** Releases the host's own resources; all its boxes have stopped by then. */
  close(): Promise<void>;
}

export interface HostedBox {
  /** Its caches have synced for the first time: it may lead at once. */
  readonly warm: Promise<void>;
  /**
   * Starts its workers, and again after every restart of its isolate. Resolves when they run. With the scope `deletions`
   * the box stays pending, and a further call extends the scope to all.
   */
  lead(scope: LeadScope): Promise<void>;
  /** Stops its workers: passes in flight may finish for up to `graceMs`. It stays warm. */
  rest(graceMs: number): Promise<void>;
  /** As last known. */
  health(): BoxHealth;
  /** As last known: `boxMetricSpecs`, and what the host measures of it. Never waits for the box. */
  metrics(): MetricsSnapshot;
  /**
   * Asks the box for what its caches have. Rejects with `BoxBusyError` when it does not respond in time, or has too many
   * queries already.
   */
  query(query: BoxQuery): Promise<BoxResult>;
  stop(graceMs: number): Promise<void>;
}

export interface SharedHostOptions extends Omit<BoxPorts, "api" | "report" | "publish" | "external"> {
  /** Makes the HTTP calls of a box; without it every one fails. */
  readonly external?: ((plan: BoxPlan) => CallExternal) | undefined;
  /**
   * Opens a client for one box: boxes share no connection, and each may have an identity of its own. `onPause` is called
   * when the API server throttles it, `onRequest` with each request, `onFenced` with each write that came too late.
   */
  readonly connect: (
    box: Pick<BoxPlan, "name" | "account">,
    onPause: (ms: number) => void,
    onRequest: BoxMetrics["requested"],
    onFenced: () => void,
  ) => ClusterApi & { close(): void };
}

/** All boxes in this isolate: for tests and small machines. They share its thread and its heap. */
export function sharedHost({ connect, external, ...ports }: SharedHostOptions): BoxHost {
  return {
    start(plan, report, link) {
      const bounded = new BoundedReport(report, ports.clock);
      const metrics = new BoxMetrics();
      const api = connect(
        plan,
        (ms) => bounded.send(pauseNote(plan.name, ms)),
        (verb, code, ms) => metrics.requested(verb, code, ms),
        () => metrics.fenced.inc(),
      );
      let session: CrossSession | undefined = undefined;
      const box = startBox(plan, {
        ...ports,
        api,
        metrics,
        external: external?.(plan),
        report: (message) => bounded.send(message),
        publish: async (update) => await Promise.resolve(session?.publish(update)),
      });
      session = link?.open(async (update) => await Promise.resolve(box.observe(update)));
      return {
        warm: box.warm,
        lead: (scope) => box.lead(scope),
        rest: (graceMs) => box.rest(graceMs),
        health: () => box.health(),
        metrics: () => box.metrics(),
        query: async (query) => await Promise.resolve(box.query(query)),
        stop: async (graceMs) => {
          session?.close();
          await box.stop(graceMs);
          bounded.stop();
          api.close();
        },
      };
    },
    close: () => Promise.resolve(),
  };
}

/** The API server rejected a request of a box with 429. */
export function pauseNote(box: string, ms: number): BoxMessage {
  const seconds = Math.ceil(ms / 1000);
  const message = `the API server is too busy (429): no requests for ${seconds} s, then at half the rate`;
  return { type: "note", box, message };
}
