import { parseFieldPath, printFieldPath } from "../base/field_path.ts";
import { literalOrigin } from "../base/http_url.ts";
import { ownValue } from "../base/json.ts";
import type { BoxPlan, EntryPlan, Plan } from "../plan/mod.ts";
import { outputs, parseTemplate, type Template, templateParts } from "../template/mod.ts";

/** A value of a CR that its author writes. */
export interface Author {
  /** Key in `spec.crds` of the kind; the key of the source for a CR of another Runtime. */
  readonly crd: string;
  /** From the root of the CR; `[]` is any item. Empty: the CR as a whole. */
  readonly path: readonly string[];
}

/** Who decides what a text of a Katalog renders to. */
export interface Decided {
  /** Values of CRs that reach the text; none: the Katalog decides it. */
  readonly authors: readonly Author[];
  /** It begins or ends with a text of the Katalog, whatever the CR says. */
  readonly fixed: boolean;
  /** It keeps the type of a value, so it may be a map or a list. */
  readonly keepsType: boolean;
  /** The only path that it reads, as it stands. */
  readonly field?: readonly string[] | undefined;
}

/** Where a text stands: what templates read depends on it. */
export interface Scope {
  readonly plan: Plan;
  readonly box: BoxPlan;
  readonly entry?: EntryPlan | undefined;
}

/** Steps from a value to what it was made of; what lies further counts as written by the author. */
const maxSteps = 20;

/** The text of a place: who decides it. Texts were parsed by the loader. */
export function decidedBy(text: string, scope: Scope): Decided {
  if (!text.includes("{{")) return { authors: [], fixed: true, keepsType: false };
  const template = parseTemplate(text);
  const { fixed } = outputs(template);
  return {
    authors: authorsOf(template, scope, 0),
    fixed,
    keepsType: template.soleExpression,
    field: fieldOf(template),
  };
}

/** `spec.namespace`, with the kind of the CR where it is another one. */
export function authorText({ crd, path }: Author, { name }: BoxPlan): string {
  const field = path.length === 0 ? "the whole CR" : printFieldPath(path).replaceAll('["[]"]', "[]");
  return crd === name ? field : `${field} of ${crd}`;
}

function fieldOf(template: Template): readonly string[] | undefined {
  const [part, ...more] = templateParts(template) ?? [];
  return part?.kind === "field" && more.length === 0 ? part.path : undefined;
}

function authorsOf(template: Template, scope: Scope, steps: number): Author[] {
  const authors = outputs(template).paths.flatMap((path) => resolve(path, scope, steps));
  return [...new Map(authors.map((author) => [JSON.stringify(author), author])).values()];
}

/** The values that a path of the template data holds. */
function resolve(path: readonly string[], scope: Scope, steps: number): Author[] {
  const { box, entry } = scope;
  const [root, ...rest] = path;
  const written: Author[] = [{ crd: box.name, path }];
  if (root === undefined || steps > maxSteps) return written;
  const forEach = entry?.forEach;
  if (forEach !== undefined && (root === "item" || root === "value" || root === forEach.as)) {
    const list = parseFieldPath(forEach.field) ?? [forEach.field];
    return resolve([...list, "[]", ...rest], { ...scope, entry: undefined }, steps + 1);
  }
  switch (root) {
    case "spec":
      return ofSpec(path, scope, steps);
    case "metadata":
      // Namespaces are granted by RBAC; the others are written by the API server.
      return rest.length === 0 || authored.has(rest[0]!) ? written : [];
    case "status":
      // Without the subresource the author of a CR writes it like the spec.
      return box.writesStatus ? ofStatus(rest, scope, steps) : written;
    case "cross":
      return ofCross(rest, scope, steps);
    case "external":
      return ofExternal(rest[0], scope, steps);
    default:
      // `.children` are objects that the Katalog declares; `.index` is a number.
      return [];
  }
}

/** Fields of `metadata` that a client writes as it likes. */
const authored: ReadonlySet<string> = new Set([
  "name",
  "generateName",
  "labels",
  "annotations",
  "finalizers",
  "ownerReferences",
]);

