import { freeze } from "../../base/freeze.ts";
import { isMap, type Json, type JsonMap, ownValue, setOwn, stringifyJson } from "../../base/json.ts";
import { type Katalog, printKatalog, redactEntry } from "../../katalog/mod.ts";

/** The Katalog as the HTTP API shows it: literals that may be secrets are left out of it. */
export interface KatalogDocuments {
  /** `metadata` of the first file. */
  readonly metadata: JsonMap;
  /** As written: the document, or a `List` of them where there are several files. */
  readonly raw: JsonMap;
  /** In the one layout, with every default. */
  readonly enriched: JsonMap;
  /** Where the settings of each CRD entry come from, by its key. */
  readonly sources: Readonly<Record<string, SettingSources>>;
  /** `openAPIV3Schema` of the type of each CRD entry, by its key; absent where it is not known, or too large. */
  readonly schemas?: Readonly<Record<string, JsonMap>>;
}

/** Largest schema that is shown, in UTF-16 code units of JSON text. */
const maxSchema = 1024 * 1024;

export type SettingSource = "default" | "configured";

export interface SettingSources {
  readonly workers: SettingSource;
  readonly resync: SettingSource;
}

/** What is shown of a Katalog, from what the loader returned for it. */
export function katalogDocuments(katalog: Katalog, written: readonly JsonMap[]): KatalogDocuments {
  const hidden = new Set(
    katalog.crds.filter(({ endpoints }) => !endpoints.enabled || !endpoints.info).map(({ name }) => name),
  );
  const documents = written.map((document) => redactDocument(document, hidden));
  const [first] = documents;
  const raw = first !== undefined && documents.length === 1
    ? first
    : { apiVersion: "v1", kind: "List", items: documents };
  const sources = Object.fromEntries(katalog.crds.map((crd) => {
    const box = ownValue(crd.written, "operatorBox");
    const reconciler = isMap(box) ? ownValue(box, "reconciler") : undefined;
    const sourceOf = (key: string): SettingSource =>
      isMap(reconciler) && Object.hasOwn(reconciler, key) ? "configured" : "default";
    return [crd.name, { workers: sourceOf("workers"), resync: sourceOf("resync") }];
  }));
  const enriched = redactDocument(printKatalog(katalog), hidden);
  return freeze({ metadata: katalog.metadata, raw, enriched, sources, schemas: schemasOf(katalog, hidden) });
}

/** They are what the API server publishes of a CRD, and have no value of an object. */
function schemasOf({ crds }: Katalog, hidden: ReadonlySet<string>): Record<string, JsonMap> {
  return Object.fromEntries(crds.flatMap(({ name, type, definition }): [string, JsonMap][] => {
    const schema = definition?.versions.find((one) => one.name === type.version)?.schema;
    const isShown = schema !== undefined && !hidden.has(name) && stringifyJson(schema).length <= maxSchema;
    return isShown ? [[name, schema]] : [];
  }));
}

/** The entry of a CRD in a document, or in a `List` of them. */
export function entryOf(document: JsonMap, crd: string): Json | undefined {
  const items = ownValue(document, "items");
  for (const one of Array.isArray(items) ? items : [document]) {
    const crds = isMap(one) ? crdsOf(one) : undefined;
    if (crds !== undefined && Object.hasOwn(crds, crd)) return crds[crd];
  }
  return undefined;
}

function crdsOf(document: JsonMap): JsonMap | undefined {
  const spec = ownValue(document, "spec");
  const crds = isMap(spec) ? ownValue(spec, "crds") : undefined;
  return isMap(crds) ? crds : undefined;
}

/** Entry by entry: a key under `crds` is a name, whatever it is. */
function redactDocument(document: JsonMap, hidden: ReadonlySet<string>): JsonMap {
  const crds = crdsOf(document);
  const redacted: JsonMap = {};
  for (const [key, value] of Object.entries(document)) {
    if (key !== "spec" || crds === undefined || !isMap(value)) {
      setOwn(redacted, key, redactEntry(value));
      continue;
    }
    const shown: JsonMap = {};
    for (const [name, entry] of Object.entries(crds)) if (!hidden.has(name)) setOwn(shown, name, redactEntry(entry));
    const { crds: _crds, ...rest } = value;
    setOwn(redacted, "spec", { ...redactEntry(rest) as JsonMap, crds: shown });
  }
  return redacted;
}
