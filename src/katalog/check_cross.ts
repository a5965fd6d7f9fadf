import type { JsonMap } from "../base/json.ts";
import { nearest } from "../base/suggest.ts";
import { isDnsLabel } from "../k8s/names.ts";
import { type Read, readsOf } from "./check_references.ts";
import { hintFor, isEnabled, maxHints } from "./check_dependencies.ts";
import type { CrdContext } from "./crd_context.ts";
import { aliasOf, type DeclaredCross, declaredCross, sourcesOf } from "./cross.ts";
import { childOf, keyPath, type Node, textOf } from "./node.ts";
import { losePath } from "./schema_path.ts";

/** Items of one box: each is asked whenever a CR is reconciled. */
const maxItems = 32;

/** Every item of `operatorBox.cross` names one enabled box that lets itself be observed, under a key of its own. */
export function crossSourcesAreBoxes(crds: readonly CrdContext[]): void {
  const boxes = new Map(crds.map((crd) => [crd.name, crd]));
  const entries = entriesOfAll(crds);
  let unknown = 0;
  for (const crd of crds) {
    const items = declaredCross(crd.entry);
    const aliases = new Map<string, DeclaredCross>();
    items.forEach((item, index) => {
      if (index === maxItems) {
        const place = `${crd.path}.operatorBox.cross`;
        crd.report.error(item.node.at, place, `${items.length} items; at most ${maxItems} are allowed`);
      }
      checkSelector(item, crd);
      if (item.source !== undefined) return checkAlias(item, [], aliases, crd); // what runs there is not ours to know
      const sources = sourcesOf(item, entries);
      const [name] = sources;
      if (name === undefined) {
        const hint = item.crd !== undefined && unknown++ < maxHints
          ? hintFor(item.crd.name, "", [...boxes.keys()])
          : undefined;
        reportUnknown(item, crd, hint);
      } else if (sources.length > 1) {
        const { at } = item.labelSelector!;
        const shown = sources.slice(0, 5).join(", ") + (sources.length > 5 ? ", …" : "");
        crd.report.error(
          at,
          `${crd.path}.${item.path}.labelSelector`,
          `The labelSelector of more than one entry has these labels: ${shown}`,
          "name the one that is meant, with crd",
        );
      } else checkAccess(item, crd, boxes.get(name)!);
      checkAlias(item, sources, aliases, crd);
    });
  }
}

function entriesOfAll(crds: readonly CrdContext[]): Map<string, Node> {
  return new Map(crds.map(({ name, entry }) => [name, entry]));
}

function reportUnknown({ crd: named, labelSelector, path }: DeclaredCross, crd: CrdContext, hint?: string): void {
  if (named !== undefined) {
    crd.report.error(named.at, `${crd.path}.${path}.crd`, `"${named.name}" is no entry of spec.crds`, hint);
  } else if (labelSelector !== undefined) {
    crd.report.error(
      labelSelector.at,
      `${crd.path}.${path}.labelSelector`,
      "No entry of spec.crds has a labelSelector with these labels",
      "name the entry that is meant, with crd",
    );
  }
}

function checkAccess({ crd: named, labelSelector, path }: DeclaredCross, crd: CrdContext, source: CrdContext): void {
  const at = named?.at ?? labelSelector!.at;
  const place = `${crd.path}.${path}.${named === undefined ? "labelSelector" : "crd"}`;
  const where = `${source.keyAt.file}, line ${source.keyAt.line}`;
  if (!source.crossAccess) {
    const hint = "remove the item, or let it be read with crossAccess: true on that entry";
    crd.report.error(at, place, `"${source.name}" (${where}) may not be read: crossAccess is false`, hint);
  } else if (isEnabled(crd) && !isEnabled(source)) {
    const hint = "enable it, or remove the item";
    crd.report.error(at, place, `"${source.name}" is disabled (${where}): its objects are never found`, hint);
  }
}

function checkAlias(
  item: DeclaredCross,
  sources: readonly string[],
  aliases: Map<string, DeclaredCross>,
  crd: CrdContext,
): void {
  const as = childOf(item.node, "as");
  const alias = aliasOf(item, sources);
  if (alias === undefined) return;
  const [at, place] = as === undefined
    ? [item.node.at, `${crd.path}.${item.path}`]
    : [as.at, `${crd.path}.${item.path}.as`];
  if (as !== undefined && !/^[A-Za-z_]\w*$/.test(alias)) {
    const hint = "use letters, digits and _, as templates can write it";
    return crd.report.error(at, place, `.cross.${alias} is no name that a template can read`, hint);
  }
  const first = aliases.get(alias);
  if (first === undefined) return void aliases.set(alias, item);
  const what = `.cross.${alias} is declared in line ${first.node.at.line} already`;
  crd.report.error(at, place, what, "give one of them another name, with as");
}

