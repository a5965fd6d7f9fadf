import assert from "node:assert/strict";
import { account, normal } from "../../tests/support/protection_requests.ts";
import { planOf } from "../../tests/support/plans.ts";
import { defaultInstallation } from "../k8s/installation.ts";
import { compileProtection, isRuntime, mayOverride, resourceKey, type UserInfo } from "./protection.ts";

const listing = (override: string) =>
  compileProtection(
    planOf(
      "shop: {apiTypes: {group: shop.example.org, version: v1, kind: Shop}}\n",
      `security: {deletionProtection: {${override}}}\n`,
    ).protection!,
    defaultInstallation,
  );

const lists = listing(
  "override: {users: [olga, oleg], groups: [night, day], serviceAccounts: [backup/velero, other/restore]}",
);
const velero = account("backup", "velero");

const users: [what: string, user: UserInfo | undefined, may: boolean][] = [
  ["the first listed user", { username: "olga", groups: [] }, true],
  ["the last listed user", { username: "oleg", groups: [] }, true],
  ["a user who is not listed", { username: "alice", groups: ["developers"] }, false],
  ["a user of the last listed group", { username: "alice", groups: ["day"] }, true],
  ["a user of the first listed group", { username: "alice", groups: ["night", "x"] }, true],
  ["a user whose name is that of a group", { username: "night", groups: [] }, false],
  ["the first listed account", velero, true],
  ["the last listed account", account("other", "restore"), true],
  ["an account of that name elsewhere", account("other", "velero"), false],
  ["a user with the name of an account, who has not its group", { ...velero, groups: [] }, false],
  ["nobody", undefined, false],
  ["a user without a name, of a listed group", { groups: ["day"] } as unknown as UserInfo, false],
  ["a user with an empty name, of a listed group", { username: "", groups: ["day"] }, false],
];

for (const [what, user, may] of users) {
  Deno.test(`mayOverride(): ${what} ${may ? "may" : "may not"}`, () => assert.equal(mayOverride(user, lists), may));
}

Deno.test("mayOverride(): nobody may where nobody is listed", () => {
  assert.equal(mayOverride({ username: "olga", groups: [] }, listing("strictMode: true")), false);
  assert.equal(mayOverride({ username: "olga", groups: [] }, compileProtection({}, defaultInstallation)), false);
});

Deno.test("compileProtection() without deletion protection protects no objects, not even our own", () => {
  const none = compileProtection({}, defaultInstallation);
  assert.deepEqual([none.kinds.size, none.definitions.size, none.own.size, none.namespaces.size], [0, 0, 0, 0]);
  assert.ok(normal.protection.own.size > 0);
});

Deno.test("isRuntime(): the account of the Runtime, and those of its operators", () => {
  const installation = { ...defaultInstallation, boxAccounts: ["orkestra-box-shop"] };
  const { namespace } = defaultInstallation;
  assert.equal(isRuntime(account(namespace, defaultInstallation.runtimeAccount), installation), true);
  assert.equal(isRuntime(account(namespace, "orkestra-box-shop"), installation), true);
  assert.equal(isRuntime(account(namespace, "orkestra-box-shop"), defaultInstallation), false);
  assert.equal(isRuntime(account("other", "orkestra-box-shop"), installation), false);
});

Deno.test("resourceKey() has no dot for the core group", () => {
  assert.equal(resourceKey({ group: "", resource: "secrets" }), "secrets");
  assert.equal(resourceKey({ group: "apps", resource: "deployments" }), "deployments.apps");
});
