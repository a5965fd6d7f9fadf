import type { Clock } from "../base/clock.ts";
import { errorText } from "../base/error_text.ts";
import type { JsonMap } from "../base/json.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import { compileProtection } from "../admission/protect.ts";
import { defaultInstallation } from "../k8s/installation.ts";
import { gvkText } from "../k8s/object.ts";
import type { Log } from "../observe/log.ts";
import type { MetricsSnapshot } from "../observe/metrics/mod.ts";
import type { Tracer } from "../observe/trace/mod.ts";
import type { ConversionPlan, GatewayPlan, ProtectionPlan } from "../plan/plan.ts";
import { type Certificates, describeCertificate } from "./certificates/mod.ts";
import { ListenError } from "../serve/mod.ts";
import type { GatewayStatus } from "./http/status_app.ts";
import { CertificateError, type HttpsServer, serveHttps } from "./https/mod.ts";
import { admissionConfigurations, admissionPaths } from "./registration/admission_webhooks.ts";
import { protectionRegistrations } from "./registration/protection_webhooks.ts";
import { conversionRegistration } from "./registration/crd_conversion.ts";
import { Keeper } from "./registration/keeper.ts";
import { type WebhookAddress, webhookRegistration } from "./registration/webhook_configuration.ts";
import type { HttpCaller } from "../external/mod.ts";
import { ReviewCalls } from "./external/review_calls.ts";
import type { FindHolders } from "./unique/find_holders.ts";
import { webhookApp } from "./webhooks/app.ts";
import { Conversions } from "./webhooks/conversions.ts";
import { protectionPaths } from "./webhooks/protection.ts";
import { resourceKey, ReviewCounts } from "./webhooks/review_counts.ts";
import { Reviews } from "./webhooks/reviews.ts";
import { gatewayMetrics, gatewayMetricSpecs } from "./gateway_metrics.ts";
import { WebhookMetrics } from "./webhooks/webhook_metrics.ts";

export interface GatewayOptions {
  readonly katalog: string;
  readonly plan: GatewayPlan;
  readonly protection: ProtectionPlan | undefined;
  readonly conversions: readonly ConversionPlan[];
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly log: Log;
  /** Where it is installed. */
  readonly namespace: string;
  /** Where the API server reaches it, once it listens on a port. */
  readonly addressOf: (httpsPort: number) => WebhookAddress;
  readonly certificates: Certificates;
  /** Who has a value that a rule wants to be unique; without it such rules pass with a warning. */
  readonly findHolders?: FindHolders | undefined;
  /** Makes the HTTP calls of reviews; without it each counts as failed. */
  readonly caller?: Pick<HttpCaller, "call"> | undefined;
  /** Records reviews in traces, and what the export counts; absent: traces are off. */
  readonly traces?: { readonly tracer: Tracer; metrics(): MetricsSnapshot } | undefined;
  readonly host: "all" | "127.0.0.1";
  /** 0: the system chooses. */
  readonly httpsPort: number;
  /** It listens; called once. */
  readonly onListening: (httpsPort: number) => void;
  /** It cannot listen, and will not. */
  readonly onBroken: (reason: string) => void;
}

/** A Gateway: it serves webhooks, and keeps them registered. */
export interface Gateway extends Omit<GatewayStatus, "unhealthy"> {
  /**
   * Ends: connections are ended as their responses are sent while new ones are served for `drainMs`, so that API
   * servers move to other replicas; then what was begun has `graceMs`.
   */
  stop(drainMs: number, graceMs: number): Promise<void>;
}

/**
 * Starts a Gateway. It listens as soon as there is a certificate, then registers its webhooks, and is ready when the API
 * server knows the CA of the certificate that is served.
 */
