import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { createClusterApi } from "../cluster/mod.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import type { KubeObject } from "../k8s/object.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { createSandbox } from "../sandbox/mod.ts";
import { startCleanup } from "./cleanup.ts";
import { webhookRegistration } from "./registration/webhook_configuration.ts";

const types = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"] as const;

/** A configuration as the Gateway of an installation registers it. */
function registered(
  kind: typeof types[number],
  name: string,
  { namespace, startedMs }: { readonly namespace: string; readonly startedMs: number },
): KubeObject {
  const webhook = {
    name: "x.orkestra.orkspace.io",
    path: "/validate",
    failurePolicy: "Fail",
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    rules: [{ apiGroups: ["demo.dev"], apiVersions: ["v1"], resources: ["webs"], operations: ["CREATE"] }],
  };
  const address = { kind: "service", name: "orkestra-gateway", namespace } as const;
  const step = webhookRegistration({ kind, name, webhooks: [webhook], cleanupOnShutdown: false }, {
    namespace,
    address,
    startedMs,
    wallMs: () => startedMs,
  }).decide(undefined, "");
  assert.ok(step.do === "create");
  return step.object;
}

interface Place {
  readonly api: ClusterApi;
  readonly clock: FakeClock;
  readonly start: () => ReturnType<typeof startCleanup>;
  /** `Kind/name` of all webhook configurations. */
  readonly names: () => Promise<string[]>;
  /** Lets time pass until it holds. */
  readonly until: (what: string, holds: () => boolean | Promise<boolean>) => Promise<void>;
  readonly lines: string[];
}

async function inSandbox(work: (place: Place) => Promise<void>): Promise<void> {
  const clock = new FakeClock();
  const sandbox = createSandbox({ clock });
  const api = createClusterApi({ server: "http://sandbox", auth: { kind: "none" }, source: "test" }, {
    userAgent: "ork-gateway/test",
    clock,
    random: () => 0,
    fetch: (url, init) => sandbox.fetch(new Request(url, init)),
  });
  const lines: string[] = [];
  const names = async () => {
    const found: string[] = [];
    for (const kind of types) {
      await api.list(builtInType(kind)!, {}, (items) => {
        found.push(...items.map(({ metadata }) => `${kind}/${metadata.name}`));
      });
    }
    return found.sort();
  };
  await work({
    api,
    clock,
    names,
    lines,
    start: () =>
      startCleanup({
        katalog: "shops",
        api,
        clock,
        random: () => 0,
        log: (level, message) => void lines.push(`${level}: ${message}`),
        namespace: "team",
      }),
    until: async (what, holds) => {
      await waitFor(what, async () => {
        await clock.advance(400);
        return await holds();
      });
    },
  });
  api.close();
  await sandbox.stop();
}

Deno.test("what a former Katalog registered is removed, and nothing else", async () => {
  await inSandbox(async ({ api, clock, start, names, until }) => {
    const before = { namespace: "team", startedMs: clock.wallMs() - 1000 };
    const create = (object: KubeObject) => api.create(builtInType(object.kind)!, object);
    for (
      const base of ["admission-validation", "deletion-protection", "strict-mode-protection", "namespace-protection"]
    ) {
      await create(registered("ValidatingWebhookConfiguration", `orkestra-${base}-team`, before));
    }
    await create(registered("MutatingWebhookConfiguration", "orkestra-admission-mutation-team", before));
    // Of another installation, of somebody else, and one of our names that somebody else has made.
    await create(registered("ValidatingWebhookConfiguration", "orkestra-admission-validation", before));
    await create(registered("ValidatingWebhookConfiguration", "other", before));
    const gateway = start();
    assert.match(gateway.notReady()!, /is being removed$/);
    await until("it is ready", () => gateway.notReady() === undefined);
    assert.deepEqual(await names(), [
      "ValidatingWebhookConfiguration/orkestra-admission-validation",
      "ValidatingWebhookConfiguration/other",
    ]);
    const foreign = registered("MutatingWebhookConfiguration", "orkestra-admission-mutation-team", before);
    delete (foreign.metadata as { annotations?: unknown }).annotations;
    await create(foreign);
    await clock.advance(60_000);
    assert.ok((await names()).includes("MutatingWebhookConfiguration/orkestra-admission-mutation-team"));
    assert.equal(gateway.notReady(), undefined);
    assert.deepEqual(gateway.katalog(), {
      ...{ name: "shops", source: "gateway", gateway: false, ready: true, crds: [] },
    });
    await gateway.stop(0, 0);
    assert.deepEqual(clock.pendingMs, []);
  });
});

Deno.test("what a replica of the former Katalog creates again is removed ever more slowly, a later one's never", async () => {
  await inSandbox(async ({ api, clock, start, names, until, lines }) => {
    const name = "orkestra-admission-validation-team";
    const type = builtInType("ValidatingWebhookConfiguration")!;
    const former = registered("ValidatingWebhookConfiguration", name, {
      namespace: "team",
      startedMs: clock.wallMs() - 1000,
    });
    const gateway = start();
    await until("it is ready", () => gateway.notReady() === undefined);
    const waits: number[] = [];
    for (let n = 0; n < 6; n++) {
      await api.create(type, former);
      const startMs = clock.nowMs();
      await until("it is removed", async () => (await names()).length === 0);
      waits.push(clock.nowMs() - startMs);
    }
    assert.ok(waits[5]! >= 8_000 && waits[0]! < 1_000, `${waits}`);
    assert.equal(lines.filter((line) => line === `info: removed ValidatingWebhookConfiguration ${name}`).length, 6);
    const startedMs = clock.wallMs() + 1000;
    await api.create(type, registered("ValidatingWebhookConfiguration", name, { namespace: "team", startedMs }));
    await clock.advance(60_000);
    assert.deepEqual(await names(), [`ValidatingWebhookConfiguration/${name}`]);
    assert.equal(gateway.notReady(), undefined);
    await gateway.stop(0, 0);
  });
});
