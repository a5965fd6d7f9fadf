import { isMap, ownValue } from "../base/json.ts";
import type { Gate } from "../conditions/mod.ts";
import { defaultNamespace } from "../k8s/installation.ts";
import { groupKind } from "../k8s/object.ts";
import { matchesNamespace } from "../k8s/namespace_globs.ts";
import { type BoxPlan, type EntryPlan, mayBeFar, writtenNameOf, writtenNamespacesOf } from "../plan/mod.ts";
import { defaultName, isOwnNamespace, shorthands } from "../resources/mod.ts";
import { type Author, authorText, type Decided, decidedBy, templatesOf } from "./authors.ts";
import { boundOf, mayBeStructure, type Surroundings } from "./bounds.ts";
import { findingAt, type PostureFinding } from "./finding.ts";
import type { Level, PostureRuleId } from "./rules.ts";
import { heldBelow, hostAccessOf, sinkAt } from "./sinks.ts";

/** One entry, and what is known round it. */
interface Place extends Surroundings {
  readonly box: BoxPlan;
  readonly entry: EntryPlan;
  /** All of them hold where a child of the entry is made. */
  readonly gates: readonly Gate[];
}

/** What the children of one entry let the author of a CR decide, and what they reach. */
export function findingsOfEntry(
  box: BoxPlan,
  entry: EntryPlan,
  gates: readonly Gate[],
  around: Surroundings,
): PostureFinding[] {
  const place: Place = {
    ...around,
    box,
    entry,
    gates: [...gates, entry, ...entry.block === undefined ? [] : [entry.block]],
  };
  return [
    ...findingsOfScope(place),
    ...findingsOfNamespaces(place),
    ...findingsOfName(place),
    ...findingsOfFields(place),
    ...findingsOfSource(place),
    ...findingsOfHost(place),
  ];
}

function pathIn({ box, entry }: Place, field = ""): string {
  const path = `spec.crds.${box.name}.operatorBox.${entry.id}`;
  return field === "" ? path : `${path}.${field}`;
}

/** The position of a field, where it holds a template; else that of the entry. */
function placeOfField({ entry }: Place, field: string): string {
  return ownValue(entry.positions, field) as string | undefined ?? entry.at;
}

function nameField({ entry }: Place): string {
  return entry.shorthand === "custom" ? "metadata.name" : "name";
}

/**
 * A finding about a choice, or a note that says what bounds it; `[]` where the author decides nothing. `fixedIs`: what a
 * fixed beginning or end makes of it; `[]` for nothing.
 */
function findingOfChoice(
  id: PostureRuleId,
  place: Place,
  { at, path, what, decided: { authors, fixed }, level, isFixedNote }: {
    readonly at: string;
    readonly path: string;
    /** `the CR decides …` */
    readonly what: string;
    readonly decided: Pick<Decided, "authors" | "fixed">;
    readonly level?: Level | undefined;
    /** A fixed beginning or end makes it a note; otherwise there is nothing to say then. */
    readonly isFixedNote?: boolean;
  },
): PostureFinding[] {
  if (authors.length === 0) return [];
  const { box, gates } = place;
  const of = authors.map((author) => authorText(author, box)).join(", ");
  const bounds = authors.map((author) => boundOf(author, box, gates, place));
  if (bounds.every((bound) => bound !== undefined)) {
    return [
      findingAt(id, at, path, `${of} decides ${what}, bounded by ${[...new Set(bounds)].join(" and ")}`, {
        level: "note",
      }),
    ];
  }
  if (fixed) {
    if (isFixedNote !== true) return [];
    return [findingAt(id, at, path, `${of} decides ${what}, but for a fixed beginning or end`, { level: "note" })];
  }
  return [
    findingAt(id, at, path, `${of} decides ${what}`, {
      ...level === undefined ? {} : { level },
      hint: hintOf(authors, place),
    }),
  ];
}

function hintOf(authors: readonly Author[], { box }: Place): string {
  const [first] = authors;
  const name = first!.path.length === 0 ? "what it may be" : authorText(first!, box);
  return `write it out, give it a fixed beginning or end, or bound ${name} by an enum of the CRD or a rule with in`;
}

/** Cluster-scoped children, and kinds that the API server trusts. */
function findingsOfScope(place: Place): PostureFinding[] {
  const { box, entry } = place;
  const found: PostureFinding[] = [];
  if (box.type.namespaced && !entry.type.namespaced) {
    found.push(findingAt(
      "cluster-scoped-child",
      entry.at,
      pathIn(place),
      `${
        groupKind(entry.type)
      } is cluster-scoped, and ${box.type.kind} is not: who may write a ${box.type.kind} in one ` +
        "namespace changes something of the whole cluster",
      { hint: `make ${box.type.kind} cluster-scoped, or do without this child` },
    ));
  }
  if (trusted.has(entry.type.group)) {
    found.push(findingAt(
      "trust-domain",
      entry.at,
      pathIn(place),
      `The Runtime gets the right to write ${groupKind(entry.type)}, which the API server itself trusts`,
      { hint: "install it with another tool" },
    ));
  }
  return found;
}

