import { type Finding } from "../../base/finding.ts";
import { isMap, type Json, type JsonMap, ownValue } from "../../base/json.ts";
import { type FileReader, namedFiles } from "../../files/mod.ts";
import { type Katalog, loadKatalog, type ReadFile, readManifests, type SourceFile } from "../../katalog/mod.ts";
import { katalogConfigMap } from "../../k8s/installation.ts";
import { derivePlan, type Plan } from "../../plan/mod.ts";
import { hasErrors } from "../print_findings.ts";

/** A Katalog that is, or was, installed. */
export interface Previous {
  readonly katalog: Katalog;
  readonly plan: Plan;
  /** Where it comes from. */
  readonly file: string;
}

/** The Katalog of a bundle, or one in a file, that was installed before. */
export function readPrevious(
  path: string,
  files: FileReader,
): Previous | { readonly findings: readonly Finding[] } {
  const read = files.read(path);
  if (read === "folder") return problem(path, "It is a folder");
  if ("trouble" in read) return problem(path, `Cannot read the file: ${read.trouble}`);
  const { manifests, findings } = readManifests({ path, bytes: read.bytes });
  if (hasErrors(findings)) return { findings };
  const objects = manifests.map(({ object }) => object);
  const inMap = objects.map(katalogIn).find((text) => text !== undefined);
  if (inMap !== undefined) {
    return loadInstalled(path, inMap);
  }
  if (objects.some(({ kind }) => kind === "Katalog")) {
    return planOf(path, { path, bytes: read.bytes }, namedFiles(files));
  }
  return problem(path, `It has neither a ConfigMap ${katalogConfigMap.name} nor a Katalog`);
}

/** Loads the text of a ConfigMap. Lines count from the first of the Katalog, so its place says which one it is. */
export function loadInstalled(file: string, text: string): ReturnType<typeof readPrevious> {
  const source = { path: `${file}#${katalogConfigMap.key}`, bytes: new TextEncoder().encode(text) };
  return planOf(file, source, () => undefined);
}

function planOf(file: string, source: SourceFile, readFile: ReadFile): ReturnType<typeof readPrevious> {
  const { findings, katalog } = loadKatalog([source], readFile);
  return katalog === undefined ? { findings } : { katalog, plan: derivePlan(katalog), file };
}

/** The text of the Katalog in a ConfigMap; `undefined`: it is another object. */
export function katalogIn(object: JsonMap): string | undefined {
  const [metadata, data] = [ownValue(object, "metadata"), ownValue(object, "data")];
  if (object["kind"] !== "ConfigMap" || !isMap(metadata) || !isMap(data)) return undefined;
  const text: Json | undefined = ownValue(data, katalogConfigMap.key);
  return metadata["name"] === katalogConfigMap.name && typeof text === "string" ? text : undefined;
}

function problem(file: string, message: string): { readonly findings: readonly Finding[] } {
  const hint = "name a bundle, or a Katalog, that was installed before";
  return { findings: [{ severity: "error", file, line: 1, column: 1, path: "", message, hint }] };
}
