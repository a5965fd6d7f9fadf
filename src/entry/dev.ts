import { sharedHost, type SharedHostOptions } from "../box/mod.ts";
import { type ClientOptions, type ClusterConfig, createClusterApi } from "../cluster/mod.ts";
import { createPodLogReader } from "../cluster/pod_log.ts";
import { forwardPort } from "../cluster/port_forward.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import {
  type DevPorts,
  type OpenRehearsal,
  type OpenSandbox,
  processTerminal,
  runCommandLine,
  runExecPlugin,
  sandboxHolders,
  storedBy,
} from "../dev/mod.ts";
import type { RunControlCenterPorts } from "../controlcenter/mod.ts";
import type { KubeObject } from "../k8s/object.ts";
import { type FileReader, systemFiles } from "../files/mod.ts";
import { textLog } from "../observe/log.ts";
import { httpLimitsOf, logMessages, startRuntime } from "../runtime/mod.ts";
import { createSandbox, serveSandbox } from "../sandbox/mod.ts";
import { callWebhook } from "./call_webhook.ts";
import { systemClock } from "./clock.ts";
import { component, openHost } from "./host.ts";
import { callsOf } from "./external.ts";
import { openHttpCalls } from "./http_calls.ts";
import { ListenError } from "../serve/mod.ts";
import { electionOf } from "./election.ts";
import { openHttp, portAdvice } from "./http.ts";
import { clusterOf } from "./cluster.ts";
import { logVariables, processEnv } from "./environment.ts";
import { openLab } from "./lab.ts";
import { createLog } from "./open_log.ts";
import { type OpenRun, openRun } from "./run.ts";
import { stopSignal } from "./stop_signal.ts";
import { userAgent, versionLine } from "./version.ts";

const binary = "ork";

/** The development binary: every command. Returns the exit code. */
export function main(args: readonly string[]): Promise<number> {
  const terminal = processTerminal();
  const files = systemFiles({ env: processEnv });
  const inspecting: RunControlCenterPorts = {
    terminal,
    version: versionLine(binary),
    env: processEnv,
    clock: systemClock,
    until: stopSignal,
    readTextFile: (path) => Deno.readTextFile(path),
    findCluster: ({ kubeconfig, context }) =>
      clusterOf({
        kubeconfigFlag: kubeconfig,
        context,
        env: processEnv,
        readTextFile: (path) => Deno.readTextFile(path),
        home: processEnv("HOME"),
      }, terminal),
    forward: (cluster, target) =>
      forwardPort(cluster, target, { clock: systemClock, userAgent: userAgent(binary), exec: runExecPlugin }),
    connect: (cluster, options = {}) =>
      connect(cluster, { ...options, onWarning: eachOnce((text) => terminal.err(`warning: ${text}`)) }),
  };
  return runCommandLine(args, {
    ...inspecting,
    files,
    versionLine: versionLine(binary),
    podLogs: (cluster) =>
      createPodLogReader(cluster, { clock: systemClock, userAgent: userAgent(binary), exec: runExecPlugin }),
    openStream: async (path) => path === "-" ? Deno.stdin.readable : (await Deno.open(path)).readable,
    openSandbox: (options) => openSandbox(options, (text) => terminal.err(text)),
    // Its pages and libraries are loaded with it alone.
    controlCenter: async (flags) => (await import("../controlcenter/mod.ts")).runControlCenter(flags, inspecting),
    openControlCenter: async (url) => (await import("../controlcenter/mod.ts")).openControlCenter(url, inspecting),
    openGateway: async (plan, cluster, settings) => {
      const { openGateway } = await import("./gate.ts");
      const { log } = createLog(systemClock, settings);
      const api = connect(cluster);
      const opened = await openGateway(
        { binary, cluster, log, skipExternal: settings.skipExternal },
        plan,
        sandboxHolders(plan, api),
      );
      if ("problem" in opened) {
        api.close();
        return opened;
      }
      return {
        ...opened,
        async stop() {
          await opened.stop();
          api.close();
        },
      };
    },
    gate: async (named, settings) => {
      const cluster = await clusterOf({
        kubeconfigFlag: settings.kubeconfig,
        context: settings.context,
        env: processEnv,
        readTextFile: (path) => Deno.readTextFile(path),
        home: processEnv("HOME"),
      }, terminal);
      if (cluster === undefined) return 1;
      // Its libraries are loaded with it alone.
      const { runGate } = await import("./gate.ts");
      const { log, closed } = createLog(systemClock, settings);
      logVariables(log);
      const until = Promise.race([stopSignal(), closed]);
      const exec = runExecPlugin;
      return await runGate({
        binary,
        settings,
        files: named,
        cluster,
        log,
        output: terminal,
        host: "127.0.0.1",
        until,
        exec,
        traceEnv: processEnv,
      });
    },
    operate: async (loaded, cluster, until, settings, source, replaced) => {
      const { log, closed } = createLog(systemClock, settings);
      logVariables(log);
      // From source every cell would load and compile the code again.
      const { isolation = Deno.build.standalone ? "cells" : "shared", cellMemoryMb, budget, logLevel } = settings;
      const limits = httpLimitsOf(settings.httpLimits);
      const http = { host: "127.0.0.1", port: settings.port ?? 0, limits } as const;
      const place = {
        binary,
        isolation,
        cellMemoryMb,
        budget,
        log,
        logsIdle: logLevel === "debug",
        skipExternal: settings.skipExternal,
        shutdownMs: settings.shutdownMs,
        gatewayEndpoint: settings.gatewayEndpoint,
      };
      let open: OpenRun;
      try {
        open = openRun({
          ...place,
          http,
          cluster,
          clock: systemClock,
          until: Promise.race([until, closed]),
          election: electionOf(settings, false, undefined),
          exec: runExecPlugin,
          traceEnv: processEnv,
        });
      } catch (error) {
        if (!(error instanceof ListenError)) throw error;
        terminal.err(`${error.message}; ${portAdvice}`);
        return 1;
      }
      if (open.port !== undefined) terminal.err(`See how it is with:  ork status --url http://127.0.0.1:${open.port}`);
      return await open.run(loaded, source, replaced);
    },
    startOperator,
    rehearse,
    openLab,
    stored: (cr, crdFile) => stored(files, cr, crdFile),
  });
}

