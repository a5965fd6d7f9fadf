import assert from "node:assert/strict";
import { clientOf } from "../../../tests/support/api_double.ts";
import { realClock } from "../../../tests/support/clock.ts";
import { httpService, jsonOf } from "../../../tests/support/http_service.ts";
import { crdOf, katalogOf } from "../../../tests/support/katalog_response.ts";
import { servePod } from "../../../tests/support/pod_double.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import type { ClusterConfig } from "../../cluster/mod.ts";
import { forwardPort } from "../../cluster/port_forward.ts";
import { placeOf } from "../../dev/inspect/locate.ts";
import { inCluster, podSelector } from "./cluster_discovery.ts";
import { crdOf as boxOf, historyOf, installationOf, roleOf } from "./fleet.ts";
import { type Discovery, listed, maxProcesses, Sources } from "./sources.ts";

function sourcesOf(discovery: Discovery, timeoutMs = 5_000) {
  const sources = new Sources({ discovery, clock: realClock, refreshMs: 20, timeoutMs });
  return Object.assign(sources, { [Symbol.asyncDispose]: () => sources.close() });
}
const at = (...urls: string[]) => listed(urls.map((url) => placeOf(url, "--url")));
const settled = (sources: Sources) => waitFor("everything was read", () => Promise.resolve(sources.isSettled));
const until = (what: string, holds: () => boolean) => waitFor(what, () => Promise.resolve(holds()));

const leader = "ork-runtime-7c9d5b8f6-x2x4z-0a1b2c3d";
const next = "ork-runtime-7c9d5b8f6-abcde-11223344";
const gateway = { name: "shop", gateway: true, ready: true, crds: ["website"] };

Deno.test("Sources follow the one that leads, and know the others as standbys, also across a failover", async () => {
  let leads = leader;
  const runtime = (identity: string) =>
    httpService(({ path }) => {
      if (path !== "/katalog") return jsonOf({ status: "success", data: { resultType: "vector", result: [] } });
      return jsonOf(katalogOf([crdOf("website")], { isKonductor: leads === identity, konductor: leads }));
    });
  await using standby = runtime(next);
  await using first = runtime(leader);
  await using webhooks = httpService(() => jsonOf(gateway));
  await using sources = sourcesOf(at(standby.url, first.url, webhooks.url));
  await settled(sources);
  const [shop] = sources.fleet.installations;
  assert.equal(sources.fleet.installations.length, 1);
  assert.deepEqual([shop!.slug, shop!.isLed, shop!.main.process.place], ["shop", true, first.url]);
  assert.deepEqual(shop!.runtimes.map(roleOf), ["leads", "standby"]);
  assert.deepEqual(shop!.gateways.map(({ process }) => process.place), [webhooks.url]);
  assert.equal(boxOf(shop!, "WEBSITE")?.name, "website");
  leads = next;
  await until("the other one leads", () => installationOf(sources.fleet, "shop")?.main.process.place === standby.url);
  assert.equal(sources.fleet.installations.length, 1);
});

Deno.test("Sources say which Katalogs a change is about", async () => {
  const katalogs = new Map([["shop", "shop"], ["bank", "bank"]]);
  let version = 0;
  const runtime = (of: string) =>
    httpService(({ path }) =>
      path === "/katalog"
        ? jsonOf(katalogOf([crdOf("website")], { name: katalogs.get(of), version: of === "shop" ? `${version}` : "" }))
        : jsonOf({ status: "success", data: { resultType: "vector", result: [] } })
    );
  await using shop = runtime("shop");
  await using bank = runtime("bank");
  await using webhooks = httpService(() => jsonOf({ ...gateway, certificate: { notAfter: `${version}` } }));
  await using sources = sourcesOf(at(shop.url, bank.url, webhooks.url));
  await settled(sources);
  const heard: string[] = [];
  sources.onChange((concerned) => heard.push(concerned === undefined ? "any" : [...concerned].join(" ")));
  version++;
  await until("the version is known", () => installationOf(sources.fleet, "shop")?.main.katalog.version === "1");
  assert.deepEqual(new Set(heard), new Set(["shop"]));
  heard.length = 0;
  // It is one of two now: the address of the other one changes too.
  katalogs.set("bank", "shop");
  await until("both have the name", () => sources.fleet.installations.every(({ name }) => name === "shop"));
  assert.ok(heard.includes("any"), heard.join());
});

