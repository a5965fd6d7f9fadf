import { formatFinding } from "../base/finding.ts";
import { type ClientOptions, type ClusterConfig, createClusterApi } from "../cluster/mod.ts";
import { namedFiles, readKatalogs, systemFiles } from "../files/mod.ts";
import {
  askRuntime,
  certificateFiles,
  type CertificateOptions,
  CertificateSettingsError,
  type FindHolders,
  type Gateway,
  type GatewayStatus,
  startCertificates,
  startCleanup,
  startGateway,
  statusApp,
  type WebhookAddress,
  webhookNames,
} from "../gateway/mod.ts";
import type { HttpCaller } from "../external/mod.ts";
import { loadKatalog } from "../katalog/mod.ts";
import type { Log } from "../observe/log.ts";
import { derivePlan, type GatewayPlan, type Plan } from "../plan/mod.ts";
import { type HttpServer, ListenError, serveHttp } from "../serve/mod.ts";
import { systemClock as clock } from "./clock.ts";
import type { Output } from "./command_line.ts";
import type { GateSettings } from "../gateway/settings.ts";
import { processEnv } from "./environment.ts";
import { openHttpCalls } from "./http_calls.ts";
import { openRuntime } from "./runtime_request.ts";
import { type OpenTraces, openTraces, type TracesOptions } from "./traces.ts";
import { userAgent } from "./version.ts";

/** How long API servers may take to know a CA after it was published. */
const maxSettleMs = 30_000;
/** How long new connections are served after a signal, so that API servers notice. */
const drainMs = 5_000;
/** How long responses that were begun may take when a Gateway beside other work ends. */
const graceMs = 15_000;

export interface GateOptions {
  readonly binary: string;
  readonly settings: GateSettings;
  readonly files: readonly string[];
  readonly cluster: ClusterConfig;
  readonly log: Log;
  readonly output: Output;
  readonly host: "all" | "127.0.0.1";
  /** Runs credential plugins, in the binary that may run programs. */
  readonly exec?: ClientOptions["exec"];
  /** The variables of OpenTelemetry; absent: traces are off. */
  readonly traceEnv?: TracesOptions["env"] | undefined;
  /** Ends it; resolves with the reason. */
  readonly until: Promise<string>;
}

/** Runs the Gateway of Katalogs until `until` resolves. Returns the exit code. */
export async function runGate(options: GateOptions): Promise<number> {
  const { settings, log, output, until } = options;
  const broken = Promise.withResolvers<string>();
  let gateway: Gateway | undefined;
  let failure: string | undefined;
  const status: GatewayStatus = {
    notReady: () => gateway === undefined ? "the Katalog is being loaded" : gateway.notReady(),
    unhealthy: () => failure,
    katalog: () => gateway?.katalog(),
    crd: (name) => gateway?.crd(name),
    metrics: {
      get specs() {
        return gateway?.metrics.specs ?? [];
      },
      snapshot: () => gateway?.metrics.snapshot() ?? [],
    },
  };
  let http: HttpServer | undefined;
  try {
    if (settings.httpPort !== "off") {
      http = serveHttp(statusApp(status, { log }), {
        host: options.host,
        port: settings.httpPort,
        clock,
        limits: settings.httpLimits,
      });
    }
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    output.err(`${error.message}; choose another one with --http-port (ORK_PORT), or off`);
    return 1;
  }
  const loaded = await loadPlan(options.files, output);
  if (loaded === undefined) {
    await http?.stop(0);
    return 1;
  }
  const api = connect(options);
  const runtime = runtimeOf(options, loaded);
  const calls = openHttpCalls({ ...options, clock });
  const { traceEnv: env, binary } = options;
  const instance = `${binary}-${crypto.randomUUID().slice(0, 8)}`;
  const traces = env && openTraces({ binary, instance, clock, log, env });
  try {
    const means = { httpPort: http?.port, findHolders: runtime?.findHolders, caller: calls.caller, traces };
    gateway = start(options, loaded, api, means, (reason) => {
      failure = reason;
      broken.resolve(reason);
    });
    const [code, reason] = await Promise.race([
      until.then((text) => [0, text] as const),
      broken.promise.then((text) => [1, text] as const),
    ]);
    log(code === 0 ? "info" : "error", `${reason}: stopping`, { event: "run.stopping", reason });
    await gateway.stop(code === 0 ? drainMs : 0, settings.shutdownMs);
    return code;
  } catch (error) {
    if (!(error instanceof CertificateSettingsError)) throw error;
    output.err(error.message);
    return 1;
  } finally {
    await http?.stop(1_000);
    api.close();
    runtime?.close();
    calls.close();
    await traces?.close();
    log("info", "stopped", { event: "run.stopped" });
  }
}

