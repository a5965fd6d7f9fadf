/** `ork upgrade crds` on the sandbox, with the conversion of `katalogs/three-versions`. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { compileConversion, ConversionError, convert } from "../../src/admission/convert.ts";
import type { JsonMap } from "../../src/base/json.ts";
import { loadPlan } from "../../src/dev/load_plan.ts";
import { systemFiles } from "../../src/files/mod.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { realClock } from "../support/clock.ts";
import { projectRoot } from "../architecture/paths.ts";
import { runBinary } from "../support/run_binary.ts";
import { Galleries, type SendTo, type UpgradeRun } from "../support/galleries.ts";

const cluster = { server: "http://sandbox", auth: { kind: "none" as const }, source: "test" };

interface Place {
  readonly galleries: Galleries;
  readonly sandbox: Sandbox;
  /** Objects that are refused when they are converted. */
  readonly broken: Set<string>;
  /** The versions in which objects are stored that a list of all of them had to convert. */
  convertedFrom(): Promise<string[]>;
  upgrade(action: "check" | "migrate", more?: Partial<Parameters<Galleries["upgrade"]>[1]>): Promise<UpgradeRun>;
  /** Writes objects of the oldest version. */
  create(count: number, namespace?: string): Promise<void>;
  storedVersions(): Promise<string[]>;
}

/** The CRD in the storage version v1alpha1; a webhook in this process that converts as the Gateway does. */
async function place(work: (place: Place) => Promise<void>, watchHistory = 10_000): Promise<void> {
  const broken = new Set<string>();
  const seen: string[] = [];
  let compiled: ReturnType<typeof compileConversion>;
  const sandbox = createSandbox({
    clock: realClock,
    watchHistory,
    webhooks: {
      call: ({ body }) => {
        const review = JSON.parse(body);
        const { uid, objects, desiredAPIVersion } = review.request;
        const response = ((): JsonMap => {
          try {
            const made = objects.map((object: KubeObject) => {
              seen.push(object.apiVersion);
              if (broken.has(object.metadata.name)) {
                throw new ConversionError(`Cannot convert ${object.metadata.name}: told so`);
              }
              return convert(compiled, object, desiredAPIVersion);
            });
            return { uid, result: { status: "Success" }, convertedObjects: made };
          } catch (error) {
            if (!(error instanceof ConversionError)) throw error;
            return { uid, result: { status: "Failed", message: error.message } };
          }
        })();
        return Promise.resolve({ status: 200, body: JSON.stringify({ ...review, response }) });
      },
    },
  });
  const send: SendTo = (path, init) => sandbox.fetch(new Request(`${cluster.server}${path}`, init));
  try {
    await using galleries = await Galleries.open("art.example.com", send);
    compiled = compileConversion((await loadPlan([galleries.katalog], systemFiles())).plan!.conversions[0]!);
    await galleries.create("v1alpha1", {
      conversion: {
        strategy: "Webhook",
        webhook: { clientConfig: { url: "https://gateway.example.com/convert" }, conversionReviewVersions: ["v1"] },
      },
    });
    await galleries.ok("POST", "/api/v1/namespaces", { metadata: { name: "team" } });
    await work({
      galleries,
      sandbox,
      broken,
      // In a version in which nothing is stored, so that every object is converted from the one in which it is.
      convertedFrom: async () => {
        seen.length = 0;
        await galleries.ok("GET", "/apis/art.example.com/v1beta1/galleries");
        return [...new Set(seen)].map((apiVersion) => apiVersion.split("/")[1]!).sort();
      },
      upgrade: (action, more = {}) => galleries.upgrade(action, { cluster, fetch: send, ...more }),
      create: async (count, namespace = "default") => {
        for (let n = 0; n < count; n++) {
          await galleries.ok("POST", galleries.path("v1alpha1", namespace), galleries.old(`g${n}`));
        }
      },
      storedVersions: async () => (await galleries.readDefinition())["status"].storedVersions,
    });
    assert.deepEqual(sandbox.faults, []);
  } finally {
    await sandbox.stop();
  }
}

