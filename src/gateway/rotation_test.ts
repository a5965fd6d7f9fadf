import assert from "node:assert/strict";
import { FakeClock, realClock } from "../../tests/support/clock.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { createClusterApi, isConflict } from "../cluster/mod.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { createSandbox } from "../sandbox/mod.ts";
import { inspectLeaf } from "./certificates/inspect.ts";
import { type Certificates, startCertificates, type WantedCertificates } from "./certificates/mod.ts";
import { type HttpsServer, serveHttps } from "./https/mod.ts";

const namespace = "default";
const hookType = builtInType("ConfigMap")!; // stands for a webhook object: its data has the bundle
const hook = { name: "hook", namespace };
const minuteMs = 60_000;
const wanted: WantedCertificates = {
  names: { dns: ["gateway.default.svc"], addresses: ["127.0.0.1"] },
  validForMs: 20 * minuteMs,
  rotationThresholdMs: 10 * minuteMs,
};

/** Pseudo-random numbers, 0 ≤ n < 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Publishes the bundle of one replica as `startCertificates` asks for it, each step after a random delay. */
class Registration {
  #stopped = false;
  readonly #cancels = new Set<() => void>();
  readonly #done: Promise<void>;

  constructor(
    readonly certificates: Certificates,
    readonly api: ClusterApi,
    readonly clock: FakeClock,
    readonly random: () => number,
    readonly maxDelayMs: number,
  ) {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#cancels) cancel();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#pause();
      if (this.certificates.serving() === undefined) continue;
      const object = await this.api.get(hookType, hook);
      const live = (object["data"] as Record<string, string>)["caBundle"]!;
      await this.#pause();
      if (this.#stopped) return;
      if (live === this.certificates.caBundle()) {
        this.certificates.confirmPublished(live);
        continue;
      }
      this.certificates.retractPublished();
      const bundle = await this.certificates.refresh();
      await this.#pause();
      try {
        const { resourceVersion } = object.metadata;
        await this.api.mergePatch(hookType, hook, {
          metadata: { resourceVersion: resourceVersion! },
          data: { caBundle: bundle },
        });
        this.certificates.confirmPublished(bundle);
      } catch (error) {
        if (!isConflict(error)) throw error; // read again
      }
    }
  }

  /** As a process that stops: the rest of what it does does not happen. */
  async #pause(): Promise<void> {
    if (this.#stopped) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        this.#cancels.delete(end);
        cancel();
        resolve();
      };
      this.#cancels.add(end);
      const cancel = this.clock.after(this.random() * this.maxDelayMs, end);
    });
  }
}

/** An API server in memory with a webhook object, and replicas of a Gateway. */
class Stage implements AsyncDisposable {
  /** TLS goes by real time: what is issued within the first quarter of an hour is valid then. */
  readonly clock = new FakeClock(realClock.wallMs() - 9 * minuteMs);
  readonly #sandbox = createSandbox({ clock: this.clock, watchHistory: 100 });
  readonly admin = this.connect();
  /** Bundles of the webhook object, with the time since which it had them. */
  readonly bundles: { readonly sinceMs: number; readonly bundle: string }[] = [];

  /** `watchLagMs`: how late each event of a watch arrives. */
  connect(watchLagMs?: () => number): ClusterApi & { close(): void } {
    return createClusterApi({ server: "http://sandbox", auth: { kind: "none" }, source: "test" }, {
      userAgent: "ork-gateway/test",
      clock: this.clock,
      random: () => 0.5,
      fetch: async (url, init) => {
        const response = await this.#sandbox.fetch(new Request(url, init));
        if (watchLagMs === undefined || response.body === null || !url.includes("watch=")) return response;
        const late = new TransformStream<Uint8Array, Uint8Array>({
          transform: async (part, controller) => {
            await new Promise<void>((resolve) => void this.clock.after(watchLagMs(), resolve));
            controller.enqueue(part);
          },
        });
        return new Response(response.body.pipeThrough(late), response);
      },
    });
  }

  async begin(): Promise<void> {
    await this.admin.create(hookType, { apiVersion: "v1", kind: "ConfigMap", metadata: hook, data: { caBundle: "" } });
  }

  start(random: () => number, api: ClusterApi = this.admin): Certificates {
    const source = { kind: "own", api, random, namespace, wanted } as const;
    return startCertificates({ clock: this.clock, log: () => {}, source });
  }

