import assert from "node:assert/strict";
import { clientOf, statusResponse } from "../../tests/support/api_double.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { isExpired, MalformedResponseError, ResponseTooLargeError } from "./api_error.ts";
import { listPage } from "./list.ts";

const configMaps = builtInType("ConfigMap")!;

/** A collection of `total` objects that pages as Kubernetes does: the token is the next offset. */
function collection(total: number, text = "x") {
  return ({ path }: { path: string }): Response => {
    const query = new URL(path, "http://double").searchParams;
    const from = Number(query.get("continue") ?? 0);
    const to = Math.min(total, from + Number(query.get("limit")));
    const items = Array.from({ length: to - from }, (_, i) => ({ metadata: { name: `${from + i}` }, data: { text } }));
    return Response.json({
      kind: "ConfigMapList",
      metadata: { resourceVersion: "42", ...(to < total ? { continue: `${to}` } : {}) },
      items,
    });
  };
}

Deno.test("list() passes on every page as it arrives, with apiVersion and kind filled in", async () => {
  const { api, received } = clientOf(collection(1201));
  const sizes: number[] = [];
  const names = new Set<string>();
  const end = await api.list(configMaps, { labelSelector: "a=b" }, (items) => {
    sizes.push(items.length);
    for (const item of items) {
      names.add(item.metadata.name);
      assert.deepEqual([item.apiVersion, item.kind], ["v1", "ConfigMap"]);
    }
  });
  assert.deepEqual(end, { resourceVersion: "42" });
  assert.deepEqual(sizes, [500, 500, 201]);
  assert.equal(names.size, 1201);
  assert.deepEqual(received.map(({ path }) => path), [
    "/api/v1/configmaps?labelSelector=a%3Db&limit=500",
    "/api/v1/configmaps?labelSelector=a%3Db&limit=500&continue=500",
    "/api/v1/configmaps?labelSelector=a%3Db&limit=500&continue=1000",
  ]);
});

Deno.test("list() passes on an empty page", async () => {
  const { api } = clientOf(() => Response.json({ metadata: { resourceVersion: "7" }, items: null }));
  let pages = 0;
  assert.deepEqual(await api.list(configMaps, {}, (items) => pages += 1 + items.length), { resourceVersion: "7" });
  assert.equal(pages, 1);
});

Deno.test("list() requests smaller pages when one is too large, and loses nothing", async () => {
  const { api, received } = clientOf(collection(100, "y".repeat(1000)), { limits: { pageBytes: 20_000 } });
  const names: string[] = [];
  await api.list(configMaps, {}, (items) => names.push(...items.map((item) => item.metadata.name)), { pageSize: 100 });
  assert.deepEqual(names, Array.from({ length: 100 }, (_, i) => `${i}`));
  assert.deepEqual(received.slice(0, 2).map(({ path }) => path), [
    "/api/v1/configmaps?limit=100",
    "/api/v1/configmaps?limit=12",
  ]);
});

Deno.test("list() gives up when a single object is too large", async () => {
  const { api } = clientOf(collection(2, "y".repeat(1000)), { limits: { pageBytes: 500 } });
  await assert.rejects(api.list(configMaps, {}, () => {}), ResponseTooLargeError);
});

Deno.test("list() throws an expired continue token as Expired", async () => {
  const pages = collection(600);
  const { api } = clientOf((received) =>
    received.path.includes("continue") ? statusResponse(410, "Expired") : pages(received)
  );
  await assert.rejects(api.list(configMaps, {}, () => {}), isExpired);
});

Deno.test("list() ends with a server that always returns the same page", async () => {
  const { api, received } = clientOf(() =>
    Response.json({ metadata: { resourceVersion: "1", continue: "x" }, items: [] })
  );
  await assert.rejects(api.list(configMaps, {}, () => {}), MalformedResponseError);
  assert.equal(received.length, 2);
});

for (const response of [{}, { metadata: {}, items: [] }, { metadata: { resourceVersion: "1" }, items: {} }]) {
  Deno.test(`list() refuses ${JSON.stringify(response)} as no list`, async () => {
    await assert.rejects(
      clientOf(() => Response.json(response)).api.list(configMaps, {}, () => {}),
      MalformedResponseError,
    );
  });
}

Deno.test("listPage() reads one page, and an expired token has one that continues after the same key", async () => {
  const { api, received } = clientOf(({ path }) =>
    path.includes("continue=old")
      ? statusResponse(410, "Expired", { metadata: { continue: "newer" } })
      : Response.json({ metadata: { resourceVersion: "7", continue: "next", remainingItemCount: 3 }, items: [] })
  );
  assert.deepEqual(await listPage(api, configMaps, { limit: 2 }), {
    items: [],
    token: "next",
    resourceVersion: "7",
    remaining: 3,
  });
  await assert.rejects(
    listPage(api, configMaps, { limit: 2, token: "old" }),
    (error) => isExpired(error) && error.continueToken === "newer",
  );
  assert.deepEqual(received.map(({ path }) => path), [
    "/api/v1/configmaps?limit=2",
    "/api/v1/configmaps?limit=2&continue=old",
  ]);
});
