import assert from "node:assert/strict";
import { waitFor } from "../support/wait_for.ts";
import { type Api, type Body, Watching } from "./api.ts";
import { conformanceTest } from "./both.ts";
import { freshSandbox, sandboxFetch } from "./server.ts";

const mapsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const labelled = (path: string) => `${path}?labelSelector=${encodeURIComponent("watched in (yes)")}`;

function create(api: Api, namespace: string, name: string, more: object = {}): Promise<Body> {
  return api.create(mapsOf(namespace), { metadata: { name, labels: { watched: "yes" } }, ...more });
}

conformanceTest("a watch from a list reports every change after it, in order", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  await create(api, namespace, "before");
  const list = await api.get(labelled(path));
  await create(api, namespace, "a", { data: { x: "1" } });
  await api.patch("merge", `${path}/a`, { data: { x: "2" } });
  await api.remove(`${path}/a`);
  await using watch = await api.watch(`${labelled(path)}&resourceVersion=${list.metadata.resourceVersion}`);
  assert.deepEqual(await watch.names(3), ["ADDED a", "MODIFIED a", "DELETED a"]);
  await create(api, namespace, "b");
  const event = (await watch.next())!;
  assert.equal(event.object.kind, "ConfigMap", "objects in events say what they are");
  assert.equal(event.object.apiVersion, "v1");
  assert.equal(event.object.metadata.name, "b");
});

conformanceTest("versions of events grow, and each is that of the object", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const created = await create(api, namespace, "a");
  const changed = await api.patch("merge", `${path}/a`, { data: { x: "1" } });
  await using watch = await api.watch(
    `${labelled(path)}&resourceVersion=${BigInt(created.metadata.resourceVersion) - 1n}`,
  );
  await api.remove(`${path}/a`);
  const versions: string[] = [];
  for (let i = 0; i < 3; i++) versions.push((await watch.next())!.object.metadata.resourceVersion);
  assert.equal(versions[0], created.metadata.resourceVersion);
  assert.equal(versions[1], changed.metadata.resourceVersion);
  assert.ok(BigInt(versions[2]!) > BigInt(versions[1]!), "a deletion has a version of its own");
});

conformanceTest("a watch without a version begins with what is there", async ({ api, namespace }) => {
  await create(api, namespace, "b");
  await create(api, namespace, "a");
  for (const version of ["", "&resourceVersion=0"]) {
    await using watch = await api.watch(labelled(mapsOf(namespace)) + version);
    assert.deepEqual((await watch.names(2)).sort(), ["ADDED a", "ADDED b"]);
  }
});

conformanceTest("an object that comes to match is added, one that ceases to is deleted", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const list = await api.get(labelled(path));
  await using watch = await api.watch(`${labelled(path)}&resourceVersion=${list.metadata.resourceVersion}`);
  await api.create(path, { metadata: { name: "a" }, data: { step: "1" } });
  await api.patch("merge", `${path}/a`, { metadata: { labels: { watched: "yes" } }, data: { step: "2" } });
  const left = await api.patch("merge", `${path}/a`, { metadata: { labels: { watched: "no" } }, data: { step: "3" } });
  await api.patch("merge", `${path}/a`, { data: { step: "4" } });
  await api.patch("merge", `${path}/a`, { metadata: { labels: { watched: "yes" } }, data: { step: "5" } });
  const seen: string[] = [];
  for (let i = 0; i < 3; i++) {
    const { type, object } = (await watch.next())!;
    seen.push(`${type} ${object.data.step} ${object.metadata.labels?.watched ?? ""}`);
    if (type === "DELETED") assert.equal(object.metadata.resourceVersion, left.metadata.resourceVersion);
  }
  // What left is reported in its last matching state.
  assert.deepEqual(seen, ["ADDED 2 yes", "DELETED 2 yes", "ADDED 5 yes"]);
});

conformanceTest("one object is watched by a field selector", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  await create(api, namespace, "a");
  await create(api, namespace, "b");
  await using byField = await api.watch(`${path}?fieldSelector=metadata.name%3Db`);
  assert.deepEqual(await byField.names(1), ["ADDED b"]);
  await api.remove(`${path}/b`);
  assert.deepEqual(await byField.names(1), ["DELETED b"]);
});

conformanceTest("a watch over all namespaces sees each", async ({ api, namespace }) => {
  const { metadata } = await api.get("/api/v1/configmaps?limit=1");
  const selector = `labelSelector=${encodeURIComponent(`in-namespace=${namespace}`)}`;
  await using watch = await api.watch(`/api/v1/configmaps?${selector}&resourceVersion=${metadata.resourceVersion}`);
  await api.create(mapsOf(namespace), { metadata: { name: "a", labels: { "in-namespace": namespace } } });
  const event = (await watch.next())!;
  assert.equal(event.object.metadata.namespace, namespace);
});

conformanceTest("a bookmark comes before the end of a watch, and the end at its time", async ({ api, namespace }) => {
  const list = await api.get(mapsOf(namespace));
  const query = `allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion=${list.metadata.resourceVersion}`;
  await using watch = await api.watch(`${labelled(mapsOf(namespace))}&${query}`);
  await create(api, namespace, "a");
  const seen: Body[] = [];
  for (let event = await watch.next(); event !== undefined; event = await watch.next()) seen.push(event);
  assert.equal(seen[0].object.metadata.name, "a");
  const bookmark = seen.find(({ type }) => type === "BOOKMARK");
  assert.ok(bookmark !== undefined, "there was a bookmark");
  assert.equal(bookmark.object.kind, "ConfigMap");
  assert.ok(BigInt(bookmark.object.metadata.resourceVersion) >= BigInt(seen[0].object.metadata.resourceVersion));
});