Deno.test("ork upgrade crds --check says what may be stored in an old version, and finds nothing to do before and after", async () => {
  await place(async ({ galleries, create, upgrade, storedVersions }) => {
    await create(3);
    await create(2, "team");
    const wrong = await upgrade("check");
    assert.deepEqual([wrong.code, wrong.err], [1, ""]);
    assert.match(
      wrong.out,
      /the Katalog has conversion\.storageVersion v1, and the CRD stores v1alpha1: apply the CRD/,
    );

    await galleries.setStorageVersion("v1");
    await galleries.ok("PATCH", galleries.path("v1", "default", "g0"), { spec: { replicas: 5 } });
    const { code, out } = await upgrade("check");
    assert.equal(code, 1);
    const lines = out.split("\n");
    assert.equal(lines[0], "galleries.art.example.com: stored versions v1alpha1, v1; storage version v1");
    assert.equal(lines[1], "  5 objects, each of which may be stored in v1alpha1: default 3, team 2");
    assert.equal(lines[2], "  4 of them were last written through another version than v1 (a hint, no proof):");
    assert.match(lines[3]!, /^ {4}default\/g1 {2}v1alpha1 {2}\S+ {2}\d{4}-\d\d-\d\dT/);
    assert.equal(lines[7], `  to have them stored in v1:  ork upgrade crds -f ${galleries.katalog} --migrate`);
    assert.deepEqual(await storedVersions(), ["v1alpha1", "v1"], "a check changes nothing");

    const json = JSON.parse((await upgrade("check", { output: "json" })).out);
    assert.deepEqual(json.crds[0].storedVersions, ["v1alpha1", "v1"]);
    assert.deepEqual(
      [json.crds[0].state, json.crds[0].objects.total, json.crds[0].objects.lastWrittenInOthers.count],
      ["pending", 5, 4],
    );

    assert.equal((await upgrade("migrate")).code, 0);
    const after = await upgrade("check");
    assert.deepEqual(after, { code: 0, out: "galleries.art.example.com: all objects are stored in v1\n", err: "" });
  });
});

Deno.test("ork upgrade crds --migrate has every object stored in the storage version, and loses nothing", async () => {
  await place(async ({ galleries, create, upgrade, convertedFrom, storedVersions, sandbox }) => {
    await create(7);
    await galleries.setStorageVersion("v1");
    assert.deepEqual(await convertedFrom(), ["v1alpha1"]);
    const { code, out, err } = await upgrade("migrate");
    assert.equal(code, 0, out);
    assert.match(out, /^galleries\.art\.example\.com: all objects are stored in v1; stored versions v1$/m);
    assert.match(out, /^ {2}of 7 objects: 7 rewritten, 0 stored like that before$/m);
    const [note, ...told] = err.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(Object.keys(note), ["crd", "note"]);
    assert.deepEqual([told[0].done, told.at(-1).done, told.at(-1).total], [0, 7, 7]);
    assert.deepEqual(await convertedFrom(), ["v1"]);
    assert.deepEqual(await storedVersions(), ["v1"]);
    // What v1 does not have came back from where it is carried; nobody owns anything for it.
    const back = await galleries.ok("GET", galleries.path("v1alpha1", "default", "g4"));
    assert.deepEqual(back["spec"], galleries.old("g4")["spec"]);
    const { metadata } = await galleries.ok("GET", galleries.path("v1", "default", "g4"));
    assert.deepEqual([metadata.generation, metadata.managedFields!.map(({ manager }) => manager).includes("ork")], [
      1,
      false,
    ]);

    const before = sandbox.requests.total;
    assert.deepEqual(await upgrade("migrate"), {
      code: 0,
      out: "galleries.art.example.com: all objects are stored in v1\n",
      err: "",
    });
    assert.equal(sandbox.requests.total - before, 1, "the second run reads the CRD alone");
  });
});

Deno.test("a migration that is interrupted says how to continue, and the next run completes it", async () => {
  await place(async ({ galleries, create, upgrade, convertedFrom, storedVersions }) => {
    await create(40);
    await galleries.setStorageVersion("v1");
    const signal = Promise.withResolvers<string>();
    let writes = 0;
    const first = await upgrade("migrate", {
      until: signal.promise,
      wrap: (api) => ({
        ...api,
        mergePatch: async (...args) => {
          const object = await api.mergePatch(...args);
          if (++writes === 20) signal.resolve("SIGINT");
          return object;
        },
      }),
    });
    assert.equal(first.code, 1);
    assert.match(first.out, /^galleries\.art\.example\.com: interrupted; objects may still be stored in v1alpha1$/m);
    assert.match(first.out, /^ {2}continue with: {2}ork upgrade crds -f \S+ --migrate$/m);
    const done = Number(/(\d+) rewritten/.exec(first.out)![1]);
    assert.equal(done, writes, "what was sent was counted");
    assert.ok(done >= 20 && done < 40, first.out);
    assert.deepEqual(await convertedFrom(), ["v1", "v1alpha1"]);
    assert.deepEqual(await storedVersions(), ["v1alpha1", "v1"], "not before all are done");

    const second = await upgrade("migrate");
    assert.equal(second.code, 0);
    assert.match(
      second.out,
      new RegExp(`of 40 objects: ${40 - done} rewritten, ${done} stored like that before`),
    );
    assert.deepEqual([await convertedFrom(), await storedVersions()], [["v1"], ["v1"]]);
  });
});

