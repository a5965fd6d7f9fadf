import type { Clock } from "../../src/base/clock.ts";
import { type BoxHost, sharedHost, type SharedHostOptions } from "../../src/box/mod.ts";
import { type ClientOptions, createClusterApi } from "../../src/cluster/mod.ts";
import type { Sandbox } from "../../src/sandbox/mod.ts";
import { realClock } from "./clock.ts";

/** Runs boxes in this isolate, on a sandbox in the same process. `fetch` stands between the two. */
export function sandboxHost(
  sandbox: Pick<Sandbox, "fetch">,
  options: Pick<ClientOptions, "userAgent" | "budget" | "fetch" | "limits"> & {
    readonly reportsIdle?: boolean;
    readonly clock?: Clock;
    readonly bounded?: (<T>(run: () => T) => T) | undefined;
    readonly external?: SharedHostOptions["external"];
    readonly tracer?: SharedHostOptions["tracer"];
  },
): BoxHost {
  const { reportsIdle = false, clock = realClock, bounded, external, tracer, ...client } = options;
  return sharedHost({
    connect: (_box, _onPause, onRequest) =>
      createClusterApi({ server: "http://sandbox", auth: { kind: "none" }, source: "test" }, {
        clock,
        random: Math.random,
        onRequest,
        fetch: (url, init) => sandbox.fetch(new Request(url, init)),
        ...client,
      }),
    clock,
    bounded,
    external,
    tracer,
    random: Math.random,
    component: "orkestra.orkspace.io/runtime",
    instance: "test",
    reportsIdle,
  });
}