function checkSelector({ node, path }: DeclaredCross, { report, path: entry }: CrdContext): void {
  const selector = childOf(node, "selector");
  const namespace = childOf(selector, "namespace");
  const text = textOf(namespace)?.trim();
  if (namespace === undefined || text === undefined || text.includes("{{")) return;
  const place = `${entry}.${path}.selector.namespace`;
  if (text === "*") {
    if (childOf(selector, "matchLabels") !== undefined) return;
    report.error(namespace.at, place, 'The namespace "*" needs matchLabels: a name alone is not one object');
  } else if (!isDnsLabel(text)) {
    report.error(namespace.at, place, `"${text}" is no namespace`, 'with matchLabels, "*" stands for all of them');
  }
}

/** What `.cross.<as>` holds; `items` with `strategy: all`. */
const fields = ["found", "name", "namespace", "spec", "status", "labels", "annotations"];

/** Every path under `.cross` that is read begins with a declared key, and leads to a field of the source. */
export function crossReadsLeadSomewhere(crds: readonly CrdContext[]): void {
  const entries = entriesOfAll(crds);
  const boxes = new Map(crds.map((crd) => [crd.name, crd]));
  for (const crd of crds) {
    const declared = new Map<string, Declared>();
    for (const item of declaredCross(crd.entry)) {
      const sources = sourcesOf(item, entries);
      const alias = aliasOf(item, sources);
      const source = item.source !== undefined || sources.length !== 1 ? undefined : boxes.get(sources[0]!);
      if (alias !== undefined) declared.set(alias, { item, source });
    }
    for (const read of readsOf(crd)) if (read.path[0] === "cross") checkRead(read, declared, crd);
  }
}

interface Declared {
  readonly item: DeclaredCross;
  /** `undefined` where it is not known. */
  readonly source: CrdContext | undefined;
}

/** What is evaluated before `.cross` is there (ruling 8), within an entry. */
const before = ["normalize", "mutation", "validation", "operatorBox.cross", "operatorBox.reconciler.queue"];

function checkRead(read: Read, declared: ReadonlyMap<string, Declared>, crd: CrdContext): void {
  const { report } = crd;
  const error = (message: string, hint?: string): void => report.error(read.at, read.from, message, hint);
  const [, alias, ...rest] = read.path;
  if (before.some((key) => isWithin(read.from, keyPath(crd.path, ...key.split("."))))) {
    return error(".cross is always empty here", "normalize, mutation, validation and the queue see the object alone");
  }
  const known = [...declared.keys()];
  if (alias === undefined || alias === "") {
    if (known.length === 0) error(".cross is always empty: operatorBox.cross declares nothing");
    return;
  }
  const found = declared.get(alias);
  if (found === undefined) {
    const near = nearest(alias, known);
    const hint = near !== undefined
      ? `did you mean .cross.${near}?`
      : known.length === 0
      ? "name its source, selector and as there"
      : `there is ${known.slice(0, 16).join(", ")}`;
    return error(`.cross.${alias} is not declared in operatorBox.cross`, hint);
  }
  checkField(`.cross.${alias}`, rest, found, error);
}

function isWithin(path: string, outer: string): boolean {
  return path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}

function checkField(
  prefix: string,
  path: readonly string[],
  { item, source }: Declared,
  error: (message: string, hint?: string) => void,
): void {
  const [field] = path;
  if (field === undefined) return;
  const all = textOf(childOf(item.node, "strategy")) === "all";
  if (field === "items" && all) {
    const [, index, ...rest] = path;
    if (index === undefined || !/^\d+$/.test(index)) return;
    return checkObject(`${prefix}.items.${index}`, rest, fields.slice(1), source, error);
  }
  if (field === "items") return error(`${prefix}.items is not there`, "it needs strategy: all");
  checkObject(prefix, path, all ? [...fields, "items"] : fields, source, error);
}

function checkObject(
  prefix: string,
  path: readonly string[],
  known: readonly string[],
  source: CrdContext | undefined,
  error: (message: string, hint?: string) => void,
): void {
  const [field] = path;
  if (field === undefined) return;
  if (!known.includes(field)) {
    const near = nearest(field, known);
    return error(
      `${prefix}.${field} is always empty`,
      near === undefined ? `there is ${known.join(", ")}` : `did you mean ${prefix}.${near}?`,
    );
  }
  const schema: JsonMap | undefined = source?.known?.schema;
  if (schema === undefined || (field !== "spec" && field !== "status")) return;
  const lost = losePath(schema, path);
  if (lost === undefined) return;
  const name = path[lost.at]!;
  const at = [prefix, ...path.slice(0, lost.at)].join(".");
  if (lost.scalar !== undefined) {
    return error(`${at} is of the type ${lost.scalar} in the CRD of "${source!.name}": it has no "${name}"`);
  }
  const near = nearest(name, lost.known);
  const few = lost.known.length > 0 && lost.known.length <= 12 ? `there is ${lost.known.join(", ")}` : undefined;
  error(
    `${at}.${name} is not in the schema of "${source!.name}"`,
    near === undefined ? few : `did you mean ${at}.${near}?`,
  );
}
