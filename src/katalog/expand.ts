import { isMap, type Json, type JsonMap, mapIn, ownValue } from "../base/json.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { printInlineCrd } from "./inline_crd.ts";
import type { CrdEntry, Katalog, ResourceEntry } from "./model.ts";
import { printKatalog } from "./print.ts";

/**
 * The Katalog as one document that needs no other file (ruling 102): `apiTypes` has what `crdFile` said, and the CRs to
 * start with are left out. Loading it gives the same Plan, but for places.
 */
export function expandKatalog(katalog: Katalog): JsonMap {
  return withEntries(katalog, expandCrd);
}

/**
 * The same for a process that has an environment of its own: it completes what the Katalog leaves out of a reconciler.
 */
export function portableKatalog(katalog: Katalog): JsonMap {
  return withEntries(katalog, (crd, printed) => withoutDefaults(expandCrd(crd, printed), crd));
}

function withEntries(katalog: Katalog, of: (crd: CrdEntry, printed: JsonMap) => JsonMap): JsonMap {
  const printed = printKatalog(katalog);
  const crds = mapIn(mapIn(printed, "spec"), "crds");
  return {
    ...printed,
    spec: { crds: Object.fromEntries(katalog.crds.map((crd) => [crd.name, of(crd, mapIn(crds, crd.name))])) },
  };
}

function expandCrd(crd: CrdEntry, printed: JsonMap): JsonMap {
  const { crdFile: _crdFile, crFiles: _crFiles, setup: _setup, ...entry } = printed;
  const { apiTypes, operatorBox, ...rest } = entry;
  return {
    apiTypes: { ...(isMap(apiTypes) ? apiTypes : {}), ...inlineCrd(crd) },
    ...rest,
    ...(isMap(operatorBox) ? { operatorBox: withScopes(operatorBox, crd) } : {}),
  };
}

function withoutDefaults(entry: JsonMap, { written }: CrdEntry): JsonMap {
  const { operatorBox, ...rest } = entry;
  if (!isMap(operatorBox)) return entry;
  const { reconciler: _reconciler, ...box } = operatorBox;
  const own = mapIn(mapIn(written, "operatorBox"), "reconciler");
  return { ...rest, operatorBox: Object.keys(own).length === 0 ? box : { reconciler: own, ...box } };
}

function inlineCrd({ type, definition, conversion }: CrdEntry): JsonMap {
  const own = definition?.versions.find(({ name }) => name === type.version);
  if (definition === undefined || own?.schema === undefined) return {};
  const others = definition.versions.filter((version) => version !== own);
  // Schemas of other versions are for conversion alone.
  const known = conversion === undefined ? others.map(({ schema: _schema, ...version }) => version) : others;
  return { plural: type.plural, ...printInlineCrd(own, known) };
}

/** That a kind of `custom` children is cluster-scoped may be known from a CRD alone: the entry says it itself. */
function withScopes(box: JsonMap, { onCreate, onReconcile, onDelete }: CrdEntry): JsonMap {
  const result: JsonMap = { ...box };
  const blocks = { onCreate: onCreate.entries, onReconcile: onReconcile.entries };
  for (const [name, entries] of Object.entries(blocks)) {
    const block = ownValue(box, name);
    if (isMap(block)) result[name] = withScopesOf(block, entries);
  }
  const deletion = ownValue(box, "onDelete");
  if (!isMap(deletion) || onDelete === undefined) return result;
  const groups = ownValue(deletion, "groups");
  result["onDelete"] = Array.isArray(groups)
    ? { ...deletion, groups: groups.map((group, i) => withScopesOf(group, onDelete.groups[i]?.entries ?? [])) }
    : withScopesOf(deletion, onDelete.groups[0]?.entries ?? []);
  return result;
}

function withScopesOf(block: Json, entries: readonly ResourceEntry[]): JsonMap {
  if (!isMap(block)) return {};
  const custom = ownValue(block, "custom");
  if (!Array.isArray(custom)) return block;
  return {
    ...block,
    custom: custom.map((item, i) => {
      const type = entries.find(({ shorthand, index }) => shorthand === "custom" && index === i)?.type;
      const isClusterScoped = type !== undefined && !type.namespaced &&
        builtInType(type.kind, type.group) === undefined;
      const metadata = isMap(item) ? ownValue(item, "metadata") : undefined;
      return isClusterScoped && isMap(item)
        ? { ...item, metadata: { ...(isMap(metadata) ? metadata : {}), namespaced: false } }
        : item;
    }),
  };
}
