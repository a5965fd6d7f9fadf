import type { JsonMap } from "../base/json.ts";
import type { RecordShape, Shape } from "../base/shape.ts";
import { listOf, record, text, word } from "./fields.ts";
import { listAt, mapAt, mapsAt, present, textAt } from "./read.ts";
import { EntryError, type RenderedEntry } from "./shorthand.ts";

/** Shapes and parts of roles and bindings. */

const texts = (doc: string): Shape => listOf(doc, text(doc, undefined, { empty: true }));

function filled(doc: string, items: Shape): Shape {
  return { ...listOf(doc, items), filled: true };
}

/** The fields of a role, besides those of its place. */
export const ruleFields: Readonly<Record<string, Shape>> = {
  rules: filled(
    "What it grants; at least one",
    record("One rule", {
      apiGroups: texts('API groups, "" for the core group'),
      resources: texts("Resources, such as `pods` or `pods/log`"),
      verbs: texts("Verbs, such as `get`"),
      resourceNames: texts("Only the objects of these names"),
    }, { required: ["apiGroups", "resources", "verbs"] }),
  ),
};

/** `rules` of a role. */
export function rulesOf({ fields }: RenderedEntry): JsonMap[] {
  return mapsAt(fields, "rules").map((rule) =>
    present({
      apiGroups: [...listAt(rule, "apiGroups")],
      resources: [...listAt(rule, "resources")],
      verbs: [...listAt(rule, "verbs")],
      resourceNames: [...listAt(rule, "resourceNames")],
    })
  );
}

/** The fields of a binding; `kinds` are those of roles that it may name, the default one first. */
export function bindingFields(kinds: readonly string[]): Readonly<Record<string, Shape>> {
  const roleRef: RecordShape = record("The role that is bound; it cannot be changed, so the binding is recreated", {
    kind: {
      ...word(kinds.length === 1 ? `\`${kinds[0]}\`` : `\`${kinds[0]}\` when absent`, kinds),
      template: false,
    },
    name: text("Name of the role"),
  }, { required: ["name"] });
  return {
    roleRef,
    subjects: filled(
      "Whom it is bound to; at least one",
      record("One subject", {
        kind: {
          ...word("`ServiceAccount` when absent", ["ServiceAccount", "User", "Group"]),
          template: false,
        },
        name: text("Its name"),
        namespace: text("Namespace of a ServiceAccount; that of the binding, or of the CR, when absent", "namespace"),
      }, { required: ["name"] }),
    ),
  };
}

/** `roleRef` and `subjects` of a binding. `near` is the namespace of ServiceAccounts that name none. */
export function bindingOf({ fields }: RenderedEntry, defaultKind: string, near: string): JsonMap {
  const roleRef = mapAt(fields, "roleRef")!;
  const subjects = mapsAt(fields, "subjects");
  return {
    roleRef: {
      apiGroup: rbacGroup,
      kind: textAt(roleRef, "kind") ?? defaultKind,
      name: textAt(roleRef, "name")!,
    },
    subjects: subjects.map((subject, index): JsonMap => {
      const kind = textAt(subject, "kind") ?? "ServiceAccount";
      const namespace = textAt(subject, "namespace");
      if (kind === "ServiceAccount") return { kind, name: textAt(subject, "name")!, namespace: namespace ?? near };
      if (namespace !== undefined) {
        throw new EntryError(`subjects[${index}].namespace`, `Cannot use a namespace: a ${kind} has none`);
      }
      return { kind, apiGroup: rbacGroup, name: textAt(subject, "name")! };
    }),
  };
}

const rbacGroup = "rbac.authorization.k8s.io";
