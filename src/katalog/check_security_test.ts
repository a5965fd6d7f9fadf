import assert from "node:assert/strict";
import { formatFinding } from "../base/finding.ts";
import { loadKatalog } from "./load.ts";

/** Loads files `a.yaml`, `b.yaml`, … with one `security` block each, and an entry of their own. */
function load(...blocks: readonly string[]) {
  return loadKatalog(
    blocks.map((security, i) => {
      const name = "abc"[i]!;
      // Where it stands moves no line.
      const gateway = i === 0 ? "gateway: {}\n" : "";
      const text = `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: ${name}}\n` +
        (security === "" ? "" : `security: {${security}}\n`) +
        `spec: {crds: {${name}: {apiTypes: {group: x.example.org, version: v1, kind: ${name.toUpperCase()}}}}}\n${gateway}`;
      return { path: `${name}.yaml`, bytes: new TextEncoder().encode(text) };
    }),
    () => undefined,
  );
}

Deno.test("loadKatalog() joins the lists of security of several files, and takes the rest from the one that has it", () => {
  const { katalog, findings } = load(
    "deletionProtection: {override: {users: [olga]}}, namespaceProtection: {restrictedNamespaces: [a]}",
    "deletionProtection: {strictMode: true, override: {users: [olga, gus]}}",
    "namespaceProtection: {failurePolicy: Ignore, restrictedNamespaces: [b]}",
  );
  assert.deepEqual(findings, []);
  const { deletionProtection, namespaceProtection } = katalog!.security;
  assert.equal(deletionProtection!.strictMode, true);
  assert.deepEqual(deletionProtection!.override.users, ["olga", "gus"]);
  assert.equal(namespaceProtection!.failurePolicy, "Ignore");
  assert.deepEqual(katalog!.namespaces.restricted, ["a", "b"]);
});

Deno.test("loadKatalog() refuses files that say different things of protection", () => {
  const { katalog, findings } = load(
    "deletionProtection: {strictMode: true}",
    "",
    "deletionProtection: {strictMode: false}",
  );
  assert.equal(katalog, undefined);
  assert.deepEqual(findings.map(formatFinding), [
    'c.yaml:4:33: error: security.deletionProtection.strictMode: "strictMode" holds for all files, and a.yaml says ' +
    "true (line 4)\n    hint: keep one of them",
  ]);
});

Deno.test("loadKatalog() finds strict mode that another file makes pointless", () => {
  const { findings } = load("deletionProtection: {enabled: false}", "deletionProtection: {strictMode: true}");
  assert.deepEqual(findings.map(({ file, message }) => [file, message]), [
    ["b.yaml", "Strict mode without deletion protection protects nothing"],
  ]);
});

Deno.test("loadKatalog() leaves security away where no file has it, and reads an empty block as one that is enabled", () => {
  const none = { deletionProtection: undefined, namespaceProtection: undefined, identity: "process" };
  assert.deepEqual(load("").katalog!.security, none);
  const { deletionProtection } = load("deletionProtection: {}").katalog!.security;
  assert.deepEqual(deletionProtection, {
    ...{ enabled: true, failurePolicy: "Fail", cleanupOnShutdown: false, serviceName: undefined, strictMode: false },
    override: { users: [], groups: [], serviceAccounts: [] },
    at: "a.yaml:4:12",
  });
});

Deno.test("loadKatalog() takes an identity for each box from any file, and not two words for it", () => {
  assert.equal(load("", "identity: perBox").katalog!.security.identity, "perBox");
  assert.equal(load("identity: perBox", "identity: perBox").katalog!.security.identity, "perBox");
  assert.deepEqual(load("identity: perBox", "identity: process").findings.map(formatFinding), [
    'b.yaml:4:22: error: security.identity: "identity" holds for all files, and a.yaml says perBox (line 4)\n' +
    "    hint: keep one of them",
  ]);
  assert.deepEqual(load("identity: perCell").findings.length, 1);
});

Deno.test("loadKatalog() refuses templates in security: it holds before there is a CR", () => {
  const { findings } = load("deletionProtection: {override: {users: ['{{ .metadata.name }}']}}");
  assert.deepEqual(findings.map(({ message }) => message), ["Templates are not allowed here"]);
});