export function startGateway(options: GatewayOptions): Gateway {
  const { plan, api, clock, random, log, namespace, certificates } = options;
  const metrics = new WebhookMetrics();
  const kinds = plan.admission?.kinds ?? [];
  const counts = new ReviewCounts(kinds.map(({ type }) => type));
  const { caller } = options;
  const calls = plan.admission === undefined || caller === undefined
    ? undefined
    : new ReviewCalls({ caller, clock, log, metrics, timeoutSeconds: plan.admission.timeoutSeconds });
  const reviews = new Reviews(plan.admission, options.findHolders, calls);
  const installation = { ...defaultInstallation, namespace };
  const protection = compileProtection(options.protection ?? {}, installation);
  const configurations = [
    ...admissionConfigurations(plan.admission, namespace),
    ...protectionRegistrations(options.protection, installation),
  ];
  const conversions = plan.converts ? options.conversions : [];
  const startedMs = clock.wallMs();
  let server: HttpsServer | undefined;
  let keepers: Keeper[] = [];
  let problem = "there is no certificate yet";
  let stopping = false;

  const handler = webhookApp({
    clock,
    log,
    metrics,
    counts,
    tracer: options.traces?.tracer,
    convert: conversions.length === 0 ? undefined : new Conversions(conversions),
    admission: {
      [admissionPaths.validate]: (request, wallMs) => reviews.validate(request, wallMs),
      [admissionPaths.mutate]: (request, wallMs) => reviews.mutate(request, wallMs),
      ...protectionPaths(protection),
    },
  });

  const published = (): void => {
    const bundle = certificates.caBundle();
    if (keepers.length > 0 && keepers.every((keeper) => keeper.published === bundle)) {
      certificates.confirmPublished(bundle);
    } else certificates.retractPublished();
  };

  const take = (): void => {
    const certificate = certificates.serving();
    if (certificate === undefined || stopping) return;
    try {
      if (server === undefined) {
        server = serveHttps(handler, { host: options.host, port: options.httpsPort, clock, certificate });
        options.onListening(server.port);
        const registrar = {
          namespace,
          address: options.addressOf(server.port),
          startedMs,
          wallMs: () => clock.wallMs(),
        };
        const currentBundle = () => certificates.refresh();
        const keeping = { api, clock, random, log, currentBundle, onPublished: published, metrics };
        keepers = [
          ...configurations.map((wanted) => webhookRegistration(wanted, registrar)),
          ...conversions.filter(({ updateCRD }) => updateCRD)
            .map((wanted) => conversionRegistration(wanted, registrar.address)),
        ].map((registration) => new Keeper(registration, keeping));
      } else server.swap(certificate);
      problem = "";
    } catch (error) {
      problem = errorText(error);
      if (error instanceof CertificateError) problem += `; it is kept in ${certificates.origin}`;
      if (error instanceof ListenError) problem += "; choose another one with --port (ORK_HTTPS_PORT)";
      log("error", problem, { event: "gateway.error", error: problem });
      if (server === undefined) options.onBroken(problem);
    }
    const bundle = certificates.caBundle();
    for (const keeper of keepers) keeper.trust(bundle);
    published();
  };
  certificates.onChange(take);
  take();

  const notReady = (): string | undefined => {
    if (stopping) return "the Gateway is stopping";
    if (server === undefined) return certificates.trouble ?? problem;
    const late = keepers.find((keeper) => keeper.published === undefined);
    if (late !== undefined) return late.problem === "" ? `${late.name} is being registered` : late.problem;
    return undefined;
  };

  return {
    notReady,
    metrics: {
      specs: gatewayMetricSpecs,
      snapshot: () => [
        ...gatewayMetrics(metrics, { isReady: notReady() === undefined, notAfterMs: certificates.notAfterMs() }),
        ...options.traces?.metrics() ?? [],
      ],
    },
    katalog: () => ({
      name: options.katalog,
      source: "gateway",
      gateway: true,
      ready: notReady() === undefined,
      ...reasonOf(notReady()),
      features: {
        admission: plan.admission !== undefined,
        conversion: conversions.length > 0,
        deletionProtection: options.protection?.deletion !== undefined,
        namespaceProtection: options.protection?.namespaces !== undefined,
      },
      failurePolicy: plan.admission?.failurePolicy ?? null,
      conversions: conversions.map(({ group, kind, versions }) => ({
        kind: `${kind}.${group}`,
        versions: versions.map(({ name }) => name),
      })),
      crds: kinds.map(({ name }) => name),
      ...counts.total(),
      certificate: describeCertificate({
        origin: certificates.origin,
        trouble: certificates.trouble,
        serving: () => certificates.serving(),
        caBundle: () => certificates.caBundle(),
      }),
      webhooks: keepers.map(({ name, published, problem }) => ({
        name,
        registered: published !== undefined,
        ...reasonOf(problem),
      })),
    }),
    crd(name): JsonMap | undefined {
      const kind = kinds.find((one) => one.name === name);
      if (kind === undefined) return undefined;
      return {
        name,
        source: "gateway",
        type: gvkText(kind.type),
        gvr: resourceKey(kind.type),
        validation: kind.validates ? kind.validation.length : 0,
        mutation: kind.mutates ? kind.mutation.length : 0,
        operations: [...kind.operations],
        ...counts.of(kind.type),
      };
    },
    async stop(drainMs, graceMs) {
      stopping = true;
      server?.drain();
      await new Promise<void>((resolve) => clock.after(drainMs, resolve));
      await Promise.all(keepers.map((keeper) => keeper.stop({ remove: true })));
      await server?.stop(graceMs);
      await certificates.stop();
    },
  };
}

/** `reason`, where there is one. */
function reasonOf(reason: string | undefined): JsonMap {
  return reason === undefined || reason === "" ? {} : { reason };
}
