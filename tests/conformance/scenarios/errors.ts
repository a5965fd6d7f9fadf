import { loose, type Scenario } from "../exchange.ts";
import { get, patch, paths, post, put, remove } from "./steps.ts";

const a = `${paths.configMaps}/a`;
const cm = (more: object = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, ...more });

export const errors: readonly Scenario[] = [
  {
    name: "an object that is not there",
    steps: [get(a), put(a, cm()), remove(a), patch("merge", a, {}), patch("json", a, [])],
  },
  {
    name: "paths that lead nowhere",
    steps: [
      get("/nowhere"),
      get("/api/v1/nowheres"),
      get("/apis/nowhere.example.com"),
      get("/apis/apps/v7/deployments"),
      get("/apis/apps/v1/nowheres/x"),
      get(`${a}/nowhere`),
    ],
  },
  { name: "an object that is there already", steps: [post(paths.configMaps, cm()), post(paths.configMaps, cm())] },
  {
    name: "a namespace that is not there",
    steps: [post("/api/v1/namespaces/{ns}-none/configmaps", cm()), get("/api/v1/namespaces/{ns}-none/configmaps")],
  },
  {
    name: "a namespace that is another",
    steps: [post(paths.configMaps, cm({ metadata: { name: "a", namespace: "default" } }))],
  },
  {
    name: "a stale resourceVersion",
    steps: [
      post(paths.configMaps, cm()),
      put(a, cm({ data: { a: "1" } })),
      put(a, cm({ metadata: { name: "a", resourceVersion: "{rv:0}" } })),
      patch("merge", a, { metadata: { resourceVersion: "{rv:0}" } }),
      put(a, cm({ metadata: { name: "a", resourceVersion: "x" } })),
    ],
  },
  {
    name: "another uid",
    steps: [
      post(paths.configMaps, cm()),
      loose(put(a, cm({ metadata: { name: "a", uid: "no" } }))),
      patch("merge", a, { metadata: { uid: "no" } }),
      remove(a, { preconditions: { uid: "no" } }),
      loose(remove(a, { preconditions: { resourceVersion: "1" } })),
    ],
  },
  {
    name: "another name",
    steps: [
      post(paths.configMaps, cm()),
      put(a, cm({ metadata: { name: "b" } })),
      patch("merge", a, { metadata: { name: "b" } }),
      put(a, cm({ metadata: {} })),
    ],
  },
  {
    name: "another kind and version",
    steps: [
      loose(post(paths.configMaps, cm({ kind: "Secret" }))),
      loose(post(paths.configMaps, cm({ apiVersion: "v2" }))),
      post(paths.configMaps, { metadata: { name: "a" } }),
      loose(post(paths.configMaps, cm({ kind: "ConfigMapp" }))),
    ],
  },
  {
    name: "bodies that are not objects",
    steps: [
      loose({ method: "POST", path: paths.configMaps, body: "{" }),
      loose({ method: "POST", path: paths.configMaps, body: "[]" }),
      loose({ method: "POST", path: paths.configMaps, body: "" }),
      loose({ method: "POST", path: paths.configMaps, body: "a: b", type: "text/plain" }),
      { method: "PATCH", path: a, body: "{}", type: "application/json" },
    ],
  },
  {
    name: "yaml bodies",
    steps: [{
      method: "POST",
      path: paths.configMaps,
      body: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: x}\n",
      type: "application/yaml",
    }],
  },
  {
    name: "values of another type",
    steps: [
      post(paths.configMaps, cm({ data: { a: 1 } })),
      post(paths.configMaps, cm({ data: "x" })),
      post(paths.configMaps, cm({ metadata: { name: 1 } })),
      post(paths.services, { metadata: { name: "a" }, spec: { ports: [{ port: "x" }] } }),
    ],
  },
  {
    name: "unknown fields",
    steps: [
      post(`${paths.configMaps}?fieldValidation=Strict`, cm({ date: {}, metadata: { name: "a", label: {} } })),
      post(`${paths.configMaps}?fieldValidation=Warn`, cm({ date: {} })),
      remove(a),
      post(`${paths.configMaps}?fieldValidation=Ignore`, cm({ date: {} })),
      remove(a),
      post(paths.configMaps, cm({ date: {} })),
      loose(patch("merge", `${a}?fieldValidation=Strict`, { date: {} })),
      patch("merge", a, { date: {} }),
      post(`${paths.configMaps}?fieldValidation=x`, cm()),
    ],
  },
  {
    name: "methods that do not fit",
    steps: [
      { method: "PUT", path: paths.configMaps, body: cm() },
      { method: "POST", path: a, body: cm() },
      { method: "DELETE", path: "/api/v1/configmaps" },
      post("/api/v1/configmaps", cm()),
      { method: "PATCH", path: paths.configMaps, body: {}, type: "application/merge-patch+json" },
    ],
  },
  {
    name: "responses in unknown forms",
    steps: [loose({ method: "GET", path: paths.configMaps, accept: "text/html" })],
  },
  {
    name: "selectors that cannot be read",
    steps: [
      get(`${paths.configMaps}?labelSelector=a%3D%3D%3Db`),
      get(`${paths.configMaps}?labelSelector=${encodeURIComponent("a in (")}`),
      get(`${paths.configMaps}?fieldSelector=data.a%3Db`),
      get(`${paths.configMaps}?fieldSelector=x`),
      get(`${paths.configMaps}?labelSelector=${encodeURIComponent("-a=b")}`),
    ],
  },
  {
    name: "list parameters that cannot be read",
    steps: [
      get(`${paths.configMaps}?limit=x`),
      get(`${paths.configMaps}?continue=x`),
      get(`${paths.configMaps}?resourceVersion=x`),
      get(`${paths.configMaps}?resourceVersionMatch=Exact`),
      get(`${paths.configMaps}?resourceVersion=0&resourceVersionMatch=Exact`),
      get(`${paths.configMaps}?resourceVersionMatch=No&resourceVersion=1`),
    ],
  },
  {
    name: "dryRun and field manager that cannot be read",
    steps: [
      post(`${paths.configMaps}?dryRun=Some`, cm()),
      post(`${paths.configMaps}?fieldManager=${"x".repeat(129)}`, cm()),
      patch("apply", a, cm()),
      patch("merge", `${a}?force=true`, {}),
    ],
  },
  {
    name: "resourceVersion in a create",
    steps: [post(paths.configMaps, cm({ metadata: { name: "a", resourceVersion: "1" } }))],
  },
  {
    name: "no name",
    steps: [
      post(paths.configMaps, cm({ metadata: {} })),
      post(paths.configMaps, { apiVersion: "v1", kind: "ConfigMap" }),
    ],
  },
  {
    name: "delete options",
    steps: [
      post(paths.configMaps, cm()),
      remove(`${a}?propagationPolicy=No`),
      remove(a, { propagationPolicy: "No" }),
      remove(a, { orphanDependents: true, propagationPolicy: "Orphan" }),
      remove(`${a}?dryRun=All`),
      get(a),
      remove(`${a}?propagationPolicy=Background`),
    ],
  },
];
