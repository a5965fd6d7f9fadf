import { loose, type Scenario } from "../exchange.ts";
import { get, patch, paths, post, remove, selector, template } from "./steps.ts";
import { a as widgetPath, definitions, group, root, status, widget, withDefinition } from "./widgets.ts";

const a = `${paths.configMaps}/a`;
const held = { metadata: { name: "a", finalizers: ["example.com/hold"] } };
const otherUid = "11111111-1111-1111-1111-111111111111";
const dryRun = ["All"];

export const deletes: readonly Scenario[] = [
  {
    name: "preconditions",
    steps: [
      remove(a, { preconditions: { uid: otherUid } }),
      post(paths.configMaps, { metadata: { name: "a" } }),
      remove(a, { preconditions: { uid: otherUid } }),
      remove(a, { dryRun, preconditions: { uid: otherUid } }),
      loose(remove(a, { preconditions: { uid: "{uid:1}", resourceVersion: "1" } })),
      loose(remove(a, { preconditions: { uid: otherUid, resourceVersion: "{rv:1}" } })),
      remove(a, { dryRun, preconditions: { uid: "{uid:1}", resourceVersion: "{rv:1}" } }),
      remove(a, { preconditions: { uid: "{uid:1}", resourceVersion: "{rv:1}" } }),
      get(a),
      remove(a, { preconditions: { uid: "{uid:1}" } }),
    ],
  },
  {
    name: "preconditions that are empty, and of a state that is past",
    steps: [
      post(paths.configMaps, { metadata: { name: "a" } }),
      patch("merge", a, { data: { a: "1" } }),
      loose(remove(a, { preconditions: { resourceVersion: "{rv:0}" } })),
      loose(remove(a, { preconditions: { uid: "" } })),
      loose(remove(a, { preconditions: { resourceVersion: "" } })),
      remove(a, { preconditions: {} }),
    ],
  },
  {
    name: "preconditions of an object that is on its way out",
    steps: [
      post(paths.configMaps, held),
      remove(a, { preconditions: { uid: "{uid:0}", resourceVersion: "{rv:0}" } }),
      loose(remove(a, { preconditions: { resourceVersion: "{rv:0}" } })),
      remove(a, { preconditions: { uid: otherUid } }),
      remove(a, { preconditions: { uid: "{uid:0}", resourceVersion: "{rv:1}" } }),
      patch("merge", a, { metadata: { finalizers: null } }),
    ],
  },
  {
    name: "preconditions of a Deployment and a Namespace",
    steps: [
      {
        ...post(paths.deployments, { metadata: { name: "a" }, spec: { replicas: 0, selector, template: template() } }),
        quiet: true,
      },
      remove(`${paths.deployments}/a`, { preconditions: { uid: otherUid } }),
      remove(`${paths.deployments}/a`, { preconditions: { uid: "{uid:0}" } }),
      { ...post("/api/v1/namespaces", { metadata: { name: "{ns}-p" } }), quiet: true },
      remove("/api/v1/namespaces/{ns}-p", { preconditions: { uid: otherUid } }),
      { ...remove("/api/v1/namespaces/{ns}-p", { preconditions: { uid: "{uid:3}" } }), quiet: true },
    ],
  },
  withDefinition("preconditions of a custom resource", { schema: status }, [
    remove(`${definitions}/widgets.${group}`, { preconditions: { uid: otherUid } }),
    post(root, widget({ a: 1 })),
    remove(widgetPath, { preconditions: { uid: otherUid } }),
    loose(remove(widgetPath, { preconditions: { uid: "{uid:3}", resourceVersion: "1" } })),
    remove(widgetPath, { preconditions: { uid: "{uid:3}", resourceVersion: "{rv:3}" } }),
  ]),
  {
    name: "a body takes the place of the query",
    steps: [
      post(paths.configMaps, held),
      remove(`${a}?propagationPolicy=Foreground`, {}),
      remove(`${a}?propagationPolicy=Orphan`, { propagationPolicy: "Background" }),
      { ...patch("merge", a, { metadata: { finalizers: null } }), quiet: true },
      post(paths.configMaps, { metadata: { name: "a" } }),
      remove(`${a}?dryRun=All`),
      remove(`${a}?dryRun=All`, {}),
      get(a),
    ],
  },
  {
    name: "dry runs",
    steps: [
      post(paths.configMaps, { metadata: { name: "a" } }),
      remove(a, { dryRun }),
      remove(a, { dryRun, propagationPolicy: "Foreground" }),
      remove(a, { dryRun, propagationPolicy: "Background" }),
      get(a),
      remove(a),
      post(paths.configMaps, held),
      remove(a, { dryRun }),
      get(a),
      remove(a),
      remove(a, { dryRun }),
      patch("merge", a, { metadata: { finalizers: null } }),
    ],
  },
  {
    name: "orphaning marks",
    steps: [
      post(paths.configMaps, held),
      remove(a, { dryRun, propagationPolicy: "Orphan" }),
      get(a),
      remove(a, { propagationPolicy: "Orphan" }),
      { ...patch("merge", a, { metadata: { finalizers: null } }), quiet: true },
    ],
  },
  {
    name: "orphaning, the former way",
    steps: [
      post(paths.configMaps, held),
      remove(a, { orphanDependents: true }),
      { ...patch("merge", a, { metadata: { finalizers: null } }), quiet: true },
    ],
  },
];
