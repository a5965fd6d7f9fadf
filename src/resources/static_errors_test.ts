import assert from "node:assert/strict";
import type { JsonMap } from "../base/json.ts";
import { shorthands } from "./mod.ts";
import { staticErrors } from "./static_errors.ts";

function paths(kind: string, fields: JsonMap): string[] {
  return staticErrors(shorthands.get(kind)!, fields).map(({ path }) => path);
}

const mounted = { volumes: [{ name: "a", emptyDir: {} }], volumeMounts: [{ name: "b", mountPath: "/b" }] };

Deno.test("staticErrors() finds what no template can fix", () => {
  const table: [kind: string, fields: JsonMap, paths: string[]][] = [
    ["deployments", { image: "x" }, []],
    ["deployments", { image: "{{ .spec.image }}", ...mounted }, ["volumeMounts[0].name"]],
    ["deployments", { probes: { liveness: { path: "/" } } }, ["probes.liveness.port"]],
    ["deployments", { port: 80, probes: { startup: { type: "tcp", path: "/" } } }, ["probes.startup.path"]],
    ["jobs", { name: "x".repeat(64) }, ["name"]],
    ["services", { port: 80, type: "NodePort", headless: true }, ["headless"]],
    ["ingresses", { path: "x" }, ["path"]],
    ["cronJobs", { schedule: "{{ .spec.s }}", env: [{ name: "A" }, { name: "A" }] }, ["env[1].name"]],
  ];
  for (const [kind, fields, expected] of table) assert.deepEqual(paths(kind, fields), expected, JSON.stringify(fields));
});

Deno.test("staticErrors() finds several errors of one entry", () => {
  const fields = { ...mounted, name: "x".repeat(60), probes: { liveness: { path: "/" } }, schedule: "@daily" };
  assert.deepEqual(paths("cronJobs", fields), ["name", "volumeMounts[0].name"]);
  assert.deepEqual(paths("deployments", fields), ["volumeMounts[0].name", "probes.liveness.port"]);
});

Deno.test("staticErrors() says nothing where a template has a say", () => {
  const table: [kind: string, fields: JsonMap][] = [
    ["deployments", { ...mounted, volumes: "{{ .spec.volumes }}" }],
    ["deployments", { ...mounted, volumes: [{ name: "{{ .spec.volume }}", emptyDir: {} }] }],
    ["deployments", { ...mounted, volumeMounts: [{ name: "{{ .spec.volume }}", mountPath: "/" }] }],
    ["deployments", { port: "{{ .spec.port }}", probes: { liveness: { path: "/" } } }],
    ["services", { port: 80, type: "{{ .spec.type }}", headless: true }],
    ["services", { port: 80 }],
    ["jobs", { name: `${"x".repeat(70)}{{ .spec.x }}` }],
    ["custom", { apiVersion: "v1", kind: "X", metadata: { name: "{{ .metadata.name }}" } }],
  ];
  for (const [kind, fields] of table) assert.deepEqual(paths(kind, fields), [], JSON.stringify(fields));
});

Deno.test("staticErrors() leaves to the shapes what is theirs", () => {
  assert.deepEqual(paths("deployments", { image: 1, replicas: "two", nonsense: true, labels: "x" }), []);
});
