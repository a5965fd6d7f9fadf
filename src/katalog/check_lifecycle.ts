import { parseRange, parseVersion } from "../base/semver.ts";
import { childOf, itemPath, itemsOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";
import type { Report } from "./report.ts";
import { maturities } from "./schema_lifecycle.ts";

/** What `lifecycle` of a document says that is worth a warning, and what of it cannot be read. */
export function checkLifecycle(root: Node, report: Report): void {
  const lifecycle = childOf(root, "lifecycle");
  const deprecation = childOf(lifecycle, "deprecation");
  for (const key of ["from", "to"]) {
    const day = nodeAt(deprecation, "timeline", key);
    if (day === undefined || isDay(textOf(day) ?? "")) continue;
    const path = keyPath("lifecycle.deprecation.timeline", key);
    report.error(day.at, path, "Expected a day such as 2026-12-31");
  }
  for (const key of ["kubernetes", "orkestra"]) {
    const range = nodeAt(lifecycle, "compatibility", key);
    if (range === undefined || parseRange(textOf(range) ?? "") !== undefined) continue;
    report.error(range.at, keyPath("lifecycle.compatibility", key), "Expected a range of versions such as >=1.28 <2");
  }
  itemsOf(nodeAt(lifecycle, "accept", "patterns")).forEach((item, i) => {
    const range = childOf(item, "version");
    if (range === undefined || parseRange(textOf(range) ?? "") !== undefined) return;
    const path = keyPath(itemPath("lifecycle.accept.patterns", i), "version");
    report.error(range.at, path, "Expected a range of versions such as >=1.28 <2");
  });
  const maturity = childOf(lifecycle, "maturity");
  if (deprecation === undefined && textOf(maturity) !== "deprecated") return;
  const at = deprecation ?? maturity!;
  const until = textOf(nodeAt(deprecation, "timeline", "to"));
  const instead = textOf(childOf(deprecation, "migratedTo"));
  const said = textOf(childOf(deprecation, "message"));
  const name = textOf(nodeAt(root, "metadata", "name")) ?? "";
  report.warn(
    at.at,
    deprecation === undefined ? "lifecycle.maturity" : "lifecycle.deprecation",
    `The Katalog "${name}" is deprecated${until === undefined ? "" : `, and ends on ${until}`}${
      said === undefined ? "" : `: ${said}`
    }`,
    instead === undefined ? undefined : `in its place: ${instead}`,
  );
}

/** A Komposer may ask how mature the Katalogs are that it imports, and say which it takes all the same. */
export function checkMaturity(
  komposer: Node,
  katalogs: readonly { readonly root: Node; readonly named: Node; readonly path: string }[],
  report: Report,
): void {
  const floor = textOf(nodeAt(komposer, "policy", "lifecycle", "minMaturity"));
  const accepted = itemsOf(nodeAt(komposer, "lifecycle", "accept", "patterns"));
  for (const { root, named, path } of katalogs) {
    const name = textOf(nodeAt(root, "metadata", "name")) ?? "";
    const maturity = textOf(nodeAt(root, "lifecycle", "maturity"));
    if (floor === undefined || maturity === undefined || isAtLeast(maturity, floor)) continue;
    if (accepted.some((pattern) => accepts(pattern, root))) continue;
    report.error(
      named.at,
      path,
      `The Katalog "${name}" is ${maturity}, and policy.lifecycle.minMaturity is ${floor}`,
      `import a version that is more mature, or list it: lifecycle.accept.patterns: [{name: ${name}}]`,
    );
  }
  accepted.forEach((pattern, i) => {
    if (katalogs.some(({ root }) => accepts(pattern, root))) return;
    const path = itemPath("lifecycle.accept.patterns", i);
    report.warn(pattern.at, path, "No imported Katalog is meant by this", "remove it, or correct its name or version");
  });
}

function accepts(pattern: Node, katalog: Node): boolean {
  const said = (key: string) => textOf(childOf(pattern, key));
  const is = (key: string) => textOf(nodeAt(katalog, "metadata", key));
  if (said("name") !== is("name") || (said("author") !== undefined && said("author") !== is("author"))) return false;
  const [range, version] = [said("version"), parseVersion(is("version") ?? "")];
  return range === undefined || (version !== undefined && parseRange(range)?.(version) === true);
}

/** What is deprecated is not mature. */
function isAtLeast(maturity: string, floor: string): boolean {
  const order: readonly string[] = maturities.filter((each) => each !== "deprecated");
  return maturity !== "deprecated" && order.indexOf(maturity) >= order.indexOf(floor);
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) &&
    new Date(text).toISOString().startsWith(text);
}
