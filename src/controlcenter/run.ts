import type { ControlCenterFlags, ControlCenterPorts } from "../dev/controlcenter_command.ts";
import { placeOf } from "../dev/inspect/locate.ts";
import { UsageError } from "../dev/usage_error.ts";
import { defaultNamespace } from "../k8s/installation.ts";
import { ListenError } from "../serve/mod.ts";
import { type ControlCenter, startControlCenter } from "./control_center.ts";
import { AccessError, type AccessSettings, checkAccess, readToken, readUsers } from "./server/access.ts";
import { inCluster } from "./sources/cluster_discovery.ts";
import { type Discovery, listed, maxProcesses } from "./sources/sources.ts";

export interface RunControlCenterPorts extends Omit<ControlCenterPorts, "controlCenter"> {
  readonly readTextFile: (path: string) => Promise<string>;
  readonly version: string;
}

/** Addresses that only programs of this machine reach. */
const loopback = /^(?:127(?:\.\d{1,3}){3}|::1)$/;
const address = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]*)$/i;
const everywhere: ReadonlySet<string> = new Set(["all", "0.0.0.0", "::"]);

/**
 * `ork controlcenter`: serves the web interface until a signal. Returns the exit code. Throws `UsageError` for options
 * that cannot be used together, or would leave it open.
 */
export async function runControlCenter(flags: ControlCenterFlags, ports: RunControlCenterPorts): Promise<number> {
  const { terminal, clock, version } = ports;
  const host = hostOf(flags.listen);
  const access = await accessOf(flags, host, ports);
  const discovery = await discoveryOf(flags, ports);
  if (discovery === undefined) {
    terminal.err("Without a cluster, name a Runtime: --url http://HOST:PORT, or ORK_URL; ork run prints its URL");
    return 1;
  }
  let center: ControlCenter;
  try {
    const { port, hostNames, refreshMs, timeoutMs } = flags;
    const failed = (message: string): void => terminal.err(message);
    center = startControlCenter({
      discovery,
      clock,
      host,
      port,
      access,
      hostNames,
      refreshMs,
      timeoutMs,
      version,
      failed,
    });
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    terminal.err(`${error.message}; choose another one with --port (ORK_CC_PORT), 0 for a free one`);
    return 1;
  }
  const shown = host === "all" ? "localhost" : host.includes(":") ? `[${host}]` : host;
  terminal.out(`Control Center: http://${shown}:${center.port}`);
  terminal.err(`It reads ${discovery.place}, changes nothing, and ends with Ctrl-C`);
  await ports.until();
  await center.close();
  return 0;
}

/** A web interface on a free port of 127.0.0.1 that reads one Runtime. Throws `ListenError`. */
export function openControlCenter(
  url: string,
  { clock, terminal, version }: Pick<RunControlCenterPorts, "clock" | "terminal" | "version">,
): { readonly url: string; close(): Promise<void> } {
  const center = startControlCenter({
    ...{ clock, version, host: "127.0.0.1", port: 0, access: { loopback: true }, hostNames: [] },
    ...{ refreshMs: 500, timeoutMs: 5_000, discovery: listed([placeOf(url, "--url")]) },
    failed: (message) => terminal.err(message),
  });
  return { url: `http://127.0.0.1:${center.port}`, close: () => center.close() };
}

function hostOf(listen: string): string {
  if (everywhere.has(listen)) return "all";
  if (listen === "localhost") return "127.0.0.1";
  if (address.test(listen)) return listen;
  throw new UsageError(`Cannot use "${listen.slice(0, 60)}" as --listen: give an address of this machine, or all`);
}

async function accessOf(
  { tokenFile, usersFile, proxyHeader }: ControlCenterFlags,
  host: string,
  { readTextFile }: Pick<RunControlCenterPorts, "readTextFile">,
): Promise<AccessSettings> {
  try {
    const access: AccessSettings = {
      loopback: loopback.test(host),
      proxyHeader: proxyHeader?.toLowerCase(),
      token: tokenFile === undefined ? undefined : readToken(await readTextFile(tokenFile), tokenFile),
      users: usersFile === undefined ? undefined : readUsers(await readTextFile(usersFile), usersFile),
    };
    checkAccess(access);
    return access;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    throw new UsageError(error.message);
  }
}

async function discoveryOf(flags: ControlCenterFlags, ports: RunControlCenterPorts): Promise<Discovery | undefined> {
  const { urls, namespace } = flags;
  if (urls.length > maxProcesses) throw new UsageError(`Cannot read ${urls.length} URLs: give ${maxProcesses} at most`);
  if (urls.length > 0) {
    const places = new Map(urls.map((url) => placeOf(url, "--url")).map((place) => [place.url, place]));
    return listed([...places.values()]);
  }
  const cluster = await ports.findCluster(flags);
  if (cluster === undefined) return undefined;
  const { clock, forward } = ports;
  const own = namespace ?? (ports.env("ORK_NAMESPACE") || undefined);
  return inCluster({ cluster, api: ports.connect(cluster), clock, namespace: own, defaultNamespace, forward });
}
