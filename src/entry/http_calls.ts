import type { Clock } from "../base/clock.ts";
import { type ClientOptions, type ClusterConfig, createClusterApi } from "../cluster/mod.ts";
import { type HttpCaller, httpCaller, lookupAddresses, readCredential, sendRequest } from "../external/mod.ts";
import { userAgent } from "./version.ts";

export interface HttpCallsOptions {
  readonly binary: string;
  /** Where the Secrets are. */
  readonly cluster: ClusterConfig;
  readonly clock: Clock;
  /** Runs credential plugins. */
  readonly exec?: ClientOptions["exec"] | undefined;
  /** Nothing is called: every call comes to 200 and an empty body. */
  readonly skip?: boolean | undefined;
}

/** Makes the calls of a process, with real connections. The client that reads Secrets is made with the first that needs one. */
export function openHttpCalls(
  { binary, cluster, clock, exec, skip }: HttpCallsOptions,
): { readonly caller: HttpCaller; close(): void } {
  let api: ReturnType<typeof createClusterApi> | undefined;
  const openApi = () =>
    api ??= createClusterApi(cluster, {
      userAgent: userAgent(binary),
      clock,
      random: Math.random,
      ...(exec === undefined ? {} : { exec }),
    });
  const caller = skip === true ? skippingCaller : httpCaller({
    clock,
    random: Math.random,
    userAgent: userAgent(binary),
    credential: (auth, signal) => readCredential(openApi(), auth, signal),
    lookup: lookupAddresses,
    send: sendRequest,
  });
  return { caller, close: () => api?.close() };
}

/** `--skip-external`. */
const skippingCaller: HttpCaller = {
  call: () => Promise.resolve({ statusCode: 200, headers: {}, body: "", error: "", durationSeconds: 0 }),
};
