import { formatDuration } from "../base/duration.ts";
import { isMap, type JsonMap, mapIn, ownValue } from "../base/json.ts";
import type { CrdEntry, Katalog } from "./model.ts";
import { printSecurity } from "./print_security.ts";
import { katalogApiVersion } from "./schema.ts";

/** The order in which the keys of an entry are printed. */
const entryKeys = [
  "apiTypes",
  "crdFile",
  "setup",
  "crFiles",
  "enabled",
  "description",
  "dependsOn",
  "formerNames",
  "mode",
  "namespaced",
  "namespace",
  "allowedNamespaces",
  "restrictedNamespaces",
  "deletionProtection",
  "labels",
  "labelSelector",
  "fieldSelector",
  "forceConflict",
  "normalize",
  "mutation",
  "validation",
  "webhooks",
  "conversion",
  "endpoints",
  "crossAccess",
  "operatorBox",
] as const;

const boxKeys = [
  "reconciler",
  "adopt",
  "deletionPolicy",
  "cross",
  "onCreate",
  "onReconcile",
  "onDelete",
  "status",
] as const;

/** The Katalog as one document in the one layout, with every default written out; loading it gives the same Katalog. */
export function printKatalog(katalog: Katalog): JsonMap {
  return {
    apiVersion: katalogApiVersion,
    kind: "Katalog",
    metadata: { ...katalog.metadata, name: printedName(katalog) },
    ...printSecurity(katalog),
    ...printProfiles(katalog),
    spec: { crds: Object.fromEntries(katalog.crds.map((crd) => [crd.name, printCrd(crd)])) },
  };
}

/** Those that a CR may choose; the others are in the entries that name them. */
function printProfiles({ crds }: Katalog): JsonMap {
  const all: Record<string, Record<string, JsonMap>> = {};
  for (const { profiles = {} } of crds) {
    for (const [of, named] of Object.entries(profiles)) all[of] = { ...all[of], ...named };
  }
  if (Object.keys(all).length === 0) return {};
  const lists = Object.entries(all).map(([of, named]) => [
    of,
    Object.entries(named).map(([name, fields]) => ({ name, ...fields })),
  ]);
  return { profiles: Object.fromEntries(lists) };
}

/** Several Katalogs come to one with the name of the first. */
function printedName(katalog: Katalog): string {
  const name = ownValue(katalog.metadata, "name");
  return typeof name === "string" ? name : katalog.name;
}

function printCrd(crd: CrdEntry): JsonMap {
  const { group, version, kind, plural, namespaced, guessed } = crd.type;
  const box = mapIn(crd.written, "operatorBox");
  const { mode: _onlyOne, ...written } = crd.written;
  return ordered(entryKeys, {
    ...written,
    // The core group has no name to write, and a guess is better left to be made again.
    apiTypes: {
      ...(group === "" ? {} : { group }),
      version,
      kind,
      ...(guessed === true ? {} : { plural }),
      ...inlineOf(mapIn(crd.written, "apiTypes")),
    },
    enabled: crd.enabled,
    namespaced,
    forceConflict: crd.forceConflict,
    endpoints: { ...crd.endpoints },
    // What is written lets other Runtimes read its objects, and what is not does not.
    ...(crd.crossAccess === crd.crossServed ? { crossAccess: crd.crossAccess } : {}),
    // With an operatorBox an entry that only describes a version would have a box.
    ...(crd.versionOnly ? {} : {
      operatorBox: ordered(boxKeys, {
        ...box,
        reconciler: printReconciler(crd, mapIn(box, "reconciler")),
        // Those of the whole Katalog are each entry's own here.
        ...(crd.finalizers.length === 0 ? {} : { finalizers: [...crd.finalizers] }),
        ...(crd.onDelete === undefined ? {} : { onDelete: printOnDelete(crd.onDelete, mapIn(box, "onDelete")) }),
      }),
    }),
  });
}

/** What `apiTypes` has in place of a `crdFile`. */
function inlineOf(
  { group: _group, version: _version, kind: _kind, plural: _plural, apiPath: _path, ...inline }: JsonMap,
) {
  return inline;
}

function printReconciler({ reconciler }: CrdEntry, written: JsonMap): JsonMap {
  const { workers, resyncMs, failureThreshold, retryBackoff } = reconciler;
  const { workers: _workers, resync: _resync, queue, ...rest } = written;
  return {
    workers,
    resync: formatDuration(resyncMs),
    queue: {
      ...(isMap(queue) ? queue : {}),
      failureThreshold,
      ...(retryBackoff === undefined ? {} : {
        retryBackoff: {
          initial: formatDuration(retryBackoff.initialMs),
          max: formatDuration(retryBackoff.maxMs),
          multiplier: retryBackoff.multiplier,
          maxAttempts: retryBackoff.maxAttempts,
        },
      }),
    },
    ...rest,
  };
}

function printOnDelete({ ordered, timeoutMs }: NonNullable<CrdEntry["onDelete"]>, written: JsonMap): JsonMap {
  return { ...written, ordered, timeout: formatDuration(timeoutMs) };
}

function ordered(keys: readonly string[], map: JsonMap): JsonMap {
  const known = keys.filter((key) => Object.hasOwn(map, key));
  const rest = Object.keys(map).filter((key) => !keys.includes(key));
  return Object.fromEntries([...known, ...rest].map((key) => [key, map[key]!]));
}