Deno.test("Sources show a process that is away, what it said last, and that it is back", async () => {
  let away = false;
  await using runtime = httpService(async (_request, signal) => {
    if (!away) return jsonOf(katalogOf([crdOf("website")]));
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return new Response();
  });
  await using sources = sourcesOf(at(runtime.url, "http://127.0.0.1:2"), 300);
  await settled(sources);
  const [never] = sources.fleet.unknown;
  assert.equal(never!.trouble!.kind, "unreachable");
  assert.match(never!.trouble!.message, /^Cannot ask http:\/\/127\.0\.0\.1:2: .*refused/);
  let changes = 0;
  sources.onChange(() => changes++);
  away = true;
  await until("it is known to be away", () => sources.fleet.installations[0]!.main.process.trouble !== undefined);
  const gone = sources.fleet.installations[0]!;
  assert.deepEqual([gone.isLed, gone.main.katalog.crds.length], [false, 1]);
  away = false;
  await until("it is back", () => sources.fleet.installations[0]!.isLed);
  assert.ok(changes >= 2);
});

Deno.test("Sources take what is no Katalog, too old or too much for a state of that process", async () => {
  const bodies: [response: () => Response, message: RegExp][] = [
    [() => new Response("<h1>Hello</h1>"), /is no JSON: "<h1>Hello<\/h1>"/],
    [() => jsonOf({ crds: [] }), /this is not what ork reads: name: /],
    [
      () => jsonOf(katalogOf([crdOf("a", { state: "fine" })])),
      /crds\.0\.state.*use an ork of the version.*\(0\.1\.0\)/,
    ],
    [() => jsonOf({ ...gateway, ready: "yes" }), /not what ork reads: ready/],
    [() => jsonOf({ error: "The process is starting" }, 503), /The process is starting \(503\)/],
    [() => jsonOf(katalogOf(Array.from({ length: 1001 }, () => crdOf("a")))), /not what ork reads: crds/],
    [() => new Response("x".repeat(17 * 1024 * 1024)), /more than 16777216 bytes/],
    [() => new Response(null, { status: 302, headers: { location: "/" } }), /is no JSON/],
  ];
  for (const [respond, message] of bodies) {
    await using service = httpService(respond);
    await using sources = sourcesOf(at(service.url), 30_000);
    await settled(sources);
    const [process] = sources.fleet.unknown;
    assert.equal(process!.trouble!.kind, "unusable", process!.trouble!.message);
    assert.match(process!.trouble!.message, message);
  }
});

Deno.test("two Katalogs of one name have addresses of their own, and the plain name leads to the first", async () => {
  const run = (konductor: string) => httpService(() => jsonOf(katalogOf([], { konductor })));
  await using one = run("laptop-0a1b2c3d");
  await using two = run("laptop-11223344");
  await using sources = sourcesOf(at(one.url, two.url));
  await settled(sources);
  const slugs = sources.fleet.installations.map(({ slug }) => slug);
  assert.deepEqual(slugs, [one.url, two.url].map((url) => `shop@${url.replace("http://", "")}`).sort());
  assert.equal(installationOf(sources.fleet, "shop")?.slug, slugs[0]);
  assert.equal(installationOf(sources.fleet, slugs[1]!)?.slug, slugs[1]);
  assert.equal(installationOf(sources.fleet, "other"), undefined);
});

Deno.test("Sources keep a history of each box, with the 95th percentile of its passes", async () => {
  let passes = 0;
  await using runtime = httpService(({ path }) => {
    passes += 10;
    if (path === "/katalog") return jsonOf(katalogOf([crdOf("website", { totalReconciles: passes, queueDepth: 3 })]));
    assert.equal(path, "/api/v1/query?query=controller_reconcile_duration_seconds_bucket");
    const crd = "web.example.com/v1, Kind=Website";
    const result = ["0.1", "1", "+Inf"].map((le) => ({ metric: { crd, le }, value: [1, String(passes)] }));
    return jsonOf({ status: "success", data: { resultType: "vector", result } });
  });
  await using sources = sourcesOf(at(runtime.url));
  await until("there are points", () => {
    const [shop] = sources.fleet.installations;
    return shop !== undefined && historyOf(shop, "website").length >= 3;
  });
  const points = historyOf(sources.fleet.installations[0]!, "website");
  const last = points.at(-1)!;
  assert.equal(last.queueDepth, 3);
  assert.ok(last.rate! > 0 && last.p95Ms! > 0 && last.p95Ms! <= 100, JSON.stringify(last));
});

