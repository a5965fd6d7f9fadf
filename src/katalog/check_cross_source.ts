import { formatDuration, parseDuration } from "../base/duration.ts";
import { canonicalJson, type Json } from "../base/json.ts";
import type { CrdContext } from "./crd_context.ts";
import { type DeclaredCross, declaredCross } from "./cross.ts";
import { buildSource, readHost } from "./cross_source.ts";
import { childOf, keyPath, type Node, textOf } from "./node.ts";

/** Shortest and longest time between two polls of a source. */
const minIntervalMs = 1_000;
const maxIntervalMs = 3_600_000;
/** Sources of one Katalog: each is polled, and kept in memory once. */
const maxSources = 64;

/**
 * Every `source` of `operatorBox.cross` says where another Runtime is, and items that name the same entry of the same
 * Runtime agree on how it is read. What that Runtime runs is not checked (ruling 107).
 */
export function crossSourcesAreRuntimes(crds: readonly CrdContext[]): void {
  /** Key of a source → its settings, and where they are. */
  const known = new Map<string, { readonly settings: string; readonly at: Node["at"] }>();
  for (const crd of crds) {
    for (const item of declaredCross(crd.entry)) {
      if (item.source === undefined) continue;
      const source = item.source;
      const path = `${crd.path}.${item.path}`;
      checkSource(item, source, path, crd);
      const plan = item.crd === undefined ? undefined : buildSource(source, item.crd.name);
      if (plan === undefined) continue;
      const settings = canonicalJson(plan as unknown as Json);
      const first = known.get(plan.key);
      if (first === undefined) {
        known.set(plan.key, { settings, at: source.at });
        if (known.size === maxSources + 1) {
          crd.report.error(source.at, keyPath(path, "source"), `More than ${maxSources} sources are declared`);
        }
      } else if (first.settings !== settings) {
        crd.report.error(
          source.at,
          keyPath(path, "source"),
          `"${plan.crd}" of ${plan.url} is read in another way at ${first.at.file}, line ${first.at.line}`,
          "give both the same cacheFor, auth and caFile: it is read once for all",
        );
      }
    }
  }
}

function checkSource(item: DeclaredCross, source: Node, path: string, { report }: CrdContext): void {
  const error = (node: Node, field: string, message: string, hint?: string): void =>
    report.error(node.at, keyPath(path, "source", ...field.split(".")), message, hint);
  if (item.labelSelector !== undefined) {
    const hint = "name the entry as that Runtime has it, with crd";
    report.error(item.labelSelector.at, keyPath(path, "labelSelector"), "It finds no entry of another Runtime", hint);
  }
  const [host, cacheFor, caFile, auth] = ["host", "cacheFor", "caFile", "auth"].map((key) => childOf(source, key));
  const tokenFile = childOf(auth, "tokenFile");
  const text = textOf(host) ?? "";
  const isLiteral = host !== undefined && text !== "" && !text.includes("{{"); // else there is a finding of its own
  const read = isLiteral ? readHost(text) : undefined;
  if (read !== undefined && "error" in read) {
    error(host!, "host", `It cannot be asked: ${read.error}`, 'write it as "http://ork-runtime.shop:8080"');
  }
  const ms = parseDuration(textOf(cacheFor) ?? "");
  if (ms !== undefined && (ms < minIntervalMs || ms > maxIntervalMs)) {
    const range = `${formatDuration(minIntervalMs)} to ${formatDuration(maxIntervalMs)}`;
    error(cacheFor!, "cacheFor", `${formatDuration(ms)} is out of range`, `give ${range}`);
  }
  for (const [node, field] of [[caFile, "caFile"], [tokenFile, "auth.tokenFile"]] as const) {
    const file = textOf(node);
    if (file === undefined || file.startsWith("/") || file.includes("{{")) continue;
    error(node!, field, `"${file}" is no absolute path`, "the Runtime reads it where it runs: begin with /");
  }
  if (read === undefined || "error" in read || !read.url.startsWith("http:")) return;
  if (caFile !== undefined) error(caFile, "caFile", "An http:// host has no certificate", "use https://");
  if (auth !== undefined) {
    const where = keyPath(path, "source", "auth");
    report.warn(auth.at, where, "The token is sent unencrypted: the host is http://", "use https://");
  }
}