Deno.test("objects that others write, delete and create during a migration need no write of its own", async () => {
  await place(async ({ galleries, create, upgrade, convertedFrom, storedVersions }) => {
    await create(20);
    await galleries.setStorageVersion("v1");
    let writes = 0;
    const { code, out } = await upgrade("migrate", {
      wrap: (api) => ({
        ...api,
        mergePatch: async (...args) => {
          if (writes++ === 0) {
            await galleries.ok("PATCH", galleries.path("v1alpha1", "default", "g18"), { spec: { size: 7 } });
            await galleries.ok("DELETE", galleries.path("v1", "default", "g19"));
            await galleries.ok("POST", galleries.path("v1alpha1", "team"), galleries.old("new"));
          }
          return await api.mergePatch(...args);
        },
      }),
    });
    assert.equal(code, 0, out);
    const counts = "18 rewritten, 0 stored like that before, 1 written by others meanwhile, 1 deleted meanwhile";
    assert.match(out, new RegExp(`of 20 objects: ${counts}$`, "m"));
    assert.deepEqual([await convertedFrom(), await storedVersions()], [["v1"], ["v1"]]);
    assert.equal((await galleries.ok("GET", galleries.path("v1", "default", "g18")))["spec"].replicas, 7);
  });
});

Deno.test("a migration continues behind a continue token that has expired", async () => {
  await place(async ({ galleries, create, upgrade, convertedFrom, storedVersions, sandbox }) => {
    await create(1100);
    await galleries.setStorageVersion("v1");
    const { code, out } = await upgrade("migrate");
    assert.equal(code, 0, out);
    assert.match(out, /of 1100 objects: 1100 rewritten, 0 stored like that before$/m);
    assert.ok(sandbox.requests.list().some(({ status }) => status === 410), "no token has expired");
    assert.deepEqual([await convertedFrom(), await storedVersions()], [["v1"], ["v1"]]);
  }, 50);
});

Deno.test("an object that cannot be converted is named, the others are migrated, and storedVersions stays", async () => {
  await place(async ({ galleries, create, upgrade, storedVersions, broken }) => {
    await create(30);
    await galleries.setStorageVersion("v1");
    broken.add("g7");
    const checked = await upgrade("check");
    assert.equal(checked.code, 1);
    assert.match(checked.out, /^ {2}30 objects, each/m);
    assert.match(checked.out, /^ {2}default\/g7 cannot be read: .*Cannot convert g7: told so$/m);
    const { code, out } = await upgrade("migrate");
    assert.equal(code, 1);
    assert.match(out, /^galleries\.art\.example\.com: objects may still be stored in v1alpha1$/m);
    assert.match(out, /of 30 objects: 29 rewritten, 0 stored like that before, 1 failed$/m);
    assert.match(out, /^ {2}default\/g7 failed: .*Cannot convert g7: told so$/m);
    assert.deepEqual(await storedVersions(), ["v1alpha1", "v1"]);

    broken.clear();
    const repaired = await upgrade("migrate");
    assert.match(repaired.out, /of 30 objects: 1 rewritten, 29 stored like that before$/m);
    assert.deepEqual([repaired.code, await storedVersions()], [0, ["v1"]]);
  });
});

Deno.test("a migration ends after twenty objects that cannot be converted", async () => {
  await place(async ({ galleries, create, upgrade, storedVersions, broken }) => {
    await create(25);
    await galleries.setStorageVersion("v1");
    for (let n = 0; n < 25; n++) broken.add(`g${n}`);
    const { code, out } = await upgrade("migrate");
    assert.equal(code, 1);
    assert.match(out, /of 25 objects: 0 rewritten, 0 stored like that before, 20 failed$/m);
    assert.deepEqual(await storedVersions(), ["v1alpha1", "v1"]);
  });
});

