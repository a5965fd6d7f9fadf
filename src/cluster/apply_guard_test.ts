import assert from "node:assert/strict";
import { clientOf, statusResponse } from "../../tests/support/api_double.ts";
import { realClock } from "../../tests/support/clock.ts";
import { configMap } from "../../tests/support/objects.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { ApiError } from "./api_error.ts";
import { isAlreadyThere, isGone, isOtherObject, isOtherUid } from "./apply_guard.ts";
import { createClusterApi } from "./client.ts";

const configMaps = builtInType("ConfigMap")!;
const deployments = builtInType("Deployment")!;
const one = "/api/v1/namespaces/default/configmaps/a";
const desired = configMap("a");
const named = { name: "a", kind: "configmaps" };
const cannot = 'Operation cannot be fulfilled on configmaps "a":';

const conflict = () =>
  statusResponse(409, "Conflict", { message: `${cannot} the object has been modified; …`, details: named });
const absentUid = () =>
  statusResponse(409, "Conflict", {
    message: `${cannot} uid mismatch: the provided object specified uid u, and no existing object was found`,
    details: named,
  });
const otherUid = () =>
  statusResponse(422, "Invalid", {
    details: {
      name: "a",
      kind: "ConfigMap",
      causes: [{
        field: "metadata.uid",
        message: 'Invalid value: "u": field is immutable',
        reason: "FieldValueInvalid",
      }],
    },
  });
const fieldConflict = () =>
  statusResponse(409, "Conflict", {
    details: { causes: [{ field: ".data.a", message: 'conflict with "b"', reason: "FieldManagerConflict" }] },
  });
const quotaConflict = () =>
  statusResponse(409, "Conflict", { message: "uid mismatch", details: { name: "q", kind: "resourcequotas" } });
const webhookConflict = () => statusResponse(409, "Conflict", { message: "uid mismatch" });
const missing = () => statusResponse(404, "NotFound", { details: named });
const missingNamespace = () => statusResponse(404, "NotFound", { details: { name: "default", kind: "namespaces" } });
const missingType = () => new Response("404 page not found", { status: 404 });

/** Response, and what it means: already there, gone, another object. */
const responses: [name: string, response: () => Response, there: boolean, gone: boolean, other: boolean][] = [
  ["a version that does not match", conflict, true, false, false],
  ["a uid without an object", absentUid, true, true, false],
  ["the uid of another object", otherUid, false, false, true],
  ["fields of another manager", fieldConflict, true, false, false],
  ["a quota that was changed meanwhile", quotaConflict, false, false, false],
  ["a webhook's own Conflict", webhookConflict, false, false, false],
  ["no such object", missing, false, true, false],
  ["no such namespace", missingNamespace, false, false, false],
  ["no such resource", missingType, false, false, false],
  ["POST of what exists", () => statusResponse(409, "AlreadyExists", { details: named }), true, false, false],
  ["a server in trouble", () => statusResponse(500, "InternalError", { details: named }), false, false, false],
];
for (const [name, response, there, gone, other] of responses) {
  for (const subresource of [undefined, "status"] as const) {
    Deno.test(`a guarded apply distinguishes ${name}${subresource === undefined ? "" : ", on the status"}`, async () => {
      const { api } = clientOf(response);
      await assert.rejects(
        api.apply(configMaps, desired, {
          force: true,
          onlyIf: { uid: "u" },
          ...(subresource === undefined ? {} : { subresource }),
        }),
        (error) => {
          assert.deepEqual([isAlreadyThere(error), isGone(error), isOtherObject(error)], [there, gone, other]);
          return true;
        },
      );
    });
  }
}

Deno.test("an error without a response says nothing about the object", () => {
  const error = new TypeError("Conflict: uid mismatch");
  assert.deepEqual([isAlreadyThere(error), isGone(error), isOtherObject(error)], [false, false, false]);
});

Deno.test("apply() with onlyIf is one request that says which object is meant", async () => {
  const { api, received } = clientOf(({ body }) => new Response(body));
  await api.apply(configMaps, desired, { force: true, onlyIf: "absent" });
  await api.apply(configMaps, desired, { force: false, onlyIf: { uid: "u" } });
  await api.apply(configMaps, desired, { force: true, onlyIf: undefined });
  assert.deepEqual(received.map(({ verb, path }) => `${verb} ${path}`), [
    `PATCH ${one}?fieldManager=orkestra&force=true`,
    `PATCH ${one}?fieldManager=orkestra`,
    `PATCH ${one}?fieldManager=orkestra&force=true`,
  ]);
  assert.deepEqual(received.map(({ body }) => JSON.parse(body)), [
    { ...desired, metadata: { ...desired.metadata, resourceVersion: "1" } },
    { ...desired, metadata: { ...desired.metadata, uid: "u" } },
    desired,
  ]);
});