/** How long a Gateway may take until its webhooks are registered. */
const readyMs = 15_000;

/**
 * Starts the Gateway of a plan beside other work of this process, on free ports of 127.0.0.1, and waits until it is
 * ready. `problem`: it is not, and has been stopped.
 */
export async function openGateway(
  options:
    & Omit<Place, "settings" | "host">
    & Pick<GateOptions, "binary" | "exec">
    & { readonly skipExternal?: boolean | undefined },
  plan: Plan,
  findHolders: FindHolders,
): Promise<{ readonly port: number; stop(): Promise<void> } | { readonly problem: string }> {
  const settings: GateSettings = {
    port: 0,
    httpPort: "off",
    httpLimits: {},
    shutdownMs: graceMs,
    advertiseUrl: new URL("https://127.0.0.1:0"),
    logLevel: "info",
  };
  const api = connect(options);
  const calls = openHttpCalls({ ...options, clock, skip: options.skipExternal });
  const listening = Promise.withResolvers<{ readonly port: number } | { readonly problem: string }>();
  const gateway = start(
    { ...options, settings, host: "127.0.0.1" },
    plan,
    api,
    { findHolders, caller: calls.caller },
    (problem) => listening.resolve({ problem }),
    (port) => listening.resolve({ port }),
  );
  const stop = async () => {
    await gateway.stop(0, graceMs);
    api.close();
    calls.close();
  };
  const cancel = clock.after(readyMs, () => listening.resolve({ problem: "it does not listen in time" }));
  const listens = await listening.promise;
  cancel();
  const problem = "problem" in listens ? listens.problem : await untilReady(gateway);
  if ("port" in listens && problem === undefined) return { port: listens.port, stop };
  await stop();
  return { problem: problem ?? "" };
}

/** Returns why it is not ready in time. */
async function untilReady(gateway: Gateway): Promise<string | undefined> {
  const endMs = clock.nowMs() + readyMs;
  for (;;) {
    const problem = gateway.notReady();
    if (problem === undefined || clock.nowMs() >= endMs) return problem;
    await new Promise<void>((resolve) => clock.after(20, resolve));
  }
}

function connect(
  { binary, cluster, log, exec }: Pick<GateOptions, "binary" | "cluster" | "log" | "exec">,
): ReturnType<typeof createClusterApi> {
  return createClusterApi(cluster, {
    userAgent: userAgent(binary),
    fieldManager: "orkestra-gateway",
    clock,
    random: Math.random,
    ...exec === undefined ? {} : { exec },
    onWarning: (text) => log("warn", text, { event: "cluster.warning" }),
  });
}

/** Where a Gateway runs, and on which cluster. */
type Place = Pick<GateOptions, "settings" | "cluster" | "log" | "host">;