  /** Lets time pass, and notes what the webhook object carries. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    const object = await this.admin.get(hookType, hook);
    const bundle = (object["data"] as Record<string, string>)["caBundle"]!;
    if (bundle !== this.bundles.at(-1)?.bundle) this.bundles.push({ sinceMs: this.clock.nowMs(), bundle });
  }

  /** What an API server verifies with that sees changes `lagMs` late. */
  bundleSeen(lagMs: number): string {
    const atMs = this.clock.nowMs() - lagMs;
    return this.bundles.findLast(({ sinceMs }) => sinceMs <= atMs)?.bundle ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.admin.close();
    await this.#sandbox.stop();
    assert.deepEqual(this.#sandbox.faults, []);
  }
}

Deno.test("no API server ever meets a leaf that it cannot verify, with replicas that restart and are late", async (t) => {
  for (const seed of [1, 2]) {
    await t.step(`seed ${seed}`, async () => {
      await using stage = new Stage();
      await stage.begin();
      const random = randomOf(seed);
      const begin = () => {
        const api = stage.connect(() => random() * 120_000);
        const certificates = stage.start(random, api);
        return {
          certificates,
          api,
          registration: new Registration(certificates, stage.admin, stage.clock, random, 10_000),
        };
      };
      const end = async ({ certificates, registration, api }: ReturnType<typeof begin>): Promise<void> => {
        await Promise.all([registration.stop(), certificates.stop()]);
        api.close();
      };
      const replicas = [begin(), begin(), begin()];
      // The Gateway is not in use before the first publication has settled.
      await waitFor("the first CA is published", async () => {
        await stage.pass(1_000);
        return stage.bundleSeen(20_000) !== "";
      });
      const leaves = new Set<string>();
      const verified = new Map<string, ReturnType<typeof inspectLeaf>>();
      let checked = 0;
      while (stage.clock.nowMs() < 35 * minuteMs) {
        await stage.pass(5_000);
        for (const { certificates } of replicas) {
          const served = certificates.serving();
          if (served === undefined) continue; // it has just started
          leaves.add(served.certPem);
          for (const lagMs of [0, 5_000, 20_000]) {
            const bundle = stage.bundleSeen(lagMs);
            const leaf = verified.get(served.certPem + bundle) ?? inspectLeaf(served, bundle);
            verified.set(served.certPem + bundle, leaf);
            assert.ok(!("trouble" in leaf), `after ${stage.clock.nowMs()} ms, lag ${lagMs}: ${Deno.inspect(leaf)}`);
            assert.ok(leaf.notAfterMs > stage.clock.wallMs());
            checked++;
          }
        }
        if (random() < 0.03) {
          const i = Math.floor(random() * replicas.length);
          await end(replicas[i]!);
          replicas[i] = begin();
        }
      }
      assert.ok(leaves.size >= 3, `${leaves.size} leaves`);
      assert.ok(checked > 2_000, `${checked} checks`);
      await Promise.all(
        replicas.flatMap(({ certificates, registration }) => [registration.stop(), certificates.stop()]),
      );
    });
  }
});

Deno.test("a rotation of two replicas under load fails no request over TLS", async () => {
  await using stage = new Stage();
  await stage.begin();
  const replicas = [0, 1].map(() => {
    const certificates = stage.start(() => 0);
    return { certificates, registration: new Registration(certificates, stage.admin, stage.clock, () => 0.5, 2_000) };
  });
  const until = (what: string, holds: () => boolean) =>
    waitFor(what, async () => {
      await stage.pass(1_000);
      return holds();
    }, { timeoutMs: 120_000 });
  await until("both serve", () => replicas.every(({ certificates }) => certificates.serving() !== undefined));
  const servers: HttpsServer[] = replicas.map(({ certificates }) => {
    const server = serveHttps(() => new Response("admitted"), {
      host: "127.0.0.1",
      port: 0,
      clock: realClock,
      certificate: certificates.serving()!,
    });
    let served = certificates.serving()!.certPem;
    certificates.onChange(() => {
      const next = certificates.serving()!;
      if (next.certPem === served) return;
      served = next.certPem;
      server.swap(next);
    });
    return server;
  });
  await until("the first CA is published", () => stage.bundleSeen(0) !== "");
  let requests = 0;
  await stage.pass(9 * minuteMs);
  const before = replicas.map(({ certificates }) => certificates.serving()!.certPem);
  let stopped = false;
  // An API server: its connections live as long as the bundle that it verifies with.
  const load = async ({ port }: HttpsServer): Promise<void> => {
    let bundle = "";
    let client: Deno.HttpClient | undefined;
    while (!stopped) {
      if (bundle !== stage.bundleSeen(0)) {
        client?.close();
        bundle = stage.bundleSeen(0);
        client = Deno.createHttpClient({ caCerts: bundle.match(/-----BEGIN[^]+?-----END CERTIFICATE-----\n/g)! });
      }
      const url = `https://127.0.0.1:${port}/validate`;
      const response = await fetch(url, { method: "POST", body: "{}", client: client! });
      assert.equal(await response.text(), "admitted");
      requests++;
    }
    client?.close();
  };
  const loads = Promise.all([...servers, ...servers].map(load));
  let failed = false;
  loads.catch(() => void (failed = true));
  await until("both serve the next one", () => {
    return failed || replicas.every(({ certificates }, i) => certificates.serving()!.certPem !== before[i]);
  });
  const enough = requests + 100;
  await until("requests are served", () => failed || requests > enough);
  stopped = true;
  await loads;
  assert.ok(requests > 100, `${requests} requests`);
  for (const server of servers) await server.stop(0);
  await Promise.all(replicas.flatMap(({ certificates, registration }) => [registration.stop(), certificates.stop()]));
});
