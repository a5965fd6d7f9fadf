import type { Json, JsonMap } from "../base/json.ts";
import { isMap, ownValue } from "../base/json.ts";
import { passes } from "../conditions/mod.ts";
import { appliedAnnotation } from "../k8s/names.ts";
import type { KubeObject, ObjectKey, ResourceType } from "../k8s/object.ts";
import { objectKey } from "../k8s/object.ts";
import { desiredDigest, EntryError, type ExpandContext, type RenderedEntry, renderEntry } from "../resources/mod.ts";
import { RenderError, valueOf } from "../template/compiled_text.ts";
import { TemplateError } from "../template/mod.ts";
import type { CompiledBox, CompiledEntry } from "./compile.ts";
import { elementsOf, mostElements } from "./for_each.ts";

/** A child that the box wants for a CR now. */
export interface DesiredChild {
  readonly type: ResourceType;
  readonly key: ObjectKey;
  /** Ready to be sent; reconciled ones carry the digest in their annotation (ruling 42). */
  readonly object: KubeObject;
  /** What its `status` subresource is to hold: identity and status only. Where a kind has no such subresource, the status is part of `object`. */
  readonly status?: KubeObject;
  /** Of the whole, the status included. */
  readonly digest: string;
  /**
   * `apply` keeps it as declared; `make` makes it when absent and removes it when no longer wanted; `create` makes
   * it when absent and never looks at it again (rulings 1, 2, 43).
   */
  readonly upkeep: "apply" | "make" | "create";
  readonly force: boolean;
  readonly entry: string;
}

/** An entry that cannot be rendered or expanded for this CR. */
export interface EntryFailure {
  readonly entry: string;
  readonly reason: "TemplateError" | "InvalidEntry" | "NamespaceNotAllowed" | "DuplicateChild";
  readonly message: string;
}

export interface Desired {
  /** In the order in which they are to be written. */
  readonly children: readonly DesiredChild[];
  /** What comes after the first failing entry is not in `children`, and nothing may be pruned. */
  readonly failure?: EntryFailure;
}

/** Renders and expands every entry whose conditions hold. Pure: the same CR, children and minute give the same answer. */
export function desiredChildren(box: CompiledBox, cr: KubeObject, data: JsonMap, wallMs: number): Desired {
  const rendered: Rendered[] = [];
  const budget: Budget = { characters: mostCharacters };
  let failure: EntryFailure | undefined;
  for (const entry of box.entries) {
    failure = renderElements(box, entry, cr, data, wallMs, rendered, budget);
    if (failure !== undefined) break;
  }
  const context = expandContext(box, cr, rendered);
  const children = new Map<string, DesiredChild>();
  for (const item of rendered) {
    const child = expand(item, context);
    const known = "reason" in child ? undefined : children.get(`${child.type.plural}.${child.type.group}/${child.key}`);
    if ("reason" in child) return { children: [...children.values()], failure: child };
    if (known !== undefined && blockOf(known.entry) === blockOf(child.entry)) {
      return { children: [...children.values()], failure: duplicate(known, child) };
    }
    // The same object under onCreate and onReconcile is one object, kept as declared.
    if (known === undefined || known.upkeep === "create") {
      children.set(`${child.type.plural}.${child.type.group}/${child.key}`, child);
    }
  }
  return { children: [...children.values()], ...(failure === undefined ? {} : { failure }) };
}

/**
 * Text that all templates for one object may come to. Each value is bounded already, but `forEach` multiplies; the API
 * server takes 3 MiB for one child.
 */
const mostCharacters = 8 * 1024 * 1024;

/** What is left of it. */
interface Budget {
  characters: number;
}

interface Rendered {
  readonly source: CompiledEntry;
  readonly entry: RenderedEntry;
  readonly id: string;
}

function renderElements(
  box: CompiledBox,
  source: CompiledEntry,
  cr: KubeObject,
  data: JsonMap,
  wallMs: number,
  into: Rendered[],
  budget: Budget,
): EntryFailure | undefined {
  const { forEach, id } = source.plan;
  if (!passes(source.block, data, { wallMs }).passed) return undefined;
  const elements = forEach === undefined ? [data] : elementsOf(forEach, data);
  if (typeof elements === "string") {
    return { entry: id, reason: "InvalidEntry", message: `${source.plan.at}: ${elements}` };
  }
  for (const [index, element] of elements.entries()) {
    const gate = passes(source.gate, element, { wallMs });
    if (!gate.passed) continue;
    const elementId = forEach === undefined ? id : `${id}[${index}]`;
    if (into.length >= mostElements) {
      return {
        entry: elementId,
        reason: "InvalidEntry",
        message: `${source.plan.at}: more than ${mostElements} children for one object`,
      };
    }
    try {
      const entry = renderOne(box, source, cr, element, budget);
      if ("reason" in entry) return { ...entry, entry: elementId };
      into.push({ source, entry, id: elementId });
    } catch (error) {
      return failureOf(elementId, source, error);
    }
  }
  return undefined;
}

