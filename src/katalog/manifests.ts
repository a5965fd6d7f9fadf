import { isMap, type Json, ownValue } from "../base/json.ts";
import type { Finding, Position } from "../base/finding.ts";
import type { KubeObject } from "../k8s/object.ts";
import { manifestLimits } from "./decode.ts";
import { toJson } from "./node.ts";
import type { SourceFile } from "./source.ts";
import { readYaml } from "./yaml.ts";

/** A Kubernetes object from a file, and where it begins there. */
export interface Manifest {
  readonly object: KubeObject;
  readonly at: Position;
}

/** The Kubernetes objects of a file of manifests, in order; a `List` is its items. Never throws, whatever the bytes. */
export function readManifests(file: SourceFile): { manifests: Manifest[]; findings: readonly Finding[] } {
  const { documents, findings } = readYaml(file, manifestLimits);
  const problems = [...findings];
  const manifests: Manifest[] = [];
  const take = (value: Json, at: Position): void => {
    if (isMap(value) && ownValue(value, "kind") === "List" && Array.isArray(value["items"])) {
      for (const item of value["items"]) take(item, at);
      return;
    }
    const missing = missingIn(value);
    if (missing === undefined) manifests.push({ object: value as unknown as KubeObject, at });
    else {
      problems.push({
        ...at,
        severity: "error",
        path: missing,
        message: missing === "" ? "This is no Kubernetes object" : `The object has no ${missing}`,
        hint: "an object has apiVersion, kind and metadata.name",
      });
    }
  };
  for (const document of documents) take(toJson(document), document.at);
  return { manifests, findings: problems };
}

/** The first field that every object has and this value has not; "" for what is no map. */
function missingIn(value: Json): string | undefined {
  if (!isMap(value)) return "";
  for (const key of ["apiVersion", "kind"]) if (!isText(ownValue(value, key))) return key;
  const metadata = ownValue(value, "metadata");
  return isMap(metadata) && isText(ownValue(metadata, "name")) ? undefined : "metadata.name";
}

function isText(value: Json | undefined): boolean {
  return typeof value === "string" && value !== "";
}
