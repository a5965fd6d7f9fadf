import type { Scenario } from "../exchange.ts";
import { get, paths, post, remove } from "./steps.ts";

const cm = (name: string, labels: object) =>
  post(paths.configMaps, { metadata: { name, labels: { set: "one", ...labels } }, data: { name } });
const three = [cm("a", { app: "x" }), cm("b", { app: "y" }), cm("c", {})];
const list = (query: string) => get(`${paths.configMaps}?${query}`);
const select = (selector: string) => list(`labelSelector=${encodeURIComponent(`set=one,${selector}`)}`);

export const lists: readonly Scenario[] = [
  {
    name: "items and their kinds",
    steps: [
      ...three,
      list("labelSelector=set"),
      get(`${paths.configMaps}/a`),
      get(`/api/v1/namespaces/{ns}/podtemplates`),
    ],
  },
  {
    name: "label selectors",
    steps: [
      ...three,
      select("app=x"),
      select("app!=x"),
      select("app in (x,y)"),
      select("app notin (x)"),
      select("app"),
      select("!app"),
      select("app==y"),
      list("labelSelector=set%3Done,app%20in%20(x)&fieldSelector=metadata.name%3Da"),
    ],
  },
  {
    name: "field selectors",
    steps: [
      ...three,
      list("fieldSelector=metadata.name%3Db"),
      list("fieldSelector=metadata.name!%3Dkube-root-ca.crt,metadata.name!%3Da"),
      get("/api/v1/configmaps?fieldSelector=metadata.namespace%3D{ns},metadata.name%3Dc"),
    ],
  },
  {
    name: "delete a collection",
    steps: [...three, remove(`${paths.configMaps}?labelSelector=app`), list("labelSelector=set")],
  },
  {
    name: "events by what they are about",
    steps: [
      post(paths.events, {
        metadata: { name: "e1" },
        involvedObject: { kind: "ConfigMap", name: "a", namespace: "{ns}", uid: "u1" },
        reason: "R",
        type: "Normal",
      }),
      post(paths.events, {
        metadata: { name: "e2" },
        involvedObject: { kind: "Secret", name: "a", namespace: "{ns}" },
        reason: "S",
        type: "Warning",
      }),
      get(`${paths.events}?fieldSelector=involvedObject.kind%3DConfigMap,involvedObject.name%3Da`),
      get(`${paths.events}?fieldSelector=type%3DWarning`),
      get(`${paths.events}?fieldSelector=reason%3DR,involvedObject.uid%3Du1`),
      get(`/apis/events.k8s.io/v1/namespaces/{ns}/events/e2`),
      get(`/apis/events.k8s.io/v1/namespaces/{ns}/events?fieldSelector=regarding.kind%3DSecret`),
    ],
  },
  {
    name: "metadata only",
    steps: [three[0]!, {
      method: "GET",
      path: `${paths.configMaps}/a`,
      accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
    }, {
      method: "GET",
      path: `${paths.configMaps}?labelSelector=set`,
      accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    }],
  },
];
