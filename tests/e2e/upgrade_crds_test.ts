/** `ork upgrade crds` on a real API server: what is in etcd afterwards, with the Gateway as the converter. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import { parseKubeconfig } from "../../src/cluster/kubeconfig.ts";
import { storedObjects } from "../support/etcd.ts";
import { Galleries } from "../support/galleries.ts";
import { startGatewayBinary } from "../support/gateway_binary.ts";
import { type ClusterTest, clusterTest } from "../support/on_cluster.ts";
import { waitFor } from "../support/wait_for.ts";

/** More than a page. */
const many = 700;

clusterTest(
  "a migration, interrupted and repeated beside writers, leaves nothing in an old version in etcd",
  async (test) => {
    await withGateway(test, async (galleries) => {
      const { namespace } = test;
      const cluster = await adminOf(test);
      const names = Array.from({ length: many }, (_, n) => `g${n}`);
      await inParallel(
        names,
        (name) => galleries.ok("POST", galleries.path("v1alpha1", namespace), galleries.old(name)),
      );
      assert.deepEqual(await versionsInEtcd(test, galleries), { v1alpha1: many });
      await galleries.setStorageVersion("v1");
      await waitFor("the new storage version is used", async () => {
        const path = galleries.path("v1alpha1", namespace);
        await galleries.ok("POST", path, galleries.old("probe"));
        const stored = await storedObjects(test.plane, `/registry/${galleries.group}/galleries/${namespace}/probe`);
        await galleries.ok("DELETE", `${path}/probe`);
        return stored[0]?.apiVersion === `${galleries.group}/v1`;
      });
      const checked = await galleries.upgrade("check", { cluster });
      assert.equal(checked.code, 1);
      assert.match(
        checked.out,
        new RegExp(`^ {2}${many} objects, each of which may be stored in v1alpha1: ${namespace} ${many}$`, "m"),
      );
      assert.match(checked.out, new RegExp(`^ {2}${many} of them were last written through another version`, "m"));

      // In every version, until the second run is done.
      const writers = new Writers(galleries, namespace, names);
      const signal = Promise.withResolvers<string>();
      let writes = 0;
      const first = await galleries.upgrade("migrate", {
        cluster,
        until: signal.promise,
        wrap: (api) => ({
          ...api,
          mergePatch: async (...args) => {
            const object = await api.mergePatch(...args);
            if (++writes === many / 2) {
              signal.resolve("SIGINT");
            }
            return object;
          },
        }),
      });
      assert.equal(first.code, 1, first.out);
      assert.match(first.out, /interrupted; objects may still be stored in v1alpha1/);
      const half = await versionsInEtcd(test, galleries);
      assert.ok(half["v1"]! >= many / 2 && half["v1alpha1"]! > 0, JSON.stringify(half));
      assert.deepEqual((await galleries.readDefinition())["status"].storedVersions, ["v1alpha1", "v1"]);

      const second = await galleries.upgrade("migrate", { cluster });
      const written = await writers.stop();
      assert.equal(second.code, 0, second.out);
      assert.match(second.out, /all objects are stored in v1; stored versions v1$/m);
      assert.match(second.out, /[1-9]\d* stored like that before/);
      assert.deepEqual(await versionsInEtcd(test, galleries), { v1: many + written.created });
      assert.deepEqual((await galleries.readDefinition())["status"].storedVersions, ["v1"]);
      // What v1 does not have is carried; what others wrote meanwhile is there.
      for (const [name, size] of written.sizes) {
        const { spec } = await galleries.ok("GET", galleries.path("v1alpha1", namespace, name));
        assert.deepEqual(spec, { ...galleries.old(name)["spec"] as JsonMap, size }, name);
      }
      const third = await galleries.upgrade("migrate", { cluster });
      assert.match(third.out, /: all objects are stored in v1$/m);
      assert.ok(written.sizes.size > 0 && written.created > 0, "there were writers");
    });
  },
);

clusterTest(
  "an empty merge patch is written to etcd in an old version alone, and changes nothing else",
  async (test) => {
    await withGateway(test, async (galleries) => {
      const { namespace, plane } = test;
      const cluster = await adminOf(test);
      const prefix = `/registry/${galleries.group}/galleries/`;
      await galleries.ok("POST", galleries.path("v1alpha1", namespace), galleries.old("one"));
      await galleries.setStorageVersion("v1");
      await waitFor("the new storage version is recorded", async () => {
        return (await galleries.readDefinition())["status"].storedVersions.length === 2;
      });
      const [before] = await storedObjects(plane, prefix);
      assert.equal(before!.apiVersion, `${galleries.group}/v1alpha1`);
      const shown = await galleries.ok("GET", galleries.path("v1", namespace, "one"));
      const migrated = await galleries.upgrade("migrate", { cluster });
      assert.match(migrated.out, /of 1 objects: 1 rewritten/);
      const [after] = await storedObjects(plane, prefix);
      assert.equal(after!.apiVersion, `${galleries.group}/v1`);
      const now = await galleries.ok("GET", galleries.path("v1", namespace, "one"));
      assert.notEqual(now.metadata.resourceVersion, shown.metadata.resourceVersion);
      assert.deepEqual(now, {
        ...shown,
        metadata: { ...shown.metadata, resourceVersion: now.metadata.resourceVersion },
      });

      // As if the status had not been written: the object is not written again.
      await galleries.ok("PATCH", `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${galleries.name}/status`, {
        status: { storedVersions: ["v1alpha1", "v1"] },
      });
      const again = await galleries.upgrade("migrate", { cluster });
      assert.match(again.out, /of 1 objects: 0 rewritten, 1 stored like that before/);
      const unchanged = await galleries.ok("GET", galleries.path("v1", namespace, "one"));
      assert.equal(unchanged.metadata.resourceVersion, now.metadata.resourceVersion);
    });
  },
);

