import { isMap, type JsonMap, ownValue } from "../base/json.ts";
import type { CrdManifest, CrdVersion } from "./crd_manifest.ts";
import { childOf, flagOf, itemsOf, type MapEntry, type Node, textOf, toJson } from "./node.ts";

/** A CRD that entries of `spec.crds` describe themselves. */
export interface InlineCrd {
  /** The Katalog of the first entry. */
  readonly file: string;
  readonly crd: CrdManifest;
}

/**
 * The CRDs whose schemas stand in `apiTypes.schema`, in place of a file (ruling 102). Entries of one kind make one CRD,
 * with the versions of all; of what two entries say of a version the first counts. Entries without group, version, kind
 * or plural are left out.
 */
export function readInlineCrds(crds: ReadonlyMap<string, MapEntry>): InlineCrd[] {
  const kinds = new Map<string, InlineCrd>();
  for (const { value: entry } of crds.values()) {
    const apiTypes = childOf(entry, "apiTypes");
    const crd = apiTypes === undefined ? undefined : readInlineCrd(apiTypes, flagOf(childOf(entry, "namespaced")));
    if (crd === undefined) continue;
    const key = `${crd.kind}.${crd.group}`;
    const first = kinds.get(key);
    if (first === undefined) kinds.set(key, { file: apiTypes!.at.file, crd });
    else {
      const known = new Set(first.crd.versions.map(({ name }) => name));
      const versions = [...first.crd.versions, ...crd.versions.filter(({ name }) => !known.has(name))];
      kinds.set(key, { ...first, crd: { ...first.crd, versions } });
    }
  }
  return [...kinds.values()];
}

function readInlineCrd(apiTypes: Node, namespaced: boolean | undefined): CrdManifest | undefined {
  const read = (key: string): string | undefined => textOf(childOf(apiTypes, key));
  const [group, version, kind, plural] = [read("group"), read("version"), read("kind"), read("plural")];
  if (group === undefined || version === undefined || kind === undefined || plural === undefined) return undefined;
  if (childOf(apiTypes, "schema") === undefined) return undefined;
  const others = itemsOf(childOf(apiTypes, "versions")).flatMap((node) =>
    readVersion(node, textOf(childOf(node, "name")))
  );
  const own = readVersion(apiTypes, version).map((each) => ({
    ...each,
    storage: !others.some(({ storage }) => storage),
  }));
  return {
    group,
    kind,
    plural,
    singular: kind.toLowerCase(),
    namespaced: namespaced ?? true,
    versions: [...own, ...others],
  };
}

function readVersion(node: Node, name: string | undefined): CrdVersion[] {
  if (name === undefined) return [];
  const schema = childOf(node, "schema");
  const value = schema === undefined ? undefined : toJson(schema);
  return [{
    name,
    served: flagOf(childOf(node, "served")) ?? true,
    storage: flagOf(childOf(node, "storage")) ?? false,
    hasStatus: flagOf(childOf(node, "hasStatus")) ?? true,
    specReplicasPath: textOf(childOf(node, "specReplicasPath"))?.replace(/^\./, ""),
    selectableFields: itemsOf(childOf(node, "selectableFields")).map((item) => textOf(item) ?? ""),
    ...(isMap(value) ? { schema: value } : {}),
  }];
}

/** `apiTypes` of a version of a CRD, with what a file would say of it. Prose of the schema is left out. */
export function printInlineCrd(version: CrdVersion, others: readonly CrdVersion[]): JsonMap {
  const { specReplicasPath: replicas } = version;
  return {
    ...(replicas === undefined ? {} : { specReplicasPath: `.${replicas}` }),
    ...printVersion(version),
    ...(others.length === 0 ? {} : {
      versions: others.map((other) => ({
        name: other.name,
        ...(other.served ? {} : { served: false }),
        ...(other.storage ? { storage: true } : {}),
        ...printVersion(other),
      })),
    }),
  };
}

function printVersion({ schema, hasStatus, selectableFields }: CrdVersion): JsonMap {
  return {
    ...(hasStatus ? {} : { hasStatus: false }),
    ...(selectableFields.length === 0 ? {} : { selectableFields: [...selectableFields] }),
    ...(schema === undefined ? {} : { schema: withoutProse(schema) }),
  };
}

/** A structural schema (OpenAPI v3) without the descriptions: they can be most of 1 MiB, which a ConfigMap holds. */
function withoutProse(schema: JsonMap): JsonMap {
  return Object.fromEntries(
    Object.entries(schema).filter(([key]) => key !== "description").map(([key, value]) => {
      if (key === "properties" && isMap(value)) {
        return [key, Object.fromEntries(Object.keys(value).map((name) => [name, below(ownValue(value, name)!)]))];
      }
      return [key, key === "items" || key === "additionalProperties" ? below(value) : value];
    }),
  );
}

function below(value: JsonMap[string]): JsonMap[string] {
  return isMap(value) ? withoutProse(value) : value;
}
