import type { Clock } from "../../src/base/clock.ts";
import type { SharedHostOptions } from "../../src/box/mod.ts";
import { createClusterApi } from "../../src/cluster/mod.ts";
import { httpCaller, lookupAddresses, readCredential, sendRequest } from "../../src/external/mod.ts";
import { callsOfPasses } from "../../src/plan/mod.ts";
import type { Sandbox } from "../../src/sandbox/mod.ts";

/** Makes HTTP calls for real, with credentials from the Secrets of a sandbox. */
export function externalOf(sandbox: Sandbox, clock: Clock): NonNullable<SharedHostOptions["external"]> {
  const userAgent = "ork-external/test";
  const api = createClusterApi({ server: "http://sandbox", auth: { kind: "none" }, source: "test" }, {
    userAgent,
    clock,
    random: Math.random,
    fetch: (url, init) => sandbox.fetch(new Request(url, init)),
  });
  const caller = httpCaller({
    clock,
    random: Math.random,
    userAgent,
    credential: (auth, signal) => readCredential(api, auth, signal),
    lookup: lookupAddresses,
    send: sendRequest,
  });
  return (plan) => {
    const calls = new Map(callsOfPasses(plan.external).map((call) => [call.name, call]));
    return (request, signal) => caller.call(calls.get(request.name)!, request, { signal });
  };
}
