import { shortenMiddle } from "../base/shorten.ts";
import { matchesNamespace } from "../k8s/namespace_globs.ts";
import { type KubeObject, objectKey } from "../k8s/object.ts";
import {
  EntryError,
  hasTargets,
  type RenderedEntry,
  type SourceContent,
  sourceNameOf,
  targetsOf,
} from "../resources/mod.ts";
import type { CompiledBox, CompiledEntry } from "./compile.ts";
import type { PassMemory, SourceRef } from "./memory.ts";

/** Longest name of a namespace; what a CR gives for one may be longer. */
const maxLabel = 63;

/** What comes of the source of an entry; only `content` lets the entry be rendered. */
export type CopyResult =
  | { readonly content: SourceContent; readonly ref: SourceRef }
  | { readonly waitsFor: string; readonly ref: SourceRef }
  /** Why it cannot be copied. */
  | { readonly fails: string; readonly ref?: SourceRef };

/** Looks up what a rendered entry copies; `undefined`: it copies nothing. Throws `EntryError`. */
export function copyOf(
  box: CompiledBox,
  cr: KubeObject,
  { plan, shorthand }: CompiledEntry,
  { fields }: RenderedEntry,
  memory: Pick<PassMemory, "source">,
): CopyResult | undefined {
  const field = shorthand.copies;
  if (field === undefined || (plan.fields[field] ?? undefined) === undefined) return undefined;
  const named = sourceNameOf(fields, field);
  if (named === undefined) throw new EntryError(field, `Cannot do without ${field}: it rendered to nothing`);
  const { type } = plan;
  const namespace = named.namespace ?? cr.metadata.namespace ?? "default";
  if (!mayRead(box, cr, plan.fields["fromNamespace"], namespace)) {
    return {
      fails: `the source namespace "${namespace}" is not allowed: the object chooses it, and ` +
        (matchesNamespace(box.plan.restrictedNamespaces, namespace)
          ? "restrictedNamespaces lists it"
          : "allowedNamespaces does not list it; list it there, or write it out in the Katalog"),
    };
  }
  const ref = { type, key: objectKey({ name: named.name, namespace }) };
  const what = `${type.kind} ${ref.key}`;
  const state = memory.source(ref.type, ref.key);
  switch (state.state) {
    case "found":
      return { content: state.content, ref };
    case "absent":
      return { waitsFor: `${what}, the source, which does not exist`, ref };
    case "pending":
      return { waitsFor: `${what}, the source, to be read${state.why === undefined ? "" : `: ${state.why}`}`, ref };
    case "unreadable":
      return { fails: `cannot read ${what}, the source: ${state.why}`, ref };
    default:
      return state satisfies never;
  }
}

/** A source stands where the Katalog says, in the CR's namespace, or where the lists let a CR choose (ruling 49). */
function mayRead({ plan }: CompiledBox, cr: KubeObject, written: unknown, namespace: string): boolean {
  if (typeof written !== "string" || !written.includes("{{") || namespace === cr.metadata.namespace) return true;
  return !matchesNamespace(plan.restrictedNamespaces, namespace) && matchesNamespace(plan.allowedNamespaces, namespace);
}

/**
 * The children of a rendered entry: one in each of its `toNamespaces`, none where that is empty, else the one that it
 * is. `suffix` is to follow the entry's id.
 */
export function spread(
  { plan, shorthand }: CompiledEntry,
  entry: RenderedEntry,
): { readonly entry: RenderedEntry; readonly suffix: string }[] {
  if (shorthand.copies === undefined || !hasTargets(plan.fields)) return [{ entry, suffix: "" }];
  return targetsOf(entry.fields).map((namespace) => ({
    entry: { ...entry, namespace },
    suffix: `[${shortenMiddle(namespace, maxLabel)}]`,
  }));
}

/** What a source adds to the size of an entry, in characters. */
export function sizeOf({ data, binaryData, spec }: SourceContent): number {
  let size = spec === undefined ? 0 : JSON.stringify(spec).length;
  for (const values of [data, binaryData]) {
    for (const key of Object.keys(values)) size += key.length + String(values[key]).length;
  }
  return size;
}
