import type { FieldError } from "../faults.ts";
import { compareQuantities } from "../../k8s/quantity.ts";
import {
  type Any,
  checkOneOf,
  checkText,
  duplicate,
  forbiddenField,
  invalidField,
  listOf,
  required,
} from "./fields.ts";
import { driverProblems, labelProblems } from "./names.ts";
import { validateClaimSpec } from "./storage.ts";

/**
 * The rules of a Pod's volumes (kubernetes/pkg/apis/core/validation/validation.go). Returns the names that are good.
 */
export function validateVolumes(volumes: Any[], path: string, errors: FieldError[]): Set<string> {
  const names = new Set<string>();
  volumes.forEach((volume, i) => {
    const at = `${path}[${i}]`;
    const found: FieldError[] = [];
    const [first, ...more] = Object.keys(volume).filter((key) => key !== "name");
    for (const source of more) found.push(forbiddenField(`${at}.${source}`, "may not specify more than 1 volume type"));
    if (first !== undefined) validateSource(first, volume[first], `${at}.${first}`, found);
    if (!volume.name) found.push(required(`${at}.name`));
    else checkText(`${at}.name`, volume.name, labelProblems, found);
    if (names.has(volume.name)) found.push(duplicate(`${at}.name`, volume.name));
    if (found.length === 0) names.add(volume.name);
    errors.push(...found);
  });
  return names;
}

const hostPathTypes = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

function validateSource(kind: string, source: Any, at: string, errors: FieldError[]): void {
  switch (kind) {
    case "emptyDir":
      if (source.sizeLimit !== undefined && compareQuantities(source.sizeLimit, "0") < 0) {
        errors.push(forbiddenField(`${at}.sizeLimit`, "SizeLimit field must be a valid resource quantity"));
      }
      return;
    case "hostPath":
      if (!source.path) errors.push(required(`${at}.path`));
      else {
        checkBacksteps(source.path, `${at}.path`, errors);
        if (source.type !== undefined) checkOneOf(`${at}.type`, source.type, hostPathTypes, errors);
      }
      return;
    case "secret":
    case "configMap": {
      const name = kind === "secret" ? "secretName" : "name";
      if (!source[name]) errors.push(required(`${at}.${name}`));
      checkMode(source.defaultMode, `${at}.defaultMode`, errors);
      validateItems(source.items, `${at}.items`, errors);
      return;
    }
    case "nfs":
      for (const key of ["server", "path"]) if (!source[key]) errors.push(required(`${at}.${key}`));
      if (!String(source.path ?? "").startsWith("/")) {
        errors.push(invalidField(`${at}.path`, source.path ?? "", "must be an absolute path"));
      }
      return;
    case "persistentVolumeClaim":
      if (!source.claimName) errors.push(required(`${at}.claimName`));
      return;
    case "csi":
      if (!source.driver) errors.push(required(`${at}.driver`));
      else checkText(`${at}.driver`, source.driver, driverProblems, errors);
      return;
    case "downwardAPI":
      checkMode(source.defaultMode, `${at}.defaultMode`, errors);
      for (const file of listOf(source.items)) validateDownward(file, at, errors);
      return;
    case "projected":
      checkMode(source.defaultMode, `${at}.defaultMode`, errors);
      listOf(source.sources).forEach((each, i) => validateProjection(each, at, i, errors));
      checkPaths(listOf(source.sources), at, errors);
      return;
    case "ephemeral":
      if (source.volumeClaimTemplate === undefined) errors.push(required(`${at}.volumeClaimTemplate`));
      else errors.push(...validateClaimSpec(source.volumeClaimTemplate.spec, `${at}.volumeClaimTemplate.spec`));
  }
}

function validateProjection(source: Any, at: string, i: number, errors: FieldError[]): void {
  const path = `${at}.sources[${i}]`;
  for (const kind of ["secret", "configMap"]) {
    if (source[kind] === undefined) continue;
    if (!source[kind].name) errors.push(required(`${path}.${kind}.name`));
    validateItems(source[kind].items, `${path}.${kind}.items`, errors);
  }
  for (const file of listOf(source.downwardAPI?.items)) validateDownward(file, `${path}.downwardAPI`, errors);
  const token = source.serviceAccountToken;
  if (token !== undefined) {
    if (token.expirationSeconds < 600) {
      const why = "may not specify a duration less than 10 minutes";
      errors.push(invalidField(`${path}.serviceAccountToken.expirationSeconds`, token.expirationSeconds, why));
    }
    if (!token.path) errors.push(required(`${at}.path`));
    else checkLocalPath(token.path, `${at}.path`, errors);
  }
  const kinds = Object.keys(source).filter((key) => source[key] !== undefined);
  if (kinds.length > 1) errors.push(forbiddenField(path, "may not specify more than 1 volume type per source"));
}

/** No two sources of a projected volume put a file in one place. */
function checkPaths(sources: Any[], at: string, errors: FieldError[]): void {
  const places = new Set<string>();
  for (const source of sources) {
    for (const kind of ["secret", "configMap", "downwardAPI"]) {
      for (const { path } of listOf(source[kind]?.items)) {
        if (!path) continue;
        if (places.has(path)) errors.push(invalidField(at, source[kind].name ?? path, "conflicting duplicate paths"));
        places.add(path);
      }
    }
  }
}

const podFields = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

function validateDownward(file: Any, at: string, errors: FieldError[]): void {
  if (!file.path) errors.push(required(`${at}.path`));
  checkLocalPath(file.path ?? "", `${at}.path`, errors);
  if (file.fieldRef === undefined && file.resourceFieldRef === undefined) {
    errors.push(required(at, "one of fieldRef and resourceFieldRef is required"));
  }
  const field: string | undefined = file.fieldRef?.fieldPath;
  if (field !== undefined && !/^metadata\.(?:annotations|labels)\['.*'\]$/.test(field)) {
    checkOneOf(`${at}.fieldRef.fieldPath`, field, podFields, errors);
  }
  checkMode(file.mode, `${at}.mode`, errors);
}

function validateItems(items: Any, path: string, errors: FieldError[]): void {
  listOf(items).forEach((item, i) => {
    const at = `${path}[${i}]`;
    for (const key of ["key", "path"]) if (!item[key]) errors.push(required(`${at}.${key}`));
    checkLocalPath(item.path ?? "", `${at}.path`, errors);
    checkMode(item.mode, `${at}.mode`, errors);
  });
}

function checkMode(mode: number | undefined, field: string, errors: FieldError[]): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) {
    errors.push(invalidField(field, mode, "must be a number between 0 and 0777 (octal), both inclusive"));
  }
}

/** A path below a directory. */
export function checkRelativePath(path: string, field: string, errors: FieldError[]): void {
  if (path.startsWith("/")) errors.push(invalidField(field, path, "must be a relative path"));
  checkBacksteps(path, field, errors);
}

function checkLocalPath(path: string, field: string, errors: FieldError[]): void {
  checkRelativePath(path, field, errors);
  if (path.startsWith("..") && !path.startsWith("../")) {
    errors.push(invalidField(field, path, "must not start with '..'"));
  }
}

function checkBacksteps(path: string, field: string, errors: FieldError[]): void {
  if (path.split("/").includes("..")) errors.push(invalidField(field, path, "must not contain '..'"));
}
