import type { Clock } from "../base/clock.ts";
import { Collector } from "./controllers/collector.ts";
import { DefinitionController } from "./controllers/definitions.ts";
import { NamespaceController } from "./controllers/namespaces.ts";
import { Simulation } from "./controllers/simulation.ts";
import { Router } from "./http/router.ts";
import { Objects } from "./objects.ts";
import { Registry } from "./registry.ts";
import { RequestLog } from "./request_log.ts";
import { Store } from "./store.ts";
import { Admission } from "./webhooks/admission.ts";
import { Conversions } from "./webhooks/conversions.ts";
import type { WebhookPorts } from "./webhooks/port.ts";

export { type LoggedRequest, RequestLog } from "./request_log.ts";
export type { CallWebhook, ResolveService, WebhookPorts, WebhookReply, WebhookRequest } from "./webhooks/port.ts";
export { type ServedSandbox, serveSandbox } from "./serve.ts";

export interface SandboxOptions {
  readonly clock: Clock;
  /** Changes of one resource that are kept for watches and pages before they get 410; 10,000 when absent. */
  readonly watchHistory?: number;
  /**
   * Deployments become ready, Jobs complete and so on; the default. Without it nothing changes except what the
   * API server does.
   */
  readonly simulateWorkloads?: boolean;
  /**
   * How webhooks are called: the sandbox itself opens no connection. Without it admission webhooks may be registered and
   * none is asked, and versions of custom resources differ in their name alone.
   */
  readonly webhooks?: WebhookPorts;
  /** Called with failures of webhooks and expressions that do not end the request; with each text once. */
  readonly log?: (text: string) => void;
  /** Called with bugs of the sandbox itself. They are also kept in `faults`. */
  readonly onFault?: (error: unknown) => void;
}

/** A Kubernetes API server in memory. */
export interface Sandbox {
  /** Serves one request of any path. Never rejects: errors are responses. */
  fetch(request: Request): Promise<Response>;
  /** Ends all watches and background work; resolves when all is stopped. */
  stop(): Promise<void>;
  /** The log of requests, for tests that count calls. */
  readonly requests: RequestLog;
  /** Mistakes of the sandbox itself, the first hundred; empty when all is well. */
  readonly faults: readonly unknown[];
}

/**
 * Makes a Kubernetes API server (1.37) in memory, for development and tests: discovery, every built-in kind that an
 * operator meets, custom resources, watches, all kinds of patches, field ownership, garbage collection, and a small
 * simulation of workloads. It calls webhooks, for what clients write and to convert custom resources. It has no authentication, no admission
 * policies and no persistence.
 */
export function createSandbox(options: SandboxOptions): Sandbox {
  const { clock } = options;
  const registry = new Registry();
  const store = new Store(Math.max(1, options.watchHistory ?? 10_000));
  const log = oncePerText(options.log);
  const objects = new Objects(store, registry, clock, log);
  const requests = new RequestLog();
  const faults: unknown[] = [];
  const onFault = (error: unknown) => {
    if (faults.length < 100) faults.push(error);
    options.onFault?.(error);
  };
  const { webhooks } = options;
  const conversions = webhooks && new Conversions(webhooks, clock);
  const asked = conversions && { admission: new Admission(objects, webhooks, conversions, clock, log), conversions };
  const router = new Router(objects, clock, requests, onFault, asked);
  const controllers = [
    new DefinitionController(objects),
    new Collector(objects, clock, onFault),
    new NamespaceController(objects, clock, onFault),
    ...(options.simulateWorkloads === false ? [] : [new Simulation(objects, clock, onFault)]),
  ];
  return {
    fetch: (request) => router.fetch(request),
    async stop() {
      for (const controller of controllers) controller.stop();
      await router.stop();
    },
    requests,
    faults,
  };
}

/** Texts that are remembered; beyond, the oldest may come again. */
const maxTexts = 1000;

function oncePerText(log: ((text: string) => void) | undefined): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (told.has(text)) return;
    if (told.size >= maxTexts) told.delete(told.values().next().value!);
    told.add(text);
    log?.(text);
  };
}
