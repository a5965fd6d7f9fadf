import type { Finding, Position } from "../base/finding.ts";
import { isMap, type JsonMap } from "../base/json.ts";
import { shown } from "./check_shape.ts";
import { manifestLimits } from "./decode.ts";
import { childOf, type Node, nodeAt, textOf, toJson } from "./node.ts";
import { Report } from "./report.ts";
import type { SourceFile } from "./source.ts";
import { readYaml } from "./yaml.ts";

/** An object in a file of manifests. */
export interface Manifest {
  readonly object: JsonMap;
  readonly at: Position;
}

/**
 * Reads a file of Kubernetes manifests (YAML or JSON, several documents, `kind: List`) as kubectl does; numbers are
 * what the API server would store (ruling 36). An object without apiVersion, kind or name is a finding.
 */
export function readManifests(file: SourceFile): {
  readonly manifests: readonly Manifest[];
  readonly findings: readonly Finding[];
} {
  const { documents, findings } = readYaml(file, manifestLimits);
  const report = new Report();
  for (const finding of findings) report.add(finding);
  if (findings.length === 0 && documents.length === 0) {
    report.error({ file: file.path, line: 1, column: 1 }, "", "The file is empty", "write at least one object into it");
  }
  const manifests = documents.flatMap(itemsOfList).flatMap((node) => {
    const object = readObject(node, report);
    return object === undefined ? [] : [{ object, at: node.at }];
  });
  return { manifests: report.failed ? [] : manifests, findings: report.findings() };
}

function itemsOfList(node: Node): readonly Node[] {
  const items = childOf(node, "items");
  return textOf(childOf(node, "kind"))?.endsWith("List") === true && items?.type === "list" ? items.items : [node];
}

function readObject(node: Node, report: Report): JsonMap | undefined {
  if (node.type !== "map") {
    report.error(node.at, "", `Expected an object of Kubernetes, found ${shown(node)}`);
    return undefined;
  }
  for (const keys of [["apiVersion"], ["kind"], ["metadata", "name"]]) {
    if (textOf(nodeAt(node, ...keys)) !== undefined) continue;
    const generated = keys.length === 2 && textOf(nodeAt(node, "metadata", "generateName")) !== undefined;
    if (!generated) report.error(node.at, "", `"${keys.join(".")}" is missing`);
  }
  const object = toJson(node);
  return isMap(object) ? object : undefined;
}