function start(
  { settings, cluster, log, host }: Place,
  { gateway: plan, protection, conversions, katalog }: Plan,
  api: ReturnType<typeof createClusterApi>,
  { httpPort, ...means }: {
    readonly httpPort?: number | undefined;
    readonly findHolders?: FindHolders | undefined;
    readonly caller: HttpCaller;
    readonly traces?: OpenTraces | undefined;
  },
  onBroken: (reason: string) => void,
  onListening?: (httpsPort: number) => void,
): Gateway {
  const namespace = namespaceOf({ settings, cluster });
  if (plan === undefined) {
    log(
      "warn",
      `${katalog.name} has no block gateway: webhooks that this installation registered are removed, and there is ` +
        'nothing to enforce here; add "gateway: {}"',
      { event: "gateway.unused", http: httpPort },
    );
    return startCleanup({ katalog: katalog.name, api, clock, random: Math.random, log, namespace });
  }
  const { advertiseUrl: url } = settings;
  const certificates = startCertificates({
    source: certificateSource(plan, settings, namespace, api),
    // Certificates that are renewed often leave less time.
    settleMs: Math.min(maxSettleMs, plan.certificates.rotationThresholdMs / 4),
    clock,
    log,
  });
  return startGateway({
    katalog: katalog.name,
    plan,
    protection,
    conversions,
    api,
    clock,
    random: Math.random,
    log,
    namespace,
    certificates,
    ...means,
    host,
    httpsPort: settings.port,
    addressOf: (port): WebhookAddress =>
      url === undefined
        ? { kind: "service", name: plan.service, namespace }
        : { kind: "url", url: `https://${url.hostname}:${url.port === "0" ? port : url.port || 443}` },
    onListening: onListening ??
      ((https) => log("info", "listening", { event: "http.listening", https, http: httpPort })),
    onBroken,
  });
}

function namespaceOf({ settings, cluster }: Pick<Place, "settings" | "cluster">): string {
  return settings.namespace ?? (cluster.source === "in-cluster" ? cluster.namespace : undefined) ?? "default";
}

/** Longest wait for the Runtime in a review; a quarter of the API server's where that is short. */
const maxAskMs = 1_000;
/** Of the HTTP API of a Runtime that no setting changes. */
const runtimePort = 8080;

/** What asks the Runtime about other objects; `undefined`: nothing is to be asked, or no address is known. */
function runtimeOf(
  options: GateOptions,
  { gateway }: Plan,
): { readonly findHolders: FindHolders; close(): void } | undefined {
  const { settings: { runtimeUrl }, cluster, log } = options;
  const { kinds, timeoutSeconds } = gateway?.admission ?? { kinds: [], timeoutSeconds: 0 };
  const asks = kinds.some(({ validates, validation }) =>
    validates && validation.some(({ check }) => check.operator === "unique")
  );
  if (!asks || runtimeUrl === "off") return undefined;
  if (runtimeUrl === undefined && cluster.source !== "in-cluster") {
    log("warn", "Unique values are checked by the Runtime alone: its address is not known; set --runtime-url", {
      event: "review.unique",
    });
    return undefined;
  }
  const url = runtimeUrl ?? new URL(`http://${gateway!.runtimeService}.${namespaceOf(options)}.svc:${runtimePort}`);
  const { request, close } = openRuntime(url, userAgent(options.binary));
  const timeoutMs = Math.min(maxAskMs, timeoutSeconds * 250);
  return { findHolders: askRuntime({ request, timeoutMs, clock, log }), close };
}

/** Files that were named, else a Secret of our own. */
function certificateSource(
  { service, certificates: { autoRotate, rotationThresholdMs, validForMs } }: GatewayPlan,
  { advertiseUrl, certificateFiles: files }: GateSettings,
  namespace: string,
  api: ReturnType<typeof createClusterApi>,
): CertificateOptions["source"] {
  if (files !== undefined) return { kind: "given", source: certificateFiles(files, systemFiles(), clock) };
  const names = webhookNames({ service, namespace, advertiseUrl: advertiseUrl?.href });
  // Without rotation a certificate is replaced when it has expired.
  const wanted = { names, validForMs, rotationThresholdMs: autoRotate ? rotationThresholdMs : 0 };
  return { kind: "own", api, random: Math.random, namespace, wanted };
}

async function loadPlan(named: readonly string[], output: Output): Promise<Plan | undefined> {
  const files = systemFiles({ env: processEnv });
  const { sources, findings: unread } = await readKatalogs(named, files);
  const { findings, katalog } = unread.length > 0
    ? { findings: unread, katalog: undefined }
    : loadKatalog(sources, namedFiles(files), undefined, files.env);
  for (const finding of findings) output.err(formatFinding(finding));
  return katalog === undefined ? undefined : derivePlan(katalog);
}