Deno.test("a migration ends when the storage version is changed meanwhile, and leaves storedVersions alone", async () => {
  await place(async ({ galleries, create, upgrade, storedVersions }) => {
    await create(10);
    await galleries.setStorageVersion("v1");
    let writes = 0;
    const { code, out } = await upgrade("migrate", {
      wrap: (api) => ({
        ...api,
        mergePatch: async (...args) => {
          if (++writes === 5) await galleries.setStorageVersion("v1beta1");
          return await api.mergePatch(...args);
        },
      }),
    });
    assert.equal(code, 1);
    assert.match(
      out,
      /nothing may be migrated at present: the storage version was changed from v1 to v1beta1 meanwhile/,
    );
    assert.deepEqual(await storedVersions(), ["v1alpha1", "v1", "v1beta1"]);
  });
});

Deno.test("a CRD that was changed meanwhile has its objects looked at once more", async () => {
  await place(async ({ galleries, create, upgrade, convertedFrom, storedVersions }) => {
    await create(10);
    await galleries.setStorageVersion("v1");
    let writes = 0;
    const { code, out } = await upgrade("migrate", {
      wrap: (api) => ({
        ...api,
        mergePatch: async (...args) => {
          const object = await api.mergePatch(...args);
          // As if somebody had changed their mind twice: what was written in between is in another version.
          if (++writes !== 10) return object;
          await galleries.setStorageVersion("v1alpha1");
          await galleries.ok("PATCH", galleries.path("v1", "default", "g3"), { spec: { replicas: 9 } });
          await galleries.setStorageVersion("v1");
          return object;
        },
      }),
    });
    assert.equal(code, 0, out);
    assert.match(out, /of 10 objects: 1 rewritten, 9 stored like that before$/m);
    assert.deepEqual([await convertedFrom(), await storedVersions()], [["v1"], ["v1"]]);
  });
});

Deno.test("a kind without a CRD in the cluster has nothing stored", async () => {
  const sandbox = createSandbox({ clock: realClock });
  const send: SendTo = (path, init) => sandbox.fetch(new Request(`${cluster.server}${path}`, init));
  try {
    await using galleries = await Galleries.open("art.example.com", send);
    const { code, out } = await galleries.upgrade("migrate", { cluster, fetch: send });
    assert.deepEqual([code, out], [
      0,
      "galleries.art.example.com: there is no such CRD in the cluster, so nothing is stored\n",
    ]);
  } finally {
    await sandbox.stop();
  }
});

Deno.test("ork upgrade crds as a process finds the sandbox that a kubeconfig names, and ends in order on SIGINT", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ork-upgrade-" });
  try {
    const source = ["run", "-A", "--config", `${projectRoot}/deno.json`, `${projectRoot}/main_dev.ts`];
    const ork = (...args: string[]) => runBinary([Deno.execPath(), ...source, ...args], { cwd: folder });
    await using sandbox = ork("sandbox", "--out", "kubeconfig");
    await sandbox.waitForOutput("export KUBECONFIG=", 60_000);
    const katalog = `${projectRoot}/katalogs/three-versions/katalog.yaml`;
    await using check = ork("upgrade", "crds", "-f", katalog, "--check", "--kubeconfig", "kubeconfig", "-o", "json");
    assert.equal((await check.ended).code, 0, check.stderr);
    assert.deepEqual(JSON.parse(check.stdout), {
      crds: [{ name: "galleries.art.example.com", kind: "Gallery", state: "absent" }],
    });
    const kubeconfig = await Deno.readTextFile(`${folder}/kubeconfig`);
    const { server } = parse(kubeconfig).clusters[0].cluster;
    await using galleries = await Galleries.open("art.example.com", (path, init) => fetch(`${server}${path}`, init));
    await galleries.create("v1alpha1");
    await galleries.setStorageVersion("v1");
    await using interrupted = ork("upgrade", "crds", "-f", katalog, "--migrate", "--kubeconfig", "kubeconfig");
    await interrupted.waitForOutput('"note"', 60_000);
    assert.equal((await interrupted.stop({ signal: "SIGINT" })).code, 1, interrupted.stderr);
    assert.match(
      interrupted.stdout,
      /^galleries\.art\.example\.com: interrupted; .* v1alpha1\n {2}continue with: {2}ork upgrade /,
    );

    await using lost = ork("upgrade", "crds", "-f", katalog, "--migrate", "--kubeconfig", "gone");
    assert.equal((await lost.ended).code, 1);
    assert.match(lost.stderr, /gone/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