function renderOne(
  box: CompiledBox,
  source: CompiledEntry,
  cr: KubeObject,
  data: JsonMap,
  budget: Budget,
): RenderedEntry | Omit<EntryFailure, "entry"> {
  const { plan, shorthand } = source;
  const fields = renderEntry(shorthand.shape, plan.fields, (text, path, bytes) => {
    const at = plan.positions[path] ?? `${plan.at}: ${path}`;
    const value = valueOf({ template: box.templates.parse(text), at }, data, bytes);
    if (typeof value === "string") budget.characters -= value.length;
    if (budget.characters < 0) {
      throw new EntryError(path, `The children of one object come to more than ${mostCharacters} characters`);
    }
    return value;
  });
  const custom = shorthand.key === "custom";
  const named = custom && isMap(fields["metadata"]) ? fields["metadata"] : fields;
  const name = text(ownValue(named, "name")) ?? defaultName(shorthand.defaultSuffix, cr);
  if (name === undefined) return { reason: "InvalidEntry", message: `${plan.at}: the name is empty` };
  if (!plan.type.namespaced) return { name, fields };
  const namespace = text(ownValue(named, "namespace")) ?? cr.metadata.namespace ?? "default";
  const written = rawNamespace(plan.fields, custom);
  if (namespace !== cr.metadata.namespace && written?.includes("{{") === true) {
    return {
      reason: "NamespaceNotAllowed",
      message:
        `${plan.at}: the namespace "${namespace}" comes from the object itself; only its own namespace or one that ` +
        "the Katalog names literally is allowed",
    };
  }
  return { name, namespace, fields };
}

function rawNamespace(fields: JsonMap, custom: boolean): string | undefined {
  const from = custom ? ownValue(fields, "metadata") : fields;
  return isMap(from) ? text(ownValue(from, "namespace")) : undefined;
}

function defaultName(suffix: string | undefined, cr: KubeObject): string | undefined {
  return suffix === undefined ? undefined : `${cr.metadata.name}-${suffix}`;
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function expandContext(box: CompiledBox, cr: KubeObject, rendered: readonly Rendered[]): ExpandContext {
  const { name, namespace, uid } = cr.metadata;
  return {
    box: box.plan.name,
    owner: { apiVersion: cr.apiVersion, kind: cr.kind, name, namespace, uid: uid ?? "" },
    workloads: rendered.filter(({ source }) => source.shorthand.workload).map(({ source, entry }) => ({
      name: entry.name,
      namespace: entry.namespace,
      shorthand: source.shorthand.key,
    })),
  };
}

function expand({ source, entry, id }: Rendered, context: ExpandContext): DesiredChild | EntryFailure {
  try {
    const object = source.shorthand.expand(entry, context);
    const digest = desiredDigest(object);
    const upkeep = source.plan.mode === "create" ? "create" : source.shorthand.upkeep;
    if (upkeep !== "create") {
      object.metadata.annotations = { ...object.metadata.annotations, [appliedAnnotation]: digest };
    }
    const { type } = source.plan;
    const status = splitStatus(source, object);
    return {
      type,
      key: objectKey(object.metadata),
      object,
      ...(status === undefined ? {} : { status }),
      digest,
      upkeep,
      force: source.plan.force,
      entry: id,
    };
  } catch (error) {
    return failureOf(id, source, error);
  }
}

/** Takes a declared status out of a `custom` child; only reconciled ones have it kept up. */
function splitStatus({ plan }: CompiledEntry, object: KubeObject): KubeObject | undefined {
  if (plan.shorthand !== "custom" || object["status"] === undefined) return undefined;
  const { apiVersion, kind, metadata: { name, namespace }, status } = object;
  delete object["status"];
  return { apiVersion, kind, metadata: namespace === undefined ? { name } : { name, namespace }, status };
}

function failureOf(entry: string, { plan }: CompiledEntry, error: unknown): EntryFailure {
  if (error instanceof RenderError) return { entry, reason: "TemplateError", message: error.message };
  if (error instanceof EntryError) {
    const at = plan.positions[error.path] ?? plan.at;
    return {
      entry,
      reason: "InvalidEntry",
      message: `${at}: ${error.path === "" ? "" : `${error.path}: `}${error.message}`,
    };
  }
  if (error instanceof TemplateError) {
    return { entry, reason: "TemplateError", message: `${plan.at}: ${error.message}` };
  }
  throw error;
}

function duplicate(known: DesiredChild, child: DesiredChild): EntryFailure {
  return {
    entry: child.entry,
    reason: "DuplicateChild",
    message:
      `${child.entry} and ${known.entry} both want ${child.type.kind} "${child.key}"; give each a name of its own`,
  };
}

/** `onCreate.deployments[0]` → `onCreate`. */
function blockOf(entry: string): string {
  return entry.slice(0, entry.indexOf("."));
}
