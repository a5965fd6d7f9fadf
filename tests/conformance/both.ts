import { clusterTest } from "../support/on_cluster.ts";
import { Api } from "./api.ts";
import type { Fetch } from "./exchange.ts";
import { freshSandbox, sandboxFetch } from "./server.ts";

/** What a test that holds for both servers gets. */
export interface ConformanceTest {
  readonly api: Api;
  /** For what the API does not return: headers. */
  readonly fetch: Fetch;
  /** A namespace of its own. */
  readonly namespace: string;
  /** For what only one of them can show. */
  readonly server: "sandbox" | "kube-apiserver";
}

/**
 * One test, two servers: the sandbox always, a real kube-apiserver where there is one (`deno task test:cluster`).
 * Where they differ the sandbox is wrong. `nodes`: it needs Pods that run.
 */
export function conformanceTest(
  name: string,
  run: (test: ConformanceTest) => Promise<void>,
  options: { nodes?: boolean } = {},
): void {
  Deno.test(`sandbox: ${name}`, async () => {
    await using sandbox = freshSandbox({ simulateWorkloads: options.nodes === true });
    const namespace = `test-${crypto.randomUUID().slice(0, 8)}`;
    const fetch = sandboxFetch(sandbox);
    const api = new Api(fetch);
    await api.create("/api/v1/namespaces", { metadata: { name: namespace } });
    await run({ api, fetch, namespace, server: "sandbox" });
  });
  clusterTest(`kube-apiserver: ${name}`, async ({ plane, namespace }) => {
    const fetch: Fetch = (path, init) => plane.adminFetch(path, init);
    await run({ api: new Api(fetch), fetch, namespace, server: "kube-apiserver" });
  }, options);
}
