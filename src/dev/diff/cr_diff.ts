import { compareText } from "../../base/finding.ts";
import { groupKind, type KubeObject, splitKey } from "../../k8s/object.ts";
import type { Manifest } from "../../katalog/mod.ts";
import type { ChildChange as DecidedChange } from "../../reconcile/mod.ts";
import { nextPass } from "../first_pass.ts";
import { renderCr, type RenderedCr, type RenderPorts } from "../rendered.ts";
import type { ChildChange, CrChanges } from "./cr_changes.ts";
import { withoutPlaces } from "./known_failure.ts";
import { diffObjects } from "./rehearsal.ts";
import type { Side } from "./side.ts";

/**
 * What becomes of the children of one CR: the first Katalog has made them, and the second one decides on them.
 * `problem` alone: the CR cannot be used.
 */
export async function compareCr(
  before: Side,
  after: Side,
  manifest: Manifest,
  ports: RenderPorts,
): Promise<CrChanges | { readonly problem: string }> {
  const [was, is] = [await renderCr(before.plan, manifest, ports), await renderCr(after.plan, manifest, ports)];
  if ("problem" in is) {
    if ("problem" in was) return is;
    return { ...placeOf(was), changes: [], problem: `${is.problem}; the children stay` };
  }
  const made = "problem" in was ? [] : was.flatMap(({ pass }) => pass.children);
  const known = new Map(made.map((child) => [idOf(child), child.object]));
  // What fails with both Katalogs is no difference.
  const failedBefore = "problem" in was ? [] : was.map(({ pass }) => withoutPlaces(pass.failure ?? ""));
  const changes: ChildChange[] = [];
  const failures: string[] = [];
  for (const { box, cr, shown } of is) {
    const next = nextPass(box, cr, made, ports.wallMs);
    const wanted = new Map(next.children.map((child) => [idOf(child), child.object]));
    for (const change of next.changes) {
      const id = idOf(change);
      changes.push(...shownChange(change, known.get(id), wanted.get(id), shown));
    }
    failures.push(...next.failures.filter((text) => !failedBefore.includes(withoutPlaces(text))));
  }
  return {
    ...placeOf(is),
    changes: changes.sort((a, b) => compareText(sortKeyOf(a), sortKeyOf(b))),
    ...failures.length === 0 ? {} : { problem: failures.join("; ") },
  };
}

function sortKeyOf({ kind, namespace, name }: ChildChange): string {
  return `${kind} ${namespace ?? ""}/${name}`;
}

function idOf({ type, key }: Pick<DecidedChange, "type" | "key">): string {
  return `${groupKind(type)} ${key}`;
}

/** Several boxes may be of one kind. */
function placeOf(
  rendered: readonly [RenderedCr, ...RenderedCr[]],
): Pick<CrChanges, "box" | "kind" | "namespace" | "name"> {
  const [{ box: { type: { kind } }, cr: { metadata: { name, namespace } } }] = rendered;
  const box = rendered.map((each) => each.box.name).join(", ");
  return { box, kind, ...namespace === undefined ? {} : { namespace }, name };
}

/** Empty where nothing of it can be seen: a digest, a status. */
function shownChange(
  change: DecidedChange,
  known: KubeObject | undefined,
  wanted: KubeObject | undefined,
  shown: (object: KubeObject) => KubeObject,
): ChildChange[] {
  const base = { kind: groupKind(change.type), ...splitKey(change.key) };
  const update = (after: KubeObject | undefined): ChildChange[] => {
    if (known === undefined || after === undefined) return [];
    const fields = diffObjects(shown(known), shown(after));
    return fields.length === 0 ? [] : [{ action: "update", ...base, fields }];
  };
  switch (change.action) {
    case "create":
      return [{ action: "create", ...base, fields: [] }];
    case "delete":
      return [{ action: "delete", ...base, fields: [] }];
    case "update":
    case "adopt":
      // Of a kind that is never changed in place only the marks are sent.
      return update(
        change.object["spec"] === undefined && known?.["spec"] !== undefined ? marked(known, change.object) : wanted,
      );
    case "updatePolicy":
      return update(wanted === undefined || known === undefined ? undefined : marked(known, wanted));
    case "resize":
      return update(
        known === undefined ? undefined : { ...known, spec: { ...known["spec"], ...change.patch["spec"] as object } },
      );
    case "rotate":
      return [{ action: "update", ...base, fields: change.fields.map((path) => ({ path, isHidden: true })) }];
    case "updateStatus":
      return [];
    default:
      return change satisfies never;
  }
}

/** With the owners, labels and annotations of another one. */
function marked(object: KubeObject, { metadata: { ownerReferences, labels, annotations } }: KubeObject): KubeObject {
  const { ownerReferences: _owners, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...ownerReferences === undefined ? {} : { ownerReferences },
      ...labels === undefined ? {} : { labels },
      ...annotations === undefined ? {} : { annotations },
    },
  };
}