/** A client for what `ork` itself does: its field manager distinguishes its writes from those of the operators. */
function connect(cluster: ClusterConfig, more: Pick<ClientOptions, "fetch" | "onWarning" | "fieldManager"> = {}) {
  return createClusterApi(cluster, {
    userAgent: userAgent(binary),
    fieldManager: binary,
    clock: systemClock,
    random: Math.random,
    exec: runExecPlugin,
    ...more,
  });
}

/** Different warnings of one client that are remembered; a Warning of a kind comes with each of its requests. */
const maxWarnings = 100;

/** Leaves out texts that came before. */
function eachOnce(report: (text: string) => void): (text: string) => void {
  const seen = new Set<string>();
  return (text) => {
    if (seen.has(text)) return;
    if (seen.size < maxWarnings) seen.add(text);
    report(text);
  };
}

/** Serves a new sandbox and writes the kubeconfig that leads to it; stopping removes both. */
async function openSandbox(
  options: { port?: number; kubeconfigPath?: string },
  log: (text: string) => void,
): Promise<OpenSandbox> {
  const { port = 0, kubeconfigPath } = options;
  const sandbox = createSandbox({ clock: systemClock, log, webhooks: { call: callWebhook } });
  const served = await serveSandbox(sandbox, { port });
  const folder = kubeconfigPath === undefined ? await Deno.makeTempDir({ prefix: "ork-sandbox-" }) : undefined;
  const path = kubeconfigPath ?? `${folder}/kubeconfig`;
  await Deno.writeTextFile(path, served.kubeconfig());
  return {
    cluster: { server: served.url, auth: { kind: "none" }, source: path },
    kubeconfigPath: path,
    async stop() {
      await served.stop();
      await sandbox.stop();
      await Deno.remove(folder ?? path, { recursive: folder !== undefined });
    },
  };
}

const startOperator: DevPorts["startOperator"] = (plan, cluster, print, documents) => {
  const log = textLog(print, systemClock, "info", false);
  const host = openHost({
    binary,
    instance: binary,
    isolation: "shared",
    cluster,
    clock: systemClock,
    log,
    reportsIdle: false,
    onBroken: (reason) => log("error", reason, { event: "run.stopping", reason }),
  });
  const runtime = startRuntime({ plan, host, clock: systemClock, report: logMessages(log, systemClock) });
  void runtime.lead();
  if (documents === undefined) return { stop: () => runtime.stop(1000) };
  const http = openHttp({ host: "127.0.0.1", port: 0 }, { clock: systemClock, log: () => {} });
  const leadership = { isLeader: true, holder: "ork demo" };
  http.state.serve({ plan, documents, boxes: runtime.boxes, leadership });
  return {
    url: `http://127.0.0.1:${http.port}`,
    async stop() {
      http.state.stopping();
      await runtime.stop(1000);
      await http.close();
    },
  };
};

/** The field manager is that of the operators, whose writes these would be. */
const rehearse: OpenRehearsal = (plan, cluster, wrap, report) => {
  const connect = ({ name }: { readonly name: string }) =>
    wrap(
      name,
      createClusterApi(cluster, {
        userAgent: userAgent(binary),
        clock: systemClock,
        random: Math.random,
        exec: runExecPlugin,
        dryRun: true,
      }),
    );
  const clock = systemClock;
  const { caller, close } = openHttpCalls({ binary, cluster, clock, exec: runExecPlugin });
  const external: SharedHostOptions["external"] = (box) => callsOf(box, { caller, clock, isDryRun: true });
  const shared = { connect, external, clock, random: Math.random, component, instance: binary, reportsIdle: true };
  const host = sharedHost(shared);
  const closing = { start: host.start, close: () => host.close().then(close) };
  return startRuntime({ plan, host: closing, clock, report });
};

/** Asks a sandbox of its own, in this process, what it would store. */
async function stored(files: FileReader, cr: KubeObject, crdFile: string): Promise<KubeObject> {
  const sandbox = createSandbox({ clock: systemClock, simulateWorkloads: false });
  const api: ClusterApi & { close(): void } = connect(
    { server: "http://sandbox", auth: { kind: "none" }, source: "sandbox" },
    { fetch: (url, init) => sandbox.fetch(new Request(url, init)) },
  );
  try {
    return await storedBy(api, systemClock, files, cr, crdFile);
  } finally {
    api.close();
    await sandbox.stop();
  }
}
