import assert from "node:assert/strict";
import type { Api } from "./api.ts";
import { conformanceTest } from "./both.ts";
import { freshSandbox, sandboxFetch } from "./server.ts";

const mapsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const counted = "labelSelector=counted";

async function createMany(api: Api, namespace: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const name = `m-${String(i).padStart(2, "0")}`;
    await api.create(mapsOf(namespace), { metadata: { name, labels: { counted: "" } } });
  }
}

const namesIn = (list: { items: { metadata: { name: string } }[] }) => list.items.map(({ metadata }) => metadata.name);

conformanceTest("pages are one list, all of one version", async ({ api, namespace }) => {
  await createMany(api, namespace, 7);
  const names: string[] = [];
  const versions = new Set<string>();
  let next = "";
  do {
    const page = await api.get(`${mapsOf(namespace)}?${counted}&limit=3&continue=${encodeURIComponent(next)}`);
    assert.ok(page.items.length <= 3);
    names.push(...namesIn(page));
    versions.add(page.metadata.resourceVersion);
    next = page.metadata.continue ?? "";
  } while (next !== "");
  assert.deepEqual(names, ["m-00", "m-01", "m-02", "m-03", "m-04", "m-05", "m-06"]);
  assert.equal(versions.size, 1);
});

conformanceTest("pages show the state at the first of them", async ({ api, namespace }) => {
  await createMany(api, namespace, 4);
  const first = await api.get(`${mapsOf(namespace)}?${counted}&limit=2`);
  await api.remove(`${mapsOf(namespace)}/m-02`);
  await api.create(mapsOf(namespace), { metadata: { name: "m-99", labels: { counted: "" } } });
  await api.patch("merge", `${mapsOf(namespace)}/m-03`, { data: { late: "1" } });
  const rest = await api.get(`${mapsOf(namespace)}?${counted}&continue=${encodeURIComponent(first.metadata.continue)}`);
  assert.deepEqual(namesIn(rest), ["m-02", "m-03"]);
  assert.equal(rest.items[1].data, undefined, "what was written later is not there");
  assert.equal(rest.metadata.resourceVersion, first.metadata.resourceVersion);
});

conformanceTest("without a selector a page says how many are left", async ({ api, namespace }) => {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  for (const name of ["a", "b", "c", "d"]) await api.create(path, { metadata: { name } });
  const page = await api.get(`${path}?limit=1`);
  assert.equal(page.metadata.remainingItemCount, 3);
  const last = await api.get(`${path}?limit=3&continue=${encodeURIComponent(page.metadata.continue)}`);
  assert.equal(last.metadata.remainingItemCount, undefined);
  assert.equal(last.metadata.continue ?? "", "");
});

conformanceTest("a list at an exact version is the list of then", async ({ api, namespace }) => {
  await createMany(api, namespace, 2);
  const then = await api.get(`${mapsOf(namespace)}?${counted}`);
  await api.remove(`${mapsOf(namespace)}/m-00`);
  const version = then.metadata.resourceVersion;
  const exact = await api.get(`${mapsOf(namespace)}?${counted}&resourceVersion=${version}&resourceVersionMatch=Exact`);
  assert.deepEqual(namesIn(exact), ["m-00", "m-01"]);
  assert.equal(exact.metadata.resourceVersion, version);
  const fresh = await api.get(
    `${mapsOf(namespace)}?${counted}&resourceVersion=${version}&resourceVersionMatch=NotOlderThan`,
  );
  assert.ok(BigInt(fresh.metadata.resourceVersion) >= BigInt(version));
});

conformanceTest("a version from the future is too large", async ({ api, namespace }) => {
  const list = await api.get(mapsOf(namespace));
  const future = BigInt(list.metadata.resourceVersion) + 1_000_000n;
  const response = await api.send(
    "GET",
    `${mapsOf(namespace)}?resourceVersion=${future}&resourceVersionMatch=NotOlderThan`,
  );
  assert.equal(response.status, 504);
  assert.equal(response.body.reason, "Timeout");
  assert.equal(response.body.details.causes[0].reason, "ResourceVersionTooLarge");
});

Deno.test("sandbox: a continue token that is too old gets 410 and a token to continue with", async () => {
  await using sandbox = freshSandbox({ simulateWorkloads: false, watchHistory: 4 });
  const send = sandboxFetch(sandbox);
  const path = mapsOf("default");
  const headers = { "content-type": "application/json" };
  const write = (name: string) => send(path, { method: "POST", headers, body: JSON.stringify({ metadata: { name } }) });
  for (const name of ["a", "b", "c"]) await (await write(name)).body?.cancel();
  const first = await (await send(`${path}?limit=1`, { method: "GET" })).json();
  for (let i = 0; i < 20; i++) await (await write(`d-${i}`)).body?.cancel();
  const late = await send(`${path}?limit=1&continue=${encodeURIComponent(first.metadata.continue)}`, { method: "GET" });
  assert.equal(late.status, 410);
  const status = await late.json();
  assert.equal(status.reason, "Expired");
  const rest = await send(`${path}?continue=${encodeURIComponent(status.metadata.continue)}`, { method: "GET" });
  assert.deepEqual(namesIn(await rest.json()).slice(0, 2), ["b", "c"]);
});
