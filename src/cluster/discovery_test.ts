import assert from "node:assert/strict";
import { clientOf, statusResponse } from "../../tests/support/api_double.ts";
import { ApiError } from "./api_error.ts";
import { discoverAll, discoverKinds, discoverType } from "./discovery.ts";

const guess = { group: "demo.example.com", version: "v1", kind: "Index", plural: "indexes", namespaced: false };

/** `meta.v1.APIResourceList`. */
const served = {
  kind: "APIResourceList",
  groupVersion: "demo.example.com/v1",
  resources: [
    { name: "websites", kind: "Website", namespaced: true },
    { name: "indices/scale", kind: "Index", namespaced: true },
    { name: "indices", kind: "Index", namespaced: true },
  ],
};

Deno.test("discoverType() returns plural and scope as they are, not as they were guessed", async () => {
  const { api, received } = clientOf(() => Response.json(served));
  assert.deepEqual(await discoverType(api, guess), { ...guess, plural: "indices", namespaced: true });
  assert.equal(received[0]!.path, "/apis/demo.example.com/v1");
});

Deno.test("discoverType() reads the core group at its own path", async () => {
  const { api, received } = clientOf(() =>
    Response.json({ resources: [{ name: "pods", kind: "Pod", namespaced: true }] })
  );
  const pod = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };
  assert.deepEqual(await discoverType(api, pod), pod);
  assert.equal(received[0]!.path, "/api/v1");
});

const absent: [what: string, response: () => Response][] = [
  ["a group that is not served", () => new Response("404 page not found", { status: 404 })],
  ["a kind that is not served", () => Response.json({ resources: [] })],
  ["a response that is not a resource list", () => Response.json([1])],
  ["a list of other things", () => Response.json({ resources: [null, "a", { kind: "Index" }] })],
];
for (const [what, response] of absent) {
  Deno.test(`discoverType() finds nothing in ${what}`, async () => {
    assert.equal(await discoverType(clientOf(response).api, guess), undefined);
  });
}

Deno.test("discoverType() throws every other error", async () => {
  const { api } = clientOf(() => statusResponse(403, "Forbidden"));
  await assert.rejects(discoverType(api, guess), (error) => error instanceof ApiError && error.status === 403);
});

/** Two groups: one with a kind in one version only, one that is down. */
function grouped() {
  const resource = (name: string, kind: string) => ({ name, kind, namespaced: true, verbs: ["list", "delete"] });
  const versions: Record<string, unknown> = {
    "/api/v1": { resources: [resource("pods", "Pod"), resource("pods/log", "Pod")] },
    "/apis/a.dev/v2": { resources: [resource("bees", "Bee")] },
    "/apis/a.dev/v1": { resources: [resource("bees", "Bee"), resource("ants", "Ant")] },
  };
  const groupOf = (name: string, ...names: string[]) => {
    const all = names.map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions: all.toReversed(), preferredVersion: all[0] };
  };
  return clientOf(({ path }) => {
    if (path === "/apis") return Response.json({ groups: [groupOf("a.dev", "v2", "v1"), groupOf("down.dev", "v1")] });
    return versions[path] === undefined ? statusResponse(503, "ServiceUnavailable") : Response.json(versions[path]);
  });
}

const named = (types: readonly { kind: string; group: string; version: string }[]) =>
  types.map(({ kind, group, version }) => `${kind} ${group}/${version}`);

Deno.test("discoverAll() has each kind once, in the preferred version if that has it, and leaves out what is down", async () => {
  const { types, isComplete } = await discoverAll(grouped().api);
  assert.deepEqual(named(types), ["Pod /v1", "Bee a.dev/v2", "Ant a.dev/v1"]);
  assert.equal(isComplete, false);
});

Deno.test("discoverKinds() reads the groups of these kinds alone, and no more versions than it takes", async () => {
  const { api, received } = grouped();
  const pathsOf = async (...kinds: string[]) => {
    const before = received.length;
    const { types, unknown, failure } = await discoverKinds(api, kinds);
    assert.equal(failure, undefined);
    assert.deepEqual(unknown, []);
    return [named(types), received.slice(before).map(({ path }) => path)];
  };
  assert.deepEqual(await pathsOf("Bee.a.dev"), [["Bee a.dev/v2"], ["/apis", "/apis/a.dev/v2"]]);
  const both = ["/apis", "/apis/a.dev/v2", "/apis/a.dev/v1"];
  assert.deepEqual(await pathsOf("Ant.a.dev", "Cat.a.dev"), [["Ant a.dev/v1"], both]);
  assert.deepEqual(await pathsOf("Pod"), [["Pod /v1"], ["/apis", "/api/v1"]]);
  assert.deepEqual(await pathsOf("Dog.nowhere.dev"), [[], ["/apis"]]);
});

Deno.test("discoverKinds() says of which kinds it is not known whether they are served, and finds the others", async () => {
  const { types, unknown, failure } = await discoverKinds(grouped().api, ["Dog.down.dev", "Pod", "Cat.a.dev"]);
  assert.deepEqual(named(types), ["Pod /v1"]);
  assert.deepEqual(unknown, ["Dog.down.dev"]);
  assert.ok(failure instanceof ApiError && failure.status === 503);
});

Deno.test("discoverKinds() needs no version that fails where another one has the kind, or that is 404", async () => {
  const { api } = clientOf(({ path }) => {
    if (path === "/apis") {
      const all = ["v3", "v2", "v1"].map((version) => ({ groupVersion: `a.dev/${version}`, version }));
      return Response.json({ groups: [{ name: "a.dev", versions: all, preferredVersion: all[0] }] });
    }
    if (path === "/apis/a.dev/v3") return statusResponse(503, "ServiceUnavailable");
    if (path === "/apis/a.dev/v2") return statusResponse(404, "NotFound");
    return Response.json({ resources: [{ name: "ants", kind: "Ant", namespaced: true, verbs: ["list", "delete"] }] });
  });
  const { types, failure } = await discoverKinds(api, ["Ant.a.dev"]);
  assert.deepEqual([named(types), failure], [["Ant a.dev/v1"], undefined]);
});
