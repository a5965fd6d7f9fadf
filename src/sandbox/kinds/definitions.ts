import { equalJson, isMap, type Json } from "../../base/json.ts";
import { isDnsSubdomain } from "../../k8s/names.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { isKnownFormat } from "../schema/formats.ts";
import { conversionErrors, defaultConversion } from "./definition_conversion.ts";
import { schemaErrors } from "./definition_schema.ts";
import { type Any, immutable, invalidField, listOf, notSupported, required } from "./fields.ts";
import { label1035Problems } from "./names.ts";

const columnTypes = ["boolean", "date", "integer", "number", "string"];

/** Defaults of a CustomResourceDefinition (apiextensions `pkg/apis/apiextensions/v1/defaults.go`). */
export function defaultDefinition({ spec }: KubeObject): void {
  const { names } = spec;
  if (!names.singular && names.kind) names.singular = names.kind.toLowerCase();
  if (!names.listKind && names.kind) names.listKind = `${names.kind}List`;
  defaultConversion(spec);
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

/** The rules of a definition (apiextensions `pkg/apis/apiextensions/validation`). */
export function validateDefinition({ metadata, spec, status }: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const { names } = spec;
  const wanted = `${names.plural}.${spec.group}`;
  if (metadata.name !== wanted) {
    errors.push(invalidField("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  if (
    /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(spec.group) &&
    metadata.annotations?.["api-approved.kubernetes.io"] === undefined
  ) {
    const why =
      'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111';
    errors.push(required("metadata.annotations[api-approved.kubernetes.io]", why));
  }
  if (!spec.group) errors.push(required("spec.group"));
  else if (!isDnsSubdomain(spec.group)) {
    errors.push(invalidField("spec.group", spec.group, "must be a lowercase RFC 1123 subdomain"));
  } else if (!spec.group.includes(".")) {
    errors.push(invalidField("spec.group", spec.group, "should be a domain with at least one dot"));
  }
  if (!["Cluster", "Namespaced"].includes(spec.scope)) {
    errors.push(notSupported("spec.scope", spec.scope, ["Cluster", "Namespaced"]));
  }
  const versions = listOf(spec.versions);
  if (versions.filter((version) => version.storage === true).length !== 1) {
    errors.push(invalidField("spec.versions", versions, "must have exactly one version marked as storage version"));
  }
  errors.push(...versionsErrors(versions), ...namesErrors(names), ...conversionErrors(spec.conversion ?? {}));
  if (listOf(status?.storedVersions).length === 0) {
    errors.push(invalidField("status.storedVersions", null, "must have at least one stored version"));
  }
  return errors;
}

function labelErrors(field: string, value: string, text = value): FieldError[] {
  return label1035Problems(text).map((why) => invalidField(field, value, why));
}

function namesErrors(names: Any): FieldError[] {
  const errors: FieldError[] = [];
  const named: [string, string][] = [["plural", names.plural], ["singular", names.singular], [
    "kind",
    names.kind?.toLowerCase(),
  ], ["listKind", names.listKind?.toLowerCase()]];
  for (const [key, value] of named) {
    if (!value) errors.push(required(`spec.names.${key}`));
    else errors.push(...labelErrors(`spec.names.${key}`, names[key], value));
  }
  listOf(names.shortNames).forEach((name, i) => {
    errors.push(...labelErrors(`spec.names.shortNames[${i}]`, name));
  });
  if (names.kind && names.kind === names.listKind) {
    errors.push(invalidField("spec.names.listKind", names.listKind, "kind and listKind may not be the same"));
  }
  return errors;
}

function versionsErrors(versions: readonly Any[]): FieldError[] {
  const errors: FieldError[] = [];
  // What all versions have in common is reported as if it stood in the spec itself.
  const shared = (key: string) =>
    versions.every((version) => equalJson(version[key] ?? null, versions[0]?.[key] ?? null));
  versions.forEach((version, i) => {
    const at = `spec.versions[${i}]`;
    if (!isMap(version.schema?.openAPIV3Schema)) {
      errors.push(required(`${at}.schema.openAPIV3Schema`));
    }
    errors.push(...labelErrors(`${at}.name`, version.name ?? ""));
    if (i === 0) errors.push(...labelErrors("spec.version", version.name ?? ""));
    const first = i === 0;
    if (isMap(version.schema?.openAPIV3Schema) && (first || !shared("schema"))) {
      const path = shared("schema") ? "spec.validation.openAPIV3Schema" : `${at}.schema.openAPIV3Schema`;
      errors.push(...schemaErrors(version.schema.openAPIV3Schema, path));
    }
    if (first || !shared("subresources")) {
      errors.push(
        ...scaleErrors(version.subresources?.scale, `${shared("subresources") ? "spec" : at}.subresources.scale`),
      );
    }
    if (first || !shared("additionalPrinterColumns")) {
      const path = `${shared("additionalPrinterColumns") ? "spec" : at}.additionalPrinterColumns`;
      listOf(version.additionalPrinterColumns).forEach((column, j) =>
        errors.push(...columnErrors(column, `${path}[${j}]`))
      );
    }
  });
  return errors;
}

const simplePath = "must be a simple json path starting with .";

function scaleErrors(scale: Any, path: string): FieldError[] {
  if (scale === undefined) return [];
  const errors: FieldError[] = [];
  for (const [key, root] of [["specReplicasPath", ".spec."], ["statusReplicasPath", ".status."]] as const) {
    const value: string = scale[key] ?? "";
    if (value === "") errors.push(required(`${path}.${key}`));
    else if (!/^\.[^.]/.test(value)) errors.push(invalidField(`${path}.${key}`, value, simplePath));
    else if (!value.startsWith(root)) {
      errors.push(invalidField(`${path}.${key}`, value, `should be a json path under ${root.slice(0, -1)}`));
    }
  }
  return errors;
}

function columnErrors(column: Any, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!column.name) errors.push(required(`${path}.name`));
  if (!column.type) errors.push(required(`${path}.type`, `must be one of ${columnTypes.join(",")}`));
  else if (!columnTypes.includes(column.type)) {
    errors.push(invalidField(`${path}.type`, column.type, `must be one of ${columnTypes.join(",")}`));
  }
  if (!column.jsonPath) errors.push(required(`${path}.JSONPath`));
  else if (!/^\.[^.]/.test(column.jsonPath)) errors.push(invalidField(`${path}.JSONPath`, column.jsonPath, simplePath));
  return errors;
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

/** Warnings about formats that nothing checks. */
export function definitionWarnings({ spec }: KubeObject): string[] {
  const found = new Set<string>();
  const walk = (schema: Json, depth: number): void => {
    if (!isMap(schema) || depth > 100) return;
    if (typeof schema["format"] === "string" && schema["type"] === "string" && !isKnownFormat(schema["format"])) {
      found.add(schema["format"]);
    }
    for (const value of Object.values(isMap(schema["properties"]) ? schema["properties"] : {})) walk(value, depth + 1);
    for (const key of ["items", "additionalProperties"]) walk(schema[key] ?? null, depth + 1);
  };
  for (const version of listOf(spec.versions)) walk(version.schema?.openAPIV3Schema ?? null, 0);
  return [...found].map((format) => `unrecognized format ${JSON.stringify(format)}`);
}