clusterTest("an object that the Gateway cannot convert is named, and the others are migrated", async (test) => {
  await withGateway(test, async (galleries) => {
    const { namespace } = test;
    const cluster = await adminOf(test);
    const names = Array.from({ length: 30 }, (_, n) => `g${n}`);
    for (const name of names) await galleries.ok("POST", galleries.path("v1alpha1", namespace), galleries.old(name));
    // More than an annotation may carry.
    const motto = "x".repeat(270_000);
    await galleries.ok("POST", galleries.path("v1alpha1", namespace), galleries.old("huge", { motto }));
    await galleries.setStorageVersion("v1");
    await waitFor("the new storage version is recorded", async () => {
      return (await galleries.readDefinition())["status"].storedVersions.length === 2;
    });
    const { code, out } = await galleries.upgrade("migrate", { cluster });
    assert.equal(code, 1);
    assert.match(
      out,
      new RegExp(
        `^ {2}${namespace}/huge failed: .*Cannot convert Gallery ${namespace}/huge from v1alpha1 to v1: `,
        "m",
      ),
    );
    assert.match(out, /of 31 objects: 30 rewritten, 0 stored like that before, 1 failed$/m);
    assert.deepEqual((await galleries.readDefinition())["status"].storedVersions, ["v1alpha1", "v1"]);
    assert.deepEqual(await versionsInEtcd(test, galleries), { v1: 30, v1alpha1: 1 });
  });
});

/** The CRD in the storage version v1alpha1, and a Gateway that converts. */
async function withGateway(test: ClusterTest, work: (galleries: Galleries) => Promise<void>): Promise<void> {
  const { plane, namespace } = test;
  await using galleries = await Galleries.open(`${namespace}.example.com`, plane.adminFetch);
  await galleries.create("v1alpha1");
  await using gateway = await startGatewayBinary({
    katalog: galleries.katalog,
    kubeconfig: plane.kubeconfigPath,
    namespace,
  });
  await gateway.ready();
  await waitFor("the CRD names its converter", async () => {
    return (await galleries.readDefinition())["spec"].conversion.strategy === "Webhook";
  });
  const probe = galleries.path("v1beta1", namespace);
  await waitFor("the Gateway is asked", async () => {
    await galleries.ok("POST", `${probe}?dryRun=All`, {
      ...parse(await Deno.readTextFile(`${galleries.folder}/cr.yaml`)),
      ...{ apiVersion: `${galleries.group}/v1beta1`, metadata: { name: "probe" } },
      spec: { image: { repository: "a", tag: "b" }, certificate: "c" },
    });
    return true;
  });
  await work(galleries);
}

async function adminOf({ plane }: ClusterTest) {
  return await parseKubeconfig(await plane.kubeconfig(), { readTextFile: (path) => Deno.readTextFile(path) });
}

/** Version → how many objects etcd has in it. */
async function versionsInEtcd({ plane }: ClusterTest, { group }: Galleries): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { apiVersion } of await storedObjects(plane, `/registry/${group}/galleries/`)) {
    const version = apiVersion.split("/")[1]!;
    counts[version] = (counts[version] ?? 0) + 1;
  }
  return counts;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (const item of queue) await work(item);
  }));
}

/** Changes and creates objects, one after the other, until it is stopped. */
class Writers {
  readonly #sizes = new Map<string, number>();
  readonly #ended: Promise<void>;
  #created = 0;
  #stopped = false;

  constructor(galleries: Galleries, namespace: string, names: readonly string[]) {
    const versions = ["v1alpha1", "v1beta1", "v1"];
    this.#ended = (async () => {
      for (let n = 0; !this.#stopped; n++) {
        const [name, size, version] = [names[(n * 37) % names.length]!, n % 20, versions[n % 3]!];
        const field = version === "v1alpha1" ? "size" : "replicas";
        await galleries.ok("PATCH", galleries.path(version, namespace, name), { spec: { [field]: size } });
        this.#sizes.set(name, size);
        if (n % 10 !== 0) continue;
        await galleries.ok("POST", galleries.path("v1alpha1", namespace), galleries.old(`new-${n}`));
        this.#created++;
      }
    })();
  }

  /** What was written: objects that were created, and the last size of each that was changed. */
  async stop(): Promise<{ readonly created: number; readonly sizes: ReadonlyMap<string, number> }> {
    this.#stopped = true;
    await this.#ended;
    return { created: this.#created, sizes: this.#sizes };
  }
}