const trusted: ReadonlySet<string> = new Set([
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "certificates.k8s.io",
]);

const systemNamespaces = ["kube-system", "kube-public", "kube-node-lease", defaultNamespace];

function findingsOfNamespaces(place: Place): PostureFinding[] {
  const { box, entry } = place;
  if (!entry.type.namespaced) return [];
  return writtenNamespacesOf(entry).flatMap((written): PostureFinding[] => {
    if (written === undefined || isOwnNamespace(written)) return [];
    const field = entry.shorthand === "custom" ? "metadata.namespace" : "namespace";
    const key = ownValue(entry.positions, field) === undefined ? namespaceKeyOf(entry, written) ?? field : field;
    const at = placeOfField(place, key);
    const path = pathIn(place, key);
    if (!written.includes("{{")) {
      if (!systemNamespaces.includes(written)) return [];
      return [
        findingAt("system-namespace", at, path, `The ${entry.type.kind} is in ${written}`, {
          hint: "use another namespace",
        }),
      ];
    }
    const { allowedNamespaces: allowed, restrictedNamespaces: restricted } = box;
    const reached = systemNamespaces.filter((name) =>
      matchesNamespace(allowed, name) && !matchesNamespace(restricted, name)
    );
    const decided = decidedBy(written, place);
    if (decided.authors.length === 0) return [];
    const system: PostureFinding[] = reached.length === 0 ? [] : [
      findingAt(
        "system-namespace",
        at,
        path,
        `allowedNamespaces lets the ${entry.type.kind} be in ${reached.join(", ")}`,
        {
          hint: "list these in restrictedNamespaces",
        },
      ),
    ];
    const what = `the namespace of the ${entry.type.kind}`;
    if (allowed.includes("*")) {
      return [
        ...findingOfChoice("namespace-from-cr", place, { at, path, what, decided, isFixedNote: true }),
        ...system,
      ];
    }
    const of = decided.authors.map((author) => authorText(author, box)).join(", ");
    const by = allowed.length > 0
      ? `allowedNamespaces (${allowed.join(", ")})`
      : "the Namespaces that the same CR makes";
    return [
      findingAt("namespace-from-cr", at, path, `${of} decides ${what}, bounded by ${by}`, { level: "note" }),
      ...system,
    ];
  });
}

/** `toNamespaces[0]`, for the text that stands there. */
function namespaceKeyOf(entry: EntryPlan, written: string): string | undefined {
  return templatesOf(entry).find(({ path, text }) => path[0] === "toNamespaces" && text.trim() === written)?.written;
}

function findingsOfName(place: Place): PostureFinding[] {
  const { box, entry } = place;
  const written = writtenNameOf(entry) ??
    defaultName(shorthands.get(entry.shorthand) ?? {}, "{{ .metadata.name }}", (field) => field in entry.fields) ?? "";
  const decided = decidedBy(written, place);
  const field = nameField(place);
  const at = placeOfField(place, field);
  const path = pathIn(place, field);
  // A cluster-scoped CR may be in no namespace that is its own.
  const isFar = mayBeFar(box, entry) || (!box.type.namespaced && entry.type.namespaced);
  const where = !entry.type.namespaced ? "cluster-scoped" : "in another namespace";
  const found: PostureFinding[] = [];
  if (isFar) {
    const what = `the name of a ${groupKind(entry.type)} that is ${where}`;
    found.push(...findingOfChoice("far-name-from-cr", place, { at, path, what, decided, isFixedNote: true }));
  }
  if (entry.adopt) {
    const what = `which ${groupKind(entry.type)}${isFar ? `, ${where},` : ""} is taken over (adopt: true)`;
    found.push(
      ...findingOfChoice("adopt-from-cr", place, {
        at,
        path,
        what,
        decided,
        level: isFar ? "error" : "warning",
        isFixedNote: true,
      }),
    );
  }
  return found;
}

const rbac = "rbac.authorization.k8s.io";

