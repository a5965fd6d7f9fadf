import assert from "node:assert/strict";
import { clientOf, statusResponse } from "../../tests/support/api_double.ts";
import { ApiError } from "./api_error.ts";
import { discoverType } from "./discovery.ts";

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
