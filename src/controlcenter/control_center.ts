import type { Clock } from "../base/clock.ts";
import { serveHttp } from "../serve/mod.ts";
import { type AccessSettings } from "./server/access.ts";
import { controlCenterApp } from "./server/app.tsx";
import { loadAssets } from "./server/assets.ts";
import { LiveStreams } from "./server/live.ts";
import { installationOf } from "./sources/fleet.ts";
import { type Discovery, Sources } from "./sources/sources.ts";

export interface ControlCenterOptions {
  readonly discovery: Discovery;
  readonly clock: Clock;
  /** `all`, or an address of this machine. */
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly access: AccessSettings;
  /** Names under which it is reached, besides `localhost` and addresses. */
  readonly hostNames: readonly string[];
  readonly refreshMs: number;
  /** Of one request to a Runtime or a Gateway. */
  readonly timeoutMs: number;
  readonly version: string;
  /** An error that nobody expected. */
  readonly failed: (message: string) => void;
}

export interface ControlCenter {
  readonly port: number;
  close(): Promise<void>;
}

/** How long responses that were begun may take to end. */
const graceMs = 500;
/** A page has to be made within this time: it asks its Runtime several times, one after the other at worst. */
const requestMs = 30_000;

/** Starts the web interface. Throws `ListenError`. */
export function startControlCenter(options: ControlCenterOptions): ControlCenter {
  const { clock, host, port, discovery, refreshMs, timeoutMs } = options;
  // Nothing is read, and nothing has to be closed, where the port is taken.
  const server = serveHttp((request) => app(request), { host, port, clock, limits: { requestMs } });
  const sources = new Sources({ discovery, clock, refreshMs, timeoutMs });
  const live = new LiveStreams({
    clock,
    onChange: (listener) => sources.onChange(listener),
    slugOf: (katalog) => installationOf(sources.fleet, katalog)?.slug,
  });
  const hostNames = new Set(options.hostNames.map((name) => name.toLowerCase()));
  const app = controlCenterApp({ ...options, sources, live, hostNames, assets: loadAssets() });
  return {
    port: server.port,
    async close() {
      live.close();
      await server.stop(graceMs);
      await sources.close();
    },
  };
}
