import { isDnsSubdomain } from "../../k8s/names.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { fill, immutable, invalidField, listOf, required } from "./fields.ts";

/** Defaults of a CustomResourceDefinition (apiextensions `pkg/apis/apiextensions/v1/defaults.go`). */
export function defaultDefinition({ spec }: KubeObject): void {
  const { names } = spec;
  if (!names.singular && names.kind) names.singular = names.kind.toLowerCase();
  if (!names.listKind && names.kind) names.listKind = `${names.kind}List`;
  fill(spec, "conversion", {});
  fill(spec.conversion, "strategy", "None");
}

/** A new definition has stored nothing but in its storage version, and no condition yet. */
export function prepareDefinition(definition: KubeObject): void {
  const storage = listOf(definition["spec"].versions).find((version) => version.storage === true);
  definition["status"] = {
    conditions: null,
    acceptedNames: { plural: "", kind: "" },
    storedVersions: storage === undefined ? null : [storage.name],
  };
}

/** Names and scope are fixed once served. */
export function validateDefinitionUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ["group", "scope"]) {
    if (next["spec"][key] !== current["spec"][key]) {
      errors.push(invalidField(`spec.${key}`, next["spec"][key], immutable));
    }
  }
  for (const key of ["plural", "kind"]) {
    if (next["spec"].names[key] !== current["spec"].names[key]) {
      errors.push(invalidField(`spec.names.${key}`, next["spec"].names[key], immutable));
    }
  }
  return errors;
}

/** The rules of a definition that its author is likely to meet. */
export function validateDefinition({ metadata, spec }: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.group) errors.push(required("spec.group"));
  else if (!isDnsSubdomain(spec.group) || !spec.group.includes(".")) {
    errors.push(invalidField("spec.group", spec.group, "should be a domain with at least one dot"));
  }
  const { names } = spec;
  for (const key of ["plural", "kind"]) if (!names[key]) errors.push(required(`spec.names.${key}`));
  const wanted = `${names.plural}.${spec.group}`;
  if (names.plural && spec.group && metadata.name !== wanted) {
    errors.push(invalidField("metadata.name", metadata.name, `must be spec.names.plural+"."+spec.group`));
  }
  if (!["Namespaced", "Cluster"].includes(spec.scope)) {
    errors.push(
      spec.scope
        ? {
          field: "spec.scope",
          reason: "FieldValueNotSupported",
          message: `Unsupported value: ${JSON.stringify(spec.scope)}: supported values: "Cluster", "Namespaced"`,
        }
        : required("spec.scope"),
    );
  }
  const versions: { name: string; storage?: boolean; schema?: { openAPIV3Schema?: unknown } }[] = spec.versions ?? [];
  if (versions.filter((version) => version.storage === true).length !== 1) {
    errors.push(invalidField("spec.versions", versions, "must have exactly one version marked as storage version"));
  }
  versions.forEach((version, i) => {
    if (version.schema?.openAPIV3Schema === undefined) {
      errors.push(required(`spec.versions[${i}].schema.openAPIV3Schema`, "schemas are required"));
    }
  });
  return errors;
}