Deno.test("pages that ask the same share a request, and a process is not asked too much at a time", async () => {
  const gate = Promise.withResolvers<void>();
  const asked: string[] = [];
  await using runtime = httpService(async ({ path }) => {
    if (path === "/katalog") return jsonOf(katalogOf([]));
    asked.push(path);
    if (!path.startsWith("/api")) await gate.promise;
    return jsonOf({ status: "success", data: { result: [] } });
  });
  await using sources = sourcesOf(at(runtime.url));
  await settled(sources);
  const { process } = sources.fleet.installations[0]!.main;
  const shape = (await import("./documents.ts")).anyDocument;
  const same = [process.get("/a", shape), process.get("/a", shape)];
  const others = Array.from({ length: 15 }, (_, n) => process.get(`/${n}`, shape));
  await assert.rejects(process.get("/more", shape), /too many requests/);
  gate.resolve();
  await Promise.all([...same, ...others]);
  assert.equal(asked.filter((path) => path === "/a").length, 1);
});

Deno.test("in a cluster processes are found by their labels, each behind a port-forward, and let go with their Pods", async () => {
  let pods = ["runtime-0", "runtime-1", "gateway-0"];
  let forbidsAll = true;
  let isBroken = false;
  const listed: string[] = [];
  await using double = await servePod((_request, pod) => {
    if (pod.startsWith("gateway")) return jsonOf(gateway);
    return jsonOf(katalogOf([crdOf("website")], { isKonductor: pod === "runtime-0", konductor: "runtime-0-0a1b2c3d" }));
  });
  const cluster: ClusterConfig = { server: double.url, auth: { kind: "none" }, source: "test" };
  const podOf = (name: string) => ({
    metadata: { name, namespace: "ork", uid: `uid-${name}`, resourceVersion: "1" },
    spec: {
      containers: [{
        name: "main",
        ports: [{ name: "https", containerPort: 8443 }, { name: "http", containerPort: 9 }],
      }],
    },
    status: { phase: name === "runtime-9" ? "Pending" : "Running" },
  });
  const { api } = clientOf(({ path }) => {
    listed.push(path.replace(/\?.*/, ""));
    assert.equal(new URL(path, "http://x").searchParams.get("labelSelector"), podSelector);
    if (isBroken) return jsonOf({ kind: "Status", code: 500, message: "etcd is away" }, 500);
    if (forbidsAll && path.startsWith("/api/v1/pods")) {
      return jsonOf({ kind: "Status", code: 403, reason: "Forbidden", message: "no" }, 403);
    }
    return jsonOf({
      kind: "PodList",
      apiVersion: "v1",
      metadata: { resourceVersion: "1" },
      items: [...pods, "runtime-9"].map(podOf),
    });
  });
  const clock = { ...realClock, after: (ms: number, run: () => void) => realClock.after(Math.min(ms, 50), run) };
  await using sources = sourcesOf(inCluster({
    ...{ cluster, api, clock, namespace: undefined, defaultNamespace: "ork" },
    forward: (config, target) => forwardPort(config, target, { clock: realClock, userAgent: "ork/test" }),
  }));
  await settled(sources);
  await until("they were read", () => sources.fleet.installations[0]?.gateways.length === 1);
  assert.deepEqual(listed.slice(0, 2), ["/api/v1/pods", "/api/v1/namespaces/ork/pods"]);
  assert.deepEqual(sources.fleet.installations[0]!.runtimes.map(({ process }) => process.place), [
    "Pod ork/runtime-0, port 9",
    "Pod ork/runtime-1, port 9",
  ]);
  forbidsAll = false;
  pods = ["runtime-0"];
  await until("two are gone", () => {
    const [shop] = sources.fleet.installations;
    return shop!.runtimes.length === 1 && shop!.gateways.length === 0;
  });
  isBroken = true;
  await until("the list fails", () => /^Cannot list Pods of .*etcd is away/.test(sources.trouble ?? ""));
  assert.equal(sources.fleet.installations.length, 1, "what is known is read on");
  isBroken = false;
  pods = [];
  await until("there is none", () => sources.fleet.installations.length === 0);
  assert.match(sources.trouble!, /^No running Pod in namespace ork of .* has the labels of a Runtime/);
});

Deno.test("more processes than can be read are counted, not read", async () => {
  const targets = Array.from({ length: maxProcesses + 3 }, (_, n) => ({
    key: String(n),
    open: () => placeOf("http://127.0.0.1:2", "--url"),
  }));
  await using sources = sourcesOf({ place: "many", start: (found) => found(targets), stop: () => Promise.resolve() });
  await settled(sources);
  assert.equal(sources.fleet.unknown.length, maxProcesses);
  assert.match(sources.trouble!, /^3 more processes are not read/);
});