/** What `normalize` and `mutation` set is the Katalog's, where they always set it. */
function ofSpec(path: readonly string[], scope: Scope, steps: number): Author[] {
  const { box } = scope;
  const written: Author = { crd: box.name, path };
  const normalized = box.normalize.findLast((rule) => covers(["spec", ...rule.path], path));
  if (normalized !== undefined) {
    const template = parseTemplate(normalized.value.text);
    // A sole expression may be absent, and then the field stays what it was.
    const stays = template.soleExpression ? [written] : [];
    // Every template of `normalize` sees the CR as it is stored.
    const stored = { ...scope, box: { ...box, normalize: [], mutation: [] }, entry: undefined };
    return [...authorsOf(template, stored, steps + 1), ...stays];
  }
  const set = box.mutation.findLast((rule) =>
    rule.mode === "override" && rule.when === undefined && rule.or === undefined && rule.admissionOnly !== true &&
    covers(parseFieldPath(rule.field.text) ?? [], path)
  );
  if (set === undefined) return [written];
  if (typeof set.value !== "string" || !set.value.includes("{{")) return [];
  const before = { ...scope, box: { ...box, mutation: box.mutation.slice(0, box.mutation.indexOf(set)) } };
  return authorsOf(parseTemplate(set.value), { ...before, entry: undefined }, steps + 1);
}

/** The operator writes it, from what its fields read. */
function ofStatus(path: readonly string[], scope: Scope, steps: number): Author[] {
  const fields = scope.box.status.filter((field) =>
    path.length === 0 || covers(field.path, path) || covers(path, field.path)
  );
  return fields.flatMap(({ value }) =>
    value.text.includes("{{") ? authorsOf(parseTemplate(value.text), { ...scope, entry: undefined }, steps + 1) : []
  );
}

/** What other CRs say, which have authors of their own. */
function ofCross([alias, ...rest]: readonly string[], scope: Scope, steps: number): Author[] {
  const items = scope.box.cross.filter(({ as }) => alias === undefined || as === alias);
  return items.flatMap((item) => {
    let path = rest;
    if (path[0] === "items") path = path.slice(2);
    if (path[0] === "found") return [];
    const other = item.source === undefined ? scope.plan.boxes.find(({ name }) => name === item.box) : undefined;
    if (other === undefined) return [{ crd: item.box, path }];
    return resolve(path, { plan: scope.plan, box: other }, steps + 1);
  });
}

/** A response is what its server says; where the author chooses the server, it is what the author says. */
function ofExternal(name: string | undefined, scope: Scope, steps: number): Author[] {
  const { mutation, validation, children } = scope.box.external;
  return [...mutation, ...validation, ...children].flatMap((call) => {
    if ((name !== undefined && call.name !== name) || literalOrigin(call.url.text) !== undefined) return [];
    return authorsOf(parseTemplate(call.url.text), { ...scope, entry: undefined }, steps + 1);
  });
}

/** Whether `outer` is the place at `inner`, or one above it. */
export function covers(outer: readonly string[], inner: readonly string[]): boolean {
  return outer.length > 0 && outer.length <= inner.length && outer.every((key, i) => key === inner[i]);
}

/** Every text of an entry that holds a template, with its path: `volumes[0].hostPath.path` as keys, indexes as `[]`. */
export function templatesOf(
  entry: EntryPlan,
): { path: readonly string[]; written: string; text: string; at: string }[] {
  return Object.entries(entry.positions).flatMap(([written, at]) => {
    const keys = parseFieldPath(written);
    const text = keys === undefined ? undefined : textAt(entry, keys);
    if (keys === undefined || text === undefined) return [];
    return [{ path: keys.map((key) => /^\d+$/.test(key) ? "[]" : key), written, text, at }];
  });
}

function textAt({ fields }: EntryPlan, keys: readonly string[]): string | undefined {
  let value: unknown = fields;
  for (const key of keys) {
    if (Array.isArray(value)) value = value[Number(key)];
    else if (typeof value === "object" && value !== null) value = ownValue(value as typeof fields, key);
    else return undefined;
  }
  return typeof value === "string" ? value : undefined;
}
