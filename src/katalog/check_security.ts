import { isDnsLabel, isDnsSubdomain } from "../k8s/names.ts";
import { judgeNamespace } from "../k8s/namespace_globs.ts";
import { protectionLabel } from "../k8s/protection.ts";
import { blocksOf } from "./build_security.ts";
import type { CrdContext } from "./crd_context.ts";
import type { Security } from "./model.ts";
import { childOf, itemPath, itemsOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";
import type { Report } from "./report.ts";

/** What is checked of `security` of all files together. */
export function checkSecurity(roots: readonly Node[], security: Security, report: Report): void {
  for (const name of ["deletionProtection", "namespaceProtection"]) filesAgree(roots, name, report);
  identitiesAgree(roots, report);
  strictModeProtects(roots, security, report);
  for (const root of roots) overridersAreIdentities(root, report);
}

/** The block holds for all files, so no two of them may say different things. Lists are joined. */
function filesAgree(roots: readonly Node[], name: string, report: Report): void {
  const first = new Map<string, Node>();
  for (const { node } of blocksOf(roots, name)) {
    if (node.type !== "map") continue;
    for (const [key, { keyAt, value }] of node.entries) {
      const text = textOf(value);
      if (text === undefined) continue;
      const other = first.get(key);
      if (other === undefined) first.set(key, value);
      else if (textOf(other) !== text) {
        report.error(
          keyAt,
          keyPath("security", name, key),
          `"${key}" holds for all files, and ${other.at.file} says ${textOf(other)} (line ${other.at.line})`,
          "keep one of them",
        );
      }
    }
  }
}

function identitiesAgree(roots: readonly Node[], report: Report): void {
  const [first, ...others] = blocksOf(roots, "identity");
  for (const { node } of others) {
    if (textOf(node) === textOf(first!.node)) continue;
    const { file, line } = first!.node.at;
    const message = `"identity" holds for all files, and ${file} says ${textOf(first!.node)} (line ${line})`;
    report.error(node.at, "security.identity", message, "keep one of them");
  }
}

function strictModeProtects(roots: readonly Node[], { deletionProtection }: Security, report: Report): void {
  if (deletionProtection?.strictMode !== true || deletionProtection.enabled) return;
  const strict = blocksOf(roots, "deletionProtection").map(({ node }) => childOf(node, "strictMode"))
    .find((node) => textOf(node) === "true");
  if (strict === undefined) return;
  report.error(
    strict.at,
    "security.deletionProtection.strictMode",
    "Strict mode without deletion protection protects nothing",
    "remove enabled: false, or this key",
  );
}

/** Groups that everyone is in, or every Pod (Kubernetes: "User impersonation", "Service account permissions"). */
const everyone: ReadonlySet<string> = new Set([
  "system:authenticated",
  "system:unauthenticated",
  "system:serviceaccounts",
]);

function overridersAreIdentities(root: Node, report: Report): void {
  const override = nodeAt(root, "security", "deletionProtection", "override");
  const base = "security.deletionProtection.override";
  const each = (key: string, check: (text: string, node: Node, path: string) => void) =>
    itemsOf(childOf(override, key)).forEach((node, i) => {
      const text = textOf(node)?.trim();
      if (text !== undefined) check(text, node, itemPath(keyPath(base, key), i));
    });
  each("serviceAccounts", (text, node, path) => {
    const [namespace = "", name = "", ...more] = text.split("/");
    if (isDnsLabel(namespace) && isDnsSubdomain(name) && more.length === 0) return;
    report.error(node.at, path, `"${text}" is no ServiceAccount`, "write namespace/name");
  });
  const isNobody = (text: string, node: Node, path: string): boolean => {
    if (text === "") report.error(node.at, path, "This names nobody", "remove it");
    return text === "";
  };
  each("users", (text, node, path) => {
    if (isNobody(text, node, path) || !text.startsWith("system:serviceaccount:")) return;
    const [, , namespace, name] = text.split(":");
    report.error(node.at, path, `"${text}" is a ServiceAccount`, `list ${namespace}/${name} under serviceAccounts`);
  });
  each("groups", (text, node, path) => {
    if (isNobody(text, node, path) || !everyone.has(text)) return;
    report.warn(node.at, path, `Everyone in "${text}" may override deletion protection`, "list a smaller group");
  });
}

/** What `deletionProtection` of an entry says that has no effect, or protects less than it seems to. */
export function protectionProtects({ entry, path, security, report }: CrdContext): void {
  const block = childOf(entry, "deletionProtection");
  if (block === undefined) return;
  const at = keyPath(path, "deletionProtection");
  const whole = security.deletionProtection;
  const strict = childOf(block, "strictMode");
  const isStrict = textOf(strict) === "true";
  if (whole?.enabled !== true) {
    const why = "security.deletionProtection is not enabled";
    if (isStrict) {
      const message = `Strict mode without deletion protection protects nothing: ${why}`;
      report.error(strict!.at, keyPath(at, "strictMode"), message, "enable it, or remove this key");
    } else report.warn(block.at, at, `This has no effect: ${why}`, "enable it, or remove this block");
    return;
  }
  const crs = textOf(childOf(block, "protectCRs")) !== "false";
  const crd = childOf(block, "protectCRD");
  if (crs && textOf(crd) === "false") {
    report.warn(
      crd!.at,
      keyPath(at, "protectCRD"),
      "The CRs are protected and their CRD is not: they all go with it, without being asked for one by one",
      "remove this key",
    );
  }
  if (isStrict && (!crs || !whole.strictMode)) {
    const why = crs ? "security.deletionProtection.strictMode is not set" : "protectCRs is false";
    report.warn(strict!.at, keyPath(at, "strictMode"), `This has no effect: ${why}`, "set it, or remove this key");
  }
}

/** The label is the operator's to write, where it protects. */
export function protectionLabelIsNotDeclared({ entry, path, report }: CrdContext): void {
  const labels = childOf(entry, "labels");
  const declared = labels?.type === "map" ? labels.entries.get(protectionLabel) : undefined;
  if (declared === undefined) return;
  report.error(
    declared.keyAt,
    keyPath(path, "labels", protectionLabel),
    "This label is written by deletion protection",
    "declare security.deletionProtection, and deletionProtection on this entry",
  );
}

/** The one namespace that is watched is one that CRs may be in. */
export function watchedNamespaceIsAllowed({ entry, path, namespaces, report }: CrdContext): void {
  const node = childOf(entry, "namespace");
  const namespace = textOf(node)?.trim();
  if (node === undefined || namespace === undefined) return;
  const verdict = judgeNamespace(namespaces, namespace);
  if (verdict === "allowed") return;
  report.warn(
    node.at,
    keyPath(path, "namespace"),
    `No CR is reconciled: the namespace "${namespace}" is ` +
      (verdict === "restricted" ? "in restrictedNamespaces" : "not in allowedNamespaces"),
    verdict === "restricted" ? "take it off the list" : "list it there",
  );
}
