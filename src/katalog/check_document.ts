import { nearest } from "../base/suggest.ts";
import { shown } from "./check_shape.ts";
import { childOf, type Node, textOf } from "./node.ts";
import type { Report } from "./report.ts";
import { katalogApiVersion, laterKinds } from "./schema.ts";

const firstLines = `begin with "apiVersion: ${katalogApiVersion}" and "kind: Katalog"`;

/** Whether a document is a Katalog at all; if not, that is the one thing to say about it. */
export function isKatalog(root: Node, report: Report): boolean {
  if (root.type !== "map") {
    report.error(root.at, "", `Expected a Katalog, found ${shown(root)}`, firstLines);
    return false;
  }
  const kind = childOf(root, "kind");
  const name = textOf(kind);
  const apiVersion = textOf(childOf(root, "apiVersion"));
  if (kind === undefined || name === undefined || name === "Katalog" || name === "Komposer") return true;
  if (name === "Motif") {
    report.error(
      kind.at,
      "kind",
      "A Motif is a part of Katalogs, and nothing by itself",
      "name it under imports of a Katalog",
    );
    return false;
  }
  if (name === "Simulate") {
    report.error(kind.at, "kind", "Expected a Katalog, found a simulation", "run ork simulate");
    return false;
  }
  if (laterKinds.includes(name)) {
    const hint = "kind Simulate says what is expected without a cluster";
    report.error(kind.at, "kind", `Documents of kind "${name}" are not supported yet`, hint);
    return false;
  }
  if (apiVersion !== undefined && !apiVersion.startsWith("orkestra.")) {
    report.error(
      kind.at,
      "kind",
      `Expected a Katalog, found a manifest of kind "${name}"`,
      name === "CustomResourceDefinition" ? "a Katalog names it with crdFile" : firstLines,
    );
    return false;
  }
  const near = nearest(name, ["Katalog", "Komposer", "Motif", "Simulate", ...laterKinds]);
  report.error(
    kind.at,
    "kind",
    `Unknown kind "${name}"`,
    near === undefined ? "write Katalog" : `did you mean "${near}"?`,
  );
  return false;
}
