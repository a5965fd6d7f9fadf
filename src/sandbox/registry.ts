import { type JsonMap, setOwn } from "../base/json.ts";
import { apiVersionOf } from "../k8s/object.ts";
import { builtInTypes } from "../k8s/resource_types.ts";
import { convertAutoscaler } from "./kinds/autoscaler_versions.ts";
import { catalogued } from "./kinds/catalog.ts";
import { convertEvent } from "./kinds/events.ts";
import type { Resource, ResourceVersion, ScalePaths } from "./resource.ts";
import { builtInSchema } from "./schema/builtin.ts";

/** Everything that is served: built-in kinds, and custom ones as their definitions come and go. */
export class Registry {
  readonly #byPath = new Map<string, ResourceVersion>();
  readonly #resources = new Map<string, Resource>();
  /** Grows with every change; discovery documents are cached by it. */
  generation = 0;
  readonly #onChange: ((resource: Resource) => void)[] = [];

  constructor() {
    for (const resource of builtInResources()) this.add(resource);
  }

  /** The resource behind `/apis/<group>/<version>/<plural>`. */
  find(group: string, version: string, plural: string): ResourceVersion | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  /** The preferred version of a kind, at any version of its group or at the given one. */
  findKind(group: string, kind: string, version?: string): ResourceVersion | undefined {
    for (const resource of this.#resources.values()) {
      if (resource.kind !== kind) continue;
      const found = resource.versions.find((each) =>
        each.group === group && (version === undefined || each.version === version)
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Calls `listener` with every resource that is taken out or replaced. */
  onRemoved(listener: (resource: Resource) => void): void {
    this.#onChange.push(listener);
  }

  /** The resource by its key, `<plural>.<group>`. */
  get(key: string): Resource | undefined {
    return this.#resources.get(key);
  }

  /** Whether anything of a group is served. */
  hasGroup(group: string): boolean {
    for (const resource of this.#resources.values()) if (resource.group === group) return true;
    return false;
  }

  get resources(): Iterable<Resource> {
    return this.#resources.values();
  }

  /** Adds a resource, or puts it in the place of the one with the same plural and group. */
  add(resource: Resource): void {
    this.remove(`${resource.plural}.${resource.group}`);
    this.#resources.set(`${resource.plural}.${resource.group}`, resource);
    for (const version of resource.versions) {
      this.#byPath.set(`${version.group}/${version.version}/${resource.plural}`, version);
    }
    this.generation++;
  }

  /** Takes a resource out; `key` is `<plural>.<group>`. */
  remove(key: string): void {
    const resource = this.#resources.get(key);
    if (resource === undefined) return;
    this.#resources.delete(key);
    for (const version of resource.versions) {
      this.#byPath.delete(`${version.group}/${version.version}/${resource.plural}`);
    }
    this.generation++;
    for (const listener of this.#onChange) listener(resource);
  }
}

const scalePaths: ScalePaths = {
  specReplicas: ["spec", "replicas"],
  statusReplicas: ["status", "replicas"],
  selector: ["spec", "selector"],
};

function builtInResources(): Resource[] {
  const resources = builtInTypes.map((type) => {
    const { shortNames, categories, subresources } = catalogued(type.group, type.plural);
    const versions: ResourceVersion[] = [];
    const resource: Resource = {
      group: type.group,
      kind: type.kind,
      listKind: `${type.kind}List`,
      plural: type.plural,
      singular: type.kind.toLowerCase(),
      shortNames,
      categories,
      namespaced: type.namespaced,
      custom: false,
      versions,
      get storage() {
        return storageOf(resource, resources);
      },
      storageKey: type.kind === "Event" ? "events." : `${type.plural}.${type.group}`,
      convert: converterOf(type.kind),
      read: converterOf(type.kind),
      write: (object) => resource.convert(object, resource.storage),
    };
    for (const version of type.kind === "HorizontalPodAutoscaler" ? ["v2", "v1"] : [type.version]) {
      versions.push({
        resource,
        group: type.group,
        version,
        apiVersion: apiVersionOf({ group: type.group, version }),
        schema: builtInSchema(type.group, version, type.kind),
        hasStatus: subresources.includes("status"),
        ...(subresources.includes("scale") ? { scale: scalePaths } : {}),
        columns: [],
      });
    }
    return resource;
  });
  return resources;
}

/** Kinds that share a collection are all kept as the first of them: Events as those of the core group. */
function storageOf(resource: Resource, all: readonly Resource[]): ResourceVersion {
  return all.find(({ storageKey }) => storageKey === resource.storageKey)!.versions[0]!;
}

function converterOf(kind: string): Resource["convert"] {
  if (kind === "Event") return (object, version) => convertEvent(object, version.apiVersion);
  if (kind === "HorizontalPodAutoscaler") return (object, version) => convertAutoscaler(object, version.apiVersion);
  return convertByName;
}

/** Conversion strategy `None`: only the name of the version changes. */
export function convertByName(object: JsonMap, version: ResourceVersion): JsonMap {
  if (object["apiVersion"] === version.apiVersion) return object;
  const out: JsonMap = { ...object };
  setOwn(out, "apiVersion", version.apiVersion);
  return out;
}
