/**
 * Fields of `metadata` that a client may set on an object that has a name. The others are fixed when it is created
 * (`name`, `namespace`), or kept by the API server (`uid`, `resourceVersion`, `generation`, `managedFields`, the times).
 */
const mutableMetadata = ["labels", "annotations", "finalizers", "ownerReferences"];

/** Why a mutation cannot set a field, and what to do; `undefined`: it can. `path`: segments of the field's path. */
export function whyImmutable(path: readonly string[]): { readonly message: string; readonly hint: string } | undefined {
  const [root, field] = path;
  if (root === "spec") return undefined;
  if (root !== "metadata") {
    return {
      message: "only fields of spec and metadata can be filled in",
      hint: `did you mean "${["spec", ...path].join(".")}"?`,
    };
  }
  if (field === undefined) {
    return {
      message: "metadata is filled in by its fields",
      hint: "name a label or an annotation, such as metadata.labels.team",
    };
  }
  if (!mutableMetadata.includes(field)) {
    return {
      message: `metadata.${field} is fixed, or kept by the API server`,
      hint: `of metadata, ${mutableMetadata.slice(0, -1).join(", ")} and ${mutableMetadata.at(-1)} can be filled in`,
    };
  }
  return undefined;
}
