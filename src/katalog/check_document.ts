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
  if (kind === undefined || name === undefined || name === "Katalog") return true;
  if (laterKinds.includes(name)) {
    report.error(kind.at, "kind", `Documents of kind "${name}" are not supported yet`);
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
  const near = nearest(name, ["Katalog", ...laterKinds]);
  report.error(
    kind.at,
    "kind",
    `Unknown kind "${name}"`,
    near === undefined ? "write Katalog" : `did you mean "${near}"?`,
  );
  return false;
}
