import type { Clock } from "../../base/clock.ts";
import type { CrossSourceHealth } from "../../box/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import type { Log } from "../../observe/log.ts";
import { crossSourcesOf } from "../../plan/mod.ts";
import type { BoxPlan, CrossSourcePlan } from "../../plan/plan.ts";
import { ObservedSource } from "./observed_source.ts";
import type { RequestPage } from "./request_page.ts";
import { SourceReader } from "./source_reader.ts";
import { tokenInFile, tokenInSecret, type TokenSource } from "./tokens.ts";

export interface CrossSourcesOptions {
  /** A client of the HTTP API of the Runtime of one source, with a pool of its own. */
  readonly connect: (source: CrossSourcePlan) => { readonly request: RequestPage; close(): void };
  /** A client for watches of Secrets with tokens; opened where one is needed. */
  readonly openApi: () => ClusterApi & { close(): void };
  readonly readTextFile: (path: string) => Promise<string>;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly log: Log;
}

/** The boxes of other Runtimes that those of a plan read. */
export interface CrossSources {
  /** By the keys of the sources; what followers of them get pushed. */
  readonly observed: ReadonlyMap<string, ObservedSource>;
  /** Of those that the box reads, in the order in which it declares them; `undefined` where there are none. */
  statesOf(box: Pick<BoxPlan, "cross">): readonly CrossSourceHealth[] | undefined;
  /** Of all. */
  states(): readonly CrossSourceHealth[];
  /** Resolves when no request is in flight. */
  stop(): Promise<void>;
}

/**
 * Reads each source once for all boxes: in the process, since cells reach nothing but the API server. Every replica does,
 * so that a new leader has the values.
 */
export function startCrossSources(
  boxes: readonly Pick<BoxPlan, "cross">[],
  options: CrossSourcesOptions,
): CrossSources {
  const { clock, random, log } = options;
  let api: (ClusterApi & { close(): void }) | undefined;
  const tokenOf = ({ auth }: CrossSourcePlan, changed: () => void): TokenSource | undefined => {
    if (auth === undefined) return undefined;
    if (auth.kind === "file") return tokenInFile(auth.path, options.readTextFile);
    api ??= options.openApi();
    return tokenInSecret({ auth, api, clock, random, changed });
  };
  const running = crossSourcesOf(boxes).map((source) => {
    const observed = new ObservedSource(source.key, clock);
    const client = options.connect(source);
    const tokens = tokenOf(source, () => reader.wake());
    const token = async (): Promise<string | undefined> => await tokens?.token();
    const reader = new SourceReader({ source, observed, request: client.request, token, clock, random, log });
    return { key: source.key, observed, client, tokens, reader };
  });
  for (const { reader } of running) reader.start();
  const states = (): CrossSourceHealth[] => running.map(({ reader }) => reader.state);
  return {
    observed: new Map(running.map(({ key, observed }) => [key, observed])),
    statesOf(box) {
      const keys = new Set(crossSourcesOf([box]).map(({ key }) => key));
      return keys.size === 0 ? undefined : states().filter(({ source }) => keys.has(source));
    },
    states,
    async stop() {
      await Promise.all(running.flatMap(({ reader, tokens }) => [reader.stop(), tokens?.stop()]));
      for (const { client } of running) client.close();
      api?.close();
    },
  };
}
