import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clock.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import type { JsonMap } from "../../base/json.ts";
import { createClusterApi } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import { createSandbox } from "../../sandbox/mod.ts";
import { inspectLeaf } from "./inspect.ts";
import { type Certificates, secretName, startCertificates, type WantedCertificates } from "./mod.ts";
import { splitCertificates } from "./pem.ts";
import { readSecret, type Stored } from "./secret.ts";

const secretType = builtInType("Secret", "")!;
const namespace = "default";
const target = { name: secretName, namespace };
const minuteMs = 60_000;
const wanted: WantedCertificates = {
  names: { dns: ["gateway.default.svc"], addresses: [] },
  validForMs: 60 * minuteMs,
  rotationThresholdMs: 20 * minuteMs,
};

interface Replica {
  readonly certificates: Certificates;
  readonly lines: string[];
  /** Number of calls of the listener. */
  readonly changes: () => number;
}

/** An API server in memory, and replicas of a Gateway on a fake clock. */
class Stage implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly #sandbox = createSandbox({ clock: this.clock });
  readonly admin = this.#connect();
  readonly #apis: { close(): void }[] = [this.admin];
  readonly #replicas: Replica[] = [];
  /** Calls of replicas that are to change the Secret: method and status. */
  readonly writes: string[] = [];

  start(more: Partial<WantedCertificates> = {}, between?: (verb: string) => Promise<void> | void): Replica {
    const api = this.#connect(async (verb, send) => {
      await between?.(verb);
      const response = await send();
      if (verb !== "GET") this.writes.push(`${verb} ${response.status}`);
      return response;
    });
    this.#apis.push(api);
    const lines: string[] = [];
    const certificates = startCertificates({
      clock: this.clock,
      log: (level, message) => void lines.push(`${level}: ${message}`),
      source: { kind: "own", api, random: () => 0, namespace, wanted: { ...wanted, ...more } },
    });
    let changes = 0;
    certificates.onChange(() => void changes++);
    const replica = { certificates, lines, changes: () => changes };
    this.#replicas.push(replica);
    return replica;
  }

  async stored(): Promise<Stored> {
    return readSecret(await this.secret());
  }

  secret(): Promise<KubeObject> {
    return this.admin.get(secretType, target);
  }

  patch(patch: JsonMap): Promise<KubeObject> {
    return this.admin.mergePatch(secretType, target, patch);
  }

  /** Lets a little time pass until something holds. */
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<true> {
    return waitFor(what, async () => {
      await this.clock.advance(100);
      return await holds();
    }, { explain: () => this.#replicas.map(({ lines }) => lines) });
  }

  /** Lets everything that is due happen: nothing of it changes the Secret or what is served. */
  async rest(): Promise<void> {
    const look = async () =>
      JSON.stringify([await this.secret(), this.#replicas.map((one) => one.certificates.serving())]);
    const before = await look();
    for (let i = 0; i < 20; i++) {
      await this.clock.advance(500);
      await settle();
    }
    assert.equal(await look(), before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#replicas.map(({ certificates }) => certificates.stop()));
    for (const api of this.#apis) api.close();
    await this.#sandbox.stop();
    assert.deepEqual(this.#sandbox.faults, []);
  }

  #connect(
    around: (verb: string, send: () => Promise<Response>) => Promise<Response> = (_verb, send) => send(),
  ): ClusterApi & { close(): void } {
    return createClusterApi({ server: "http://sandbox", auth: { kind: "none" }, source: "test" }, {
      userAgent: "ork-gateway/test",
      clock: this.clock,
      random: () => 0.5,
      fetch: (url, init) => around(init.method ?? "GET", () => this.#sandbox.fetch(new Request(url, init))),
    });
  }
}

const certOf = ({ certificates }: Replica): string | undefined => certificates.serving()?.certPem;
const bundleOf = ({ certificates }: Replica): string => certificates.caBundle();
const count = (pem: string): number => splitCertificates(pem).length;

/** What an API server does whose webhook objects carry `bundle`. */
function assertVerified(replica: Replica, bundle: string): void {
  const leaf = inspectLeaf(replica.certificates.serving()!, bundle);
  assert.ok(!("trouble" in leaf), Deno.inspect(leaf));
}

Deno.test("the first replica creates the Secret, and the next one serves the same", async () => {
  await using stage = new Stage();
  const a = stage.start();
  await stage.until("a serves", () => certOf(a) !== undefined);
  await a.certificates.ready;
  const b = stage.start();
  await stage.until("b serves", () => certOf(b) !== undefined);
  assert.deepEqual(b.certificates.serving(), a.certificates.serving());
  assert.equal(bundleOf(b), bundleOf(a));
  assertVerified(a, bundleOf(b));
  const secret = await stage.secret();
  assert.equal(secret["type"], "kubernetes.io/tls");
  assert.deepEqual(Object.keys(secret["data"] as JsonMap).sort(), ["ca.crt", "tls.crt", "tls.key"]);
  assert.equal(secret.metadata.labels!["orkestra.io/deletion-protection"], "true");
  assert.match(secret.metadata.annotations!["orkestra.orkspace.io/generated-at"]!, /^2026-01-02T03:04:/);
  await stage.rest();
  assert.deepEqual([stage.writes, a.changes(), b.changes()], [["POST 201"], 1, 1]);
});

Deno.test("two replicas that create the Secret at the same time serve what one of them created", async () => {
  await using stage = new Stage();
  const arrived = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const both = Promise.all(arrived.map(({ promise }) => promise));
  const meet = (i: number) => async (verb: string): Promise<void> => {
    if (verb !== "POST") return;
    arrived[i]!.resolve();
    await both;
  };
  const a = stage.start({}, meet(0));
  const b = stage.start({}, meet(1));
  await stage.until("both serve", () => certOf(a) !== undefined && certOf(b) !== undefined);
  assert.deepEqual(stage.writes.sort(), ["POST 201", "POST 409"]);
  assert.equal(certOf(a), certOf(b));
  assert.equal(bundleOf(a), bundleOf(b));
  assert.equal(count(bundleOf(a)), 1);
  await stage.rest();
  assert.deepEqual([a, b].map(({ lines }) => lines.filter((line) => line.startsWith("warn"))), [[], []]);
});

Deno.test("a rotation publishes the new CA before any replica serves its leaf, also one that is late", async () => {
  await using stage = new Stage();
  const a = stage.start();
  await stage.until("a serves", () => certOf(a) !== undefined);
  const b = stage.start();
  await stage.until("b serves", () => certOf(b) !== undefined);
  const old = certOf(a)!;
  const published = bundleOf(a);
  for (const { certificates } of [a, b]) certificates.confirmPublished(published);
  await stage.clock.advance(39 * minuteMs);
  assert.equal((await stage.stored()).next, undefined);
  await stage.clock.advance(minuteMs);
  await stage.until("the next one is staged", () => count(bundleOf(a)) === 2 && count(bundleOf(b)) === 2);
  assert.deepEqual([certOf(a), certOf(b)], [old, old]);
  const { next, current } = await stage.stored();
  assert.equal(current.certPem, old);
  // Nobody confirms: nothing more happens.
  await stage.rest();
  assert.deepEqual([certOf(a), certOf(b)], [old, old]);
  // All objects carry both CAs, and a has noticed.
  const both = bundleOf(a);
  assert.equal(bundleOf(b), both);
  a.certificates.confirmPublished(both);
  await stage.clock.advance(29_000);
  assert.equal((await stage.stored()).current.certPem, old);
  await stage.until("a serves the next one", () => certOf(a) === next!.certPem);
  assert.equal((await stage.stored()).next, undefined);
  await stage.rest();
  assert.equal(certOf(b), old); // late
  for (const replica of [a, b]) {
    assert.equal(bundleOf(replica), both);
    assertVerified(replica, both);
  }
  // One that starts now serves the new leaf at once: its CA is published.
  const c = stage.start();
  await stage.until("c serves", () => certOf(c) === next!.certPem);
  b.certificates.confirmPublished(both);
  await stage.clock.advance(30_000);
  await stage.until("b follows", () => certOf(b) === next!.certPem);
  assert.equal(bundleOf(b), both);
  await stage.rest();
  // Created once, staged once, promoted once.
  assert.deepEqual(stage.writes.filter((write) => write !== "PATCH 409"), ["POST 201", "PATCH 200", "PATCH 200"]);
});

Deno.test("a rotation continues after the replica that began it has ended", async () => {
  await using stage = new Stage();
  const a = stage.start();
  await stage.until("a serves", () => certOf(a) !== undefined);
  const old = certOf(a)!;
  await stage.clock.advance(40 * minuteMs);
  await stage.until("the next one is staged", async () => (await stage.stored()).next !== undefined);
  await a.certificates.stop();
  const b = stage.start();
  await stage.until("b serves", () => certOf(b) !== undefined);
  assert.equal(certOf(b), old);
  assert.equal(count(bundleOf(b)), 2);
  b.certificates.confirmPublished(bundleOf(b));
  await stage.clock.advance(30_000);
  await stage.until("b promotes", () => certOf(b) !== old);
  assertVerified(b, bundleOf(b));
});

Deno.test("without any confirmation the next leaf is served when the current one has expired", async () => {
  await using stage = new Stage();
  const a = stage.start();
  await stage.until("a serves", () => certOf(a) !== undefined);
  const old = certOf(a)!;
  await stage.clock.advance(59 * minuteMs);
  assert.equal(certOf(a), old);
  await stage.clock.advance(minuteMs);
  await stage.until("a promotes", () => certOf(a) !== old);
  assertVerified(a, bundleOf(a));
});

Deno.test("retractPublished() starts the wait for API servers again", async () => {
  await using stage = new Stage();
  const a = stage.start();
  await stage.until("a serves", () => certOf(a) !== undefined);
  const old = certOf(a)!;
  await stage.clock.advance(40 * minuteMs);
  await stage.until("the next one is staged", () => count(bundleOf(a)) === 2);
  a.certificates.confirmPublished(bundleOf(a));
  await stage.clock.advance(29_000);
  a.certificates.retractPublished();
  a.certificates.confirmPublished(bundleOf(a));
  await stage.clock.advance(29_000);
  assert.equal(certOf(a), old);
  await stage.until("a promotes", () => certOf(a) !== old);
});

Deno.test("a Secret that is deleted or broken is restored from memory", async () => {
  await using stage = new Stage();
  const a = stage.start();
  const b = stage.start();
  await stage.until("both serve", () => certOf(a) !== undefined && certOf(b) !== undefined);
  const before = await stage.stored();
  const restored = () =>
    stage.until("the Secret is restored", async () => {
      try {
        return JSON.stringify(await stage.stored()) === JSON.stringify(before);
      } catch {
        return false; // there is none yet
      }
    });
  await stage.clock.advance(5_000);
  await stage.admin.delete(secretType, target);
  await restored();
  const broken: JsonMap[] = [{ "tls.key": btoa("x") }, { "tls.crt": btoa("x") }, { "ca.crt": btoa("x") }];
  for (const data of broken) {
    await stage.clock.advance(5_000);
    await stage.patch({ data });
    await restored();
  }
  await stage.clock.advance(5_000);
  await stage.patch({ immutable: true });
  await stage.until("it can be changed again", async () => (await stage.secret())["immutable"] !== true);
  await restored();
  await stage.rest();
  assert.deepEqual([a.changes(), b.changes()], [1, 1]);
});

Deno.test("a Secret that is broken or expired at the start heals by itself", async () => {
  await using stage = new Stage();
  const broken = { apiVersion: "v1", kind: "Secret", metadata: target, data: { "ca.crt": btoa("x") } };
  await stage.admin.create(secretType, { ...broken, type: "Opaque" });
  const a = stage.start();
  await stage.until("a serves", () => certOf(a) !== undefined);
  assert.equal((await stage.secret())["type"], "kubernetes.io/tls");
  await a.certificates.stop();
  await stage.clock.advance(61 * minuteMs);
  const old = await stage.stored();
  const b = stage.start();
  await stage.until("b serves", () => certOf(b) !== undefined);
  assert.notEqual(certOf(b), old.current.certPem);
  assertVerified(b, (await stage.stored()).caBundle);
});

Deno.test("a replica that finds another one's Secret in place of its own serves its leaf until the new CA is published", async () => {
  await using stage = new Stage();
  const a = stage.start();
  await stage.until("a serves", () => certOf(a) !== undefined);
  const old = certOf(a)!;
  const oldCa = bundleOf(a);
  // Made elsewhere: by a replica that started while there was no Secret.
  await using elsewhere = new Stage();
  const other = elsewhere.start();
  await elsewhere.until("it serves", () => certOf(other) !== undefined);
  await stage.clock.advance(5_000);
  await stage.patch({ data: (await elsewhere.secret())["data"] as JsonMap });
  await stage.until("both CAs are stored", async () => count((await stage.stored()).caBundle) === 2);
  assert.equal(certOf(a), old);
  assert.equal(bundleOf(a), (await stage.stored()).caBundle);
  assert.ok(bundleOf(a).endsWith(oldCa));
  a.certificates.confirmPublished(bundleOf(a));
  await stage.clock.advance(30_000);
  await stage.until("a follows", () => certOf(a) === certOf(other));
});

Deno.test("replicas that want different names replace each other's certificate at most once a minute, up to three CAs", async () => {
  await using stage = new Stage();
  const a = stage.start({ names: { dns: ["a.example.com"], addresses: [] } });
  const b = stage.start({ names: { dns: ["b.example.com"], addresses: [] } });
  await stage.until("both serve", () => certOf(a) !== undefined && certOf(b) !== undefined);
  for (let second = 0; second < 300; second += 10) {
    await stage.clock.advance(10_000);
    for (const { certificates } of [a, b]) certificates.confirmPublished(certificates.caBundle());
    assert.ok(count((await stage.stored()).caBundle) <= 3);
    for (const replica of [a, b]) assertVerified(replica, bundleOf(replica));
  }
  assert.ok(stage.writes.length <= 2 + 2 * 6, stage.writes.join(" "));
});

Deno.test("refresh() returns the bundle of the Secret as it is now, before the watch shows it", async () => {
  await using stage = new Stage();
  const a = stage.start();
  await stage.until("a serves", () => certOf(a) !== undefined);
  const before = bundleOf(a);
  await using elsewhere = new Stage();
  const other = elsewhere.start();
  await elsewhere.until("it serves", () => certOf(other) !== undefined);
  await stage.patch({ data: { "ca.crt": btoa(bundleOf(other) + before) } });
  assert.equal(await a.certificates.refresh(), bundleOf(other) + before);
});

Deno.test("a replica that may not write serves what is there, and says what is wrong", async () => {
  await using stage = new Stage();
  const a = stage.start();
  await stage.until("a serves", () => certOf(a) !== undefined);
  const refuse = (verb: string): void => {
    if (verb !== "GET") throw new TypeError("No route to host");
  };
  const b = stage.start({ names: { dns: ["b.example.com"], addresses: [] } }, refuse);
  await stage.until("b serves", () => certOf(b) === certOf(a));
  await stage.clock.advance(2 * minuteMs);
  await stage.until("b complains", () => b.certificates.trouble !== undefined);
  assert.match(b.certificates.trouble!, /^Cannot keep Secret default\/orkestra-internal-tls: /);
  assert.ok(b.lines.length <= 6, b.lines.join("\n"));
});

Deno.test("a watch that fails is reported until it continues", async () => {
  await using stage = new Stage();
  let isDown = false;
  const a = stage.start({}, () => {
    if (isDown) throw new TypeError("No route to host");
  });
  await stage.until("a serves", () => certOf(a) !== undefined);
  await stage.until("all is well", () => a.certificates.trouble === undefined);
  isDown = true;
  await stage.clock.advance(15 * minuteMs); // the server ends every watch after a while
  assert.match(a.certificates.trouble!, /^Cannot watch Secret /);
  isDown = false;
  await stage.until("it continues", () => a.certificates.trouble === undefined);
  assert.ok(certOf(a) !== undefined);
});

Deno.test("ready rejects when the certificates are stopped before there is one", async () => {
  await using stage = new Stage();
  const a = stage.start({}, () => {
    throw new TypeError("No route to host");
  });
  await stage.until("a complains", () => a.lines.length > 0);
  assert.match(a.certificates.trouble!, /^Cannot watch Secret default\/orkestra-internal-tls: /);
  await a.certificates.stop();
  await assert.rejects(a.certificates.ready, { name: "AbortError" });
});