/** A server that creates nothing that has a resourceVersion, as Kubernetes 1.22 with Services. */
function oldServer(existing: Set<string>) {
  const received: string[] = [];
  const warnings: string[] = [];
  const api = createClusterApi({ server: "http://double", auth: { kind: "none" }, source: "test" }, {
    userAgent: "ork/test",
    clock: realClock,
    random: () => 0.5,
    onWarning: (text) => warnings.push(text),
    fetch: (url, { method, body }) => {
      const path = new URL(url).pathname;
      received.push(`${method} ${path}${String(body ?? "").includes("resourceVersion") ? " with a version" : ""}`);
      if (method === "GET") {
        return Promise.resolve(existing.has(path) ? new Response(JSON.stringify(desired)) : missing());
      }
      if (!received.at(-1)!.endsWith("version")) {
        existing.add(path);
        return Promise.resolve(new Response(String(body)));
      }
      if (existing.has(path)) return Promise.resolve(conflict());
      const message = "resourceVersion should not be set on objects to be created";
      return Promise.resolve(Response.json({ kind: "Status", status: "Failure", message, code: 500 }, { status: 500 }));
    },
  });
  return { api, received, warnings };
}

Deno.test("apply() that only creates does a GET first where the server refuses that condition, and warns once", async () => {
  const { api, received, warnings } = oldServer(new Set(["/api/v1/namespaces/default/configmaps/b"]));
  const options = { force: true, onlyIf: "absent" } as const;
  await api.apply(configMaps, desired, options);
  await assert.rejects(api.apply(configMaps, desired, options), (error) => {
    assert.ok(error instanceof ApiError);
    assert.ok(isAlreadyThere(error));
    assert.equal(error.message, 'ConfigMap "a" is there already');
    return true;
  });
  await assert.rejects(api.apply(configMaps, configMap("b"), options), isAlreadyThere);
  await api.apply(configMaps, configMap("c"), options);
  const at = (name: string) => `/api/v1/namespaces/default/configmaps/${name}`;
  assert.deepEqual(received, [
    `PATCH ${at("a")} with a version`,
    `GET ${at("a")}`,
    `PATCH ${at("a")}`,
    `GET ${at("a")}`,
    `GET ${at("b")}`,
    `GET ${at("c")}`,
    `PATCH ${at("c")}`,
  ]);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /cannot create ConfigMap objects by a conditional apply/);
});

Deno.test("apply() that only creates does a GET first only for the kinds that need it", async () => {
  const { api, received, warnings } = oldServer(new Set());
  const options = { force: true, onlyIf: "absent" } as const;
  await api.apply(configMaps, desired, options);
  const before = received.length;
  await api.apply(deployments, { ...desired, apiVersion: "apps/v1", kind: "Deployment" }, options);
  assert.equal(received[before], "PATCH /apis/apps/v1/namespaces/default/deployments/a with a version");
  assert.equal(warnings.length, 2);
});

Deno.test("apply() that only creates does not take a failed GET for absence", async () => {
  const { api } = clientOf(({ verb }) =>
    verb === "GET"
      ? statusResponse(403, "Forbidden")
      : new Response("resourceVersion should not be set on objects to be created", { status: 500 })
  );
  await assert.rejects(
    api.apply(configMaps, desired, { force: true, onlyIf: "absent" }),
    (error) => error instanceof ApiError && error.reason === "Forbidden",
  );
});

Deno.test("isOtherUid() distinguishes a delete whose uid did not match from every other conflict", () => {
  const conflict = (message: string) =>
    new ApiError(message, {
      status: 409,
      reason: "Conflict",
      request: { verb: "DELETE", path: "/api/v1/namespaces/a" },
    });
  const cannot = 'Operation cannot be fulfilled on configmaps "a": ';
  assert.ok(isOtherUid(conflict(`${cannot}Precondition failed: UID in precondition: 1, UID in object meta: 2`)));
  assert.ok(isOtherUid(conflict(`${cannot}the UID in the precondition (1) does not match the UID in record (2).`)));
  for (
    const other of [
      `${cannot}the object has been modified; please apply your changes to the latest version and try again`,
      `${cannot}The system is ensuring all content is removed from this namespace.`,
      "It is only a test",
    ]
  ) assert.ok(!isOtherUid(conflict(other)), other);
});
