import { stringifyJson } from "../../base/json.ts";
import { sha256Hex } from "../../base/sha256.ts";
import type { Registry } from "../registry.ts";
import type { Resource, ResourceVersion } from "../resource.ts";
import { compareVersions } from "../version_order.ts";

/** The version that the sandbox claims to be: the Kubernetes whose behaviour it follows. */
export const serverVersion = {
  major: "1",
  minor: "37",
  gitVersion: "v1.37.2",
  gitCommit: "",
  gitTreeState: "archive",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "",
  platform: "linux/amd64",
};

const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const customVerbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const subresourceVerbs = ["get", "patch", "update"];

interface Versioned {
  readonly version: string;
  readonly types: ResourceVersion[];
}

/** Namespaces are deleted one by one. */
export function verbsOf(resource: Resource): readonly string[] {
  if (resource.storageKey === "namespaces.") return verbs.filter((verb) => verb !== "deletecollection");
  return resource.custom ? customVerbs : verbs;
}

/** Groups with their versions, preferred first; "" is the core group. */
function groupsOf(registry: Registry): Map<string, Versioned[]> {
  const groups = new Map<string, Versioned[]>();
  for (const resource of registry.resources) {
    for (const type of resource.versions) {
      let versions = groups.get(type.group);
      if (versions === undefined) groups.set(type.group, versions = []);
      let versioned = versions.find((each) => each.version === type.version);
      if (versioned === undefined) versions.push(versioned = { version: type.version, types: [] });
      versioned.types.push(type);
    }
  }
  for (const versions of groups.values()) versions.sort((a, b) => compareVersions(b.version, a.version));
  return groups;
}

/** Serves a discovery path; `undefined` when it is none. `aggregated`: the client requested the aggregated form. */
export function discover(registry: Registry, path: string, aggregated: boolean): string | undefined {
  const parts = path.replace(/\/$/, "").split("/").slice(1);
  const groups = groupsOf(registry);
  if (parts[0] === "api" && parts.length === 1) {
    if (aggregated) return aggregate(new Map([["", groups.get("")!]]));
    return stringifyJson({
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: "127.0.0.1" }],
    });
  }
  if (parts[0] === "api" && parts.length === 2) return resourceList(groups.get("")!, "", parts[1]!);
  if (parts[0] !== "apis") return undefined;
  const named = new Map([...groups].filter(([group]) => group !== ""));
  if (parts.length === 1) {
    if (aggregated) return aggregate(named);
    return stringifyJson({
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: [...named].map(([name, all]) => groupOf(name, all)),
    });
  }
  const versions = named.get(parts[1]!);
  if (versions === undefined) return undefined;
  if (parts.length === 2) return stringifyJson({ kind: "APIGroup", apiVersion: "v1", ...groupOf(parts[1]!, versions) });
  return parts.length === 3 ? resourceList(versions, parts[1]!, parts[2]!) : undefined;
}

/** Tells clients that a kind is stored in another form than before (`discovery.StorageVersionHash`). */
function storageVersionHash({ storage, kind }: Resource): string {
  const hex = sha256Hex(`${storage.group}/${storage.version}/${kind}`).slice(0, 16);
  return btoa(String.fromCharCode(...hex.match(/../g)!.map((byte) => Number.parseInt(byte, 16))));
}

function groupOf(name: string, versions: readonly Versioned[]) {
  const all = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
}

function resourceList(versions: readonly Versioned[], group: string, version: string): string | undefined {
  const found = versions.find((each) => each.version === version);
  if (found === undefined) return undefined;
  const resources = found.types.flatMap((type) => {
    const { resource } = type;
    const base = {
      name: resource.plural,
      singularName: resource.singular,
      namespaced: resource.namespaced,
      kind: resource.kind,
      verbs: verbsOf(resource),
      ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
      ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
      storageVersionHash: storageVersionHash(resource),
    };
    const sub = (name: string, kind: string, more = {}) => ({
      name: `${resource.plural}/${name}`,
      singularName: "",
      namespaced: resource.namespaced,
      ...more,
      kind,
      verbs: subresourceVerbs,
    });
    return [
      base,
      ...(type.hasStatus ? [sub("status", resource.kind)] : []),
      ...(type.scale === undefined ? [] : [sub("scale", "Scale", { group: "autoscaling", version: "v1" })]),
    ];
  });
  const groupVersion = group === "" ? version : `${group}/${version}`;
  return stringifyJson({ kind: "APIResourceList", apiVersion: "v1", groupVersion, resources });
}

/** The aggregated form that kubectl requests first (`apidiscovery.k8s.io/v2` APIGroupDiscoveryList). */
function aggregate(groups: Map<string, Versioned[]>): string {
  return stringifyJson({
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: [...groups].map(([name, versions]) => ({
      metadata: name === "" ? {} : { name },
      versions: versions.map(({ version, types }) => ({
        version,
        freshness: "Current",
        resources: types.map((type) => discovered(type.resource, type)),
      })),
    })),
  });
}

function discovered(resource: Resource, type: ResourceVersion) {
  const kind = { group: type.group, version: type.version, kind: resource.kind };
  const subresources = [
    ...(type.scale === undefined ? [] : [{
      subresource: "scale",
      responseKind: { group: "autoscaling", version: "v1", kind: "Scale" },
      verbs: subresourceVerbs,
    }]),
    ...(type.hasStatus ? [{ subresource: "status", responseKind: kind, verbs: subresourceVerbs }] : []),
  ];
  return {
    resource: resource.plural,
    responseKind: kind,
    scope: resource.namespaced ? "Namespaced" : "Cluster",
    singularResource: resource.singular,
    verbs: verbsOf(resource),
    ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
    ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}
