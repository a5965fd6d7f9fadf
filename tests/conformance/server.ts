import { callWebhook } from "../../src/entry/call_webhook.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { realClock } from "../support/clock.ts";
import type { Fetch } from "./exchange.ts";

/** The sandbox as a `fetch` of paths. */
export function sandboxFetch(sandbox: Sandbox): Fetch {
  return (path, init) => sandbox.fetch(new Request(`http://sandbox${path}`, init));
}

/** A sandbox for one test, stopped with it; a mistake of its own fails the test. */
export function freshSandbox(
  options: { simulateWorkloads?: boolean; watchHistory?: number } = {},
): Sandbox & AsyncDisposable {
  const sandbox = createSandbox({ clock: realClock, webhooks: { call: callWebhook }, ...options });
  return {
    ...sandbox,
    async [Symbol.asyncDispose]() {
      await sandbox.stop();
      if (sandbox.faults.length > 0) throw sandbox.faults[0];
    },
  };
}