conformanceTest("initial events end with a bookmark that says so", async ({ api, namespace }) => {
  await create(api, namespace, "a");
  const query = "allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
  await using watch = await api.watch(`${labelled(mapsOf(namespace))}&${query}`);
  assert.equal((await watch.next())!.object.metadata.name, "a");
  const bookmark = (await watch.next())!;
  assert.equal(bookmark.type, "BOOKMARK");
  assert.equal(bookmark.object.metadata.annotations["k8s.io/initial-events-end"], "true");
});

conformanceTest("a write that changes nothing makes no event", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const created = await create(api, namespace, "a", { data: { x: "1" } });
  await using watch = await api.watch(`${labelled(path)}&resourceVersion=${created.metadata.resourceVersion}`);
  const same = await api.patch("merge", `${path}/a`, { data: { x: "1" } });
  assert.equal(same.metadata.resourceVersion, created.metadata.resourceVersion);
  await api.patch("merge", `${path}/a`, { data: { x: "2" } });
  assert.equal((await watch.next())!.object.data.x, "2");
});

conformanceTest("an object held by a finalizer is modified, then deleted as it was", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const created = await api.create(path, {
    metadata: { name: "a", labels: { watched: "yes" }, finalizers: ["example.com/x"] },
  });
  await using watch = await api.watch(`${labelled(path)}&resourceVersion=${created.metadata.resourceVersion}`);
  await api.remove(`${path}/a`);
  await api.patch("merge", `${path}/a`, { metadata: { finalizers: null } });
  const marked = (await watch.next())!;
  assert.equal(marked.type, "MODIFIED");
  assert.ok(marked.object.metadata.deletionTimestamp);
  const gone = (await watch.next())!;
  assert.equal(gone.type, "DELETED");
  assert.deepEqual(gone.object.metadata.finalizers, ["example.com/x"], "the last state that was stored");
});

conformanceTest("partial metadata can be watched", async ({ api, namespace }) => {
  await create(api, namespace, "a", { data: { big: "1" } });
  const accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
  const event = await firstEvent(api, labelled(mapsOf(namespace)), accept);
  assert.equal(event.object.kind, "PartialObjectMetadata");
  assert.equal(event.object.metadata.name, "a");
  assert.equal(event.object.data, undefined);
});

conformanceTest("tables can be watched; the first one names the columns", async ({ api, namespace }) => {
  await create(api, namespace, "a");
  const event = await firstEvent(api, labelled(mapsOf(namespace)), "application/json;as=Table;g=meta.k8s.io;v=v1");
  assert.equal(event.object.kind, "Table");
  assert.equal(event.object.columnDefinitions[0].name, "Name");
  assert.equal(event.object.rows[0].cells[0], "a");
});

async function firstEvent(api: Api, path: string, accept: string): Promise<Body> {
  await using watch = await api.watch(path, accept);
  return (await watch.next())!;
}

conformanceTest("a version that cannot be read is refused", async ({ api, namespace }) => {
  const response = await api.send("GET", `${mapsOf(namespace)}?watch=true&resourceVersion=x`);
  assert.equal(response.status, 500, "a list responds with 400");
});

Deno.test("sandbox: a version that has been forgotten gives one ERROR event of code 410", async () => {
  await using sandbox = freshSandbox({ simulateWorkloads: false, watchHistory: 4 });
  const send = sandboxFetch(sandbox);
  const post = (name: string) =>
    send("/api/v1/namespaces/default/configmaps", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ metadata: { name } }),
    });
  const first = await (await post("a")).json();
  for (let i = 0; i < 20; i++) await (await post(`b-${i}`)).body?.cancel();
  const aborter = new AbortController();
  const path = `/api/v1/configmaps?watch=true&resourceVersion=${first.metadata.resourceVersion}`;
  await using watch = new Watching(await send(path, { method: "GET", signal: aborter.signal }), aborter);
  assert.equal(watch.status, 200);
  const event = (await watch.next())!;
  assert.equal(event.type, "ERROR");
  assert.equal(event.object.code, 410);
  assert.equal(event.object.reason, "Expired");
  assert.equal(await watch.next(), undefined);
});

Deno.test("sandbox: stopping ends every watch", async () => {
  const sandbox = freshSandbox({ simulateWorkloads: false });
  const aborter = new AbortController();
  const response = await sandboxFetch(sandbox)("/api/v1/pods?watch=true", { method: "GET", signal: aborter.signal });
  const watch = new Watching(response, aborter);
  const end = watch.next();
  await sandbox.stop();
  assert.equal(await end, undefined);
  const after = await sandboxFetch(sandbox)("/api/v1/pods", { method: "GET" });
  assert.equal(after.status, 503);
});

Deno.test("sandbox: a client that goes away leaves nothing behind", async () => {
  await using sandbox = freshSandbox({ simulateWorkloads: false });
  const aborter = new AbortController();
  const response = await sandboxFetch(sandbox)("/api/v1/pods?watch=true", { method: "GET", signal: aborter.signal });
  aborter.abort();
  await waitFor("the watch has ended", async () => {
    const { done } = await response.clone().body!.getReader().read();
    return done;
  });
});
