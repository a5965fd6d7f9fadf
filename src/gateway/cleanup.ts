import type { Clock } from "../base/clock.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import { defaultInstallation } from "../k8s/installation.ts";
import type { Log } from "../observe/log.ts";
import type { Gateway } from "./gateway.ts";
import { gatewayMetrics, gatewayMetricSpecs } from "./gateway_metrics.ts";
import { admissionConfigurations } from "./registration/admission_webhooks.ts";
import { Keeper } from "./registration/keeper.ts";
import { protectionRegistrations } from "./registration/protection_webhooks.ts";
import { WebhookMetrics } from "./webhooks/webhook_metrics.ts";
import { webhookRegistration } from "./registration/webhook_configuration.ts";

export interface CleanupOptions {
  /** Name of the Katalog. */
  readonly katalog: string;
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly log: Log;
  /** Where it is installed. */
  readonly namespace: string;
}

/**
 * The Gateway of a Katalog that needs none. What a former Katalog had registered is still called, and refuses
 * requests where `failurePolicy` is `Fail`: it is removed, by the names of this installation and only where a Gateway
 * has made it, and kept away. Ready when nothing of it is left. It listens on no port for webhooks.
 */
export function startCleanup(options: CleanupOptions): Gateway {
  const { api, clock, random, log, namespace } = options;
  // Never called: nothing is registered.
  const address = { kind: "service", name: "", namespace } as const;
  const registrar = { namespace, address, startedMs: clock.wallMs(), wallMs: () => clock.wallMs() };
  const metrics = new WebhookMetrics();
  const keeping = { api, clock, random, log, metrics, currentBundle: () => Promise.resolve(""), onPublished: () => {} };
  const keepers = [
    ...admissionConfigurations(undefined, namespace),
    ...protectionRegistrations(undefined, { ...defaultInstallation, namespace }),
  ].map((absent) => new Keeper(webhookRegistration(absent, registrar), keeping));
  for (const keeper of keepers) keeper.trust("");
  let stopping = false;

  const notReady = (): string | undefined => {
    if (stopping) return "the Gateway is stopping";
    const late = keepers.find((keeper) => keeper.published === undefined);
    if (late === undefined) return undefined;
    return late.problem === "" ? `${late.name} is being removed` : late.problem;
  };
  return {
    notReady,
    metrics: {
      specs: gatewayMetricSpecs,
      snapshot: () => gatewayMetrics(metrics, { isReady: notReady() === undefined, notAfterMs: undefined }),
    },
    katalog: () => ({
      name: options.katalog,
      source: "gateway",
      gateway: false,
      ready: notReady() === undefined,
      crds: [],
    }),
    crd: () => undefined,
    async stop() {
      stopping = true;
      await Promise.all(keepers.map((keeper) => keeper.stop({ remove: false })));
    },
  };
}