function findingsOfFields(place: Place): PostureFinding[] {
  return templatesOf(place.entry).flatMap(({ path: keys, written, text, at }) => {
    const decided = decidedBy(text, place);
    if (decided.authors.length === 0) return [];
    const path = pathIn(place, written);
    if (place.entry.type.group === rbac) {
      const role = ruleOfRbac(keys);
      if (role !== undefined) {
        return findingOfChoice(role.rule, place, {
          at,
          path,
          what: role.decides,
          decided: role.rule === "rbac-rules-from-cr" ? { ...decided, fixed: false } : decided,
        });
      }
    }
    const sink = sinkAt(keys);
    if (sink !== undefined) return findingOfChoice(sink.rule, place, { at, path, what: sink.decides, decided });
    return findingsOfStructure(place, { keys, path, at, decided });
  });
}

function ruleOfRbac([first, , third]: readonly string[]): { rule: PostureRuleId; decides: string } | undefined {
  switch (first) {
    case "rules":
    case "aggregationRule":
      return { rule: "rbac-rules-from-cr", decides: "what the role grants" };
    case "roleRef":
      return { rule: "rbac-role-from-cr", decides: "which role is bound" };
    case "subjects":
      return {
        rule: "rbac-subject-from-cr",
        decides: third === "namespace" ? "in which namespace the subject is" : "who gets the role",
      };
    default:
      return undefined;
  }
}

/** A value that keeps its type is a map or a list of the author's. */
function findingsOfStructure(
  place: Place,
  { keys, path, at, decided }: { keys: readonly string[]; path: string; at: string; decided: Decided },
): PostureFinding[] {
  if (!decided.keepsType) return [];
  const { katalog, entry } = place;
  // What was computed may be anything; of a field the schema says it.
  const mayHold = decided.field === undefined ||
    decided.authors.some(({ crd, path: field }) =>
      mayBeStructure(katalog.crds.find(({ name }) => name === crd), field)
    );
  if (!mayHold) return [];
  const last = keys.at(-1);
  const isMetadata = keys.length === (entry.shorthand === "custom" ? 2 : 1) &&
    (entry.shorthand !== "custom" || keys[0] === "metadata") && (last === "labels" || last === "annotations");
  if (isMetadata) {
    return findingOfChoice("metadata-from-cr", place, {
      at,
      path,
      what: `all ${last} of the ${entry.type.kind}`,
      decided,
    });
  }
  const held = heldBelow(entry, keys);
  if (held.length === 0) return [];
  const some = held.length > 3 ? `${held.slice(0, 3).join(", ")} and more` : held.join(", ");
  return findingOfChoice("structure-from-cr", place, {
    at,
    path,
    what: `the whole of ${keys.join(".").replaceAll(".[]", "[]")}: ${some}`,
    decided,
  });
}

/** What is copied from a namespace that is not the CR's. */
function findingsOfSource(place: Place): PostureFinding[] {
  const { box, entry } = place;
  const field = shorthands.get(entry.shorthand)?.copies;
  const name = field === undefined ? undefined : ownValue(entry.fields, field);
  const namespace = ownValue(entry.fields, "fromNamespace");
  if (field === undefined || typeof name !== "string" || typeof namespace !== "string") return [];
  const found: PostureFinding[] = [];
  if (!isOwnNamespace(namespace.trim())) {
    found.push(...findingOfChoice("source-from-cr", place, {
      at: placeOfField(place, field),
      path: pathIn(place, field),
      what: `which ${entry.type.kind} of the namespace ${
        namespace.includes("{{") ? "that it names" : namespace
      } is copied`,
      decided: decidedBy(name, place),
      isFixedNote: true,
    }));
  }
  const from = decidedBy(namespace, place);
  if (from.authors.length > 0) {
    const at = placeOfField(place, "fromNamespace");
    const path = pathIn(place, "fromNamespace");
    const what = `from which namespace a ${entry.type.kind} is copied`;
    if (box.allowedNamespaces.includes("*")) {
      found.push(...findingOfChoice("source-from-cr", place, { at, path, what, decided: from }));
    } else {
      const of = from.authors.map((author) => authorText(author, box)).join(", ");
      const by = `allowedNamespaces (${box.allowedNamespaces.join(", ")})`;
      found.push(findingAt("source-from-cr", at, path, `${of} decides ${what}, bounded by ${by}`, { level: "note" }));
    }
  }
  return found;
}

function findingsOfHost(place: Place): PostureFinding[] {
  const { entry } = place;
  if (!isMap(entry.fields)) return [];
  const access = hostAccessOf(entry);
  if (access.length === 0) return [];
  return [
    findingAt(
      "host-access",
      entry.at,
      pathIn(place),
      `Pods of this ${entry.type.kind} reach their node: ${access.join(", ")}`,
      {
        hint: "do without, or keep the CRs to a namespace of their own",
      },
    ),
  ];
}
