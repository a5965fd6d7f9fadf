import assert from "node:assert/strict";
import { evaluateCel } from "../../tests/support/cel.ts";
import { account, label, override, shop } from "../../tests/support/protection_requests.ts";
import type { Json, JsonMap } from "../base/json.ts";
import { controllerManager, defaultInstallation } from "../k8s/installation.ts";
import { judgeNamespace } from "../k8s/namespace_globs.ts";
import {
  and,
  changesOverride,
  changesOwners,
  isLabelled,
  isNamed,
  isOperation,
  isRefusedNamespace,
  isResource,
  isTrusted,
  not,
  or,
} from "./cel.ts";
import type { BoxNamespaces } from "./protection.ts";

type UserInfo = ReturnType<typeof account>;

interface Variables {
  readonly request?: JsonMap;
  readonly object?: Json;
  readonly oldObject?: Json;
}

const holds = (expression: string, { request = {}, object = null, oldObject = null }: Variables): unknown =>
  evaluateCel(expression, { request, object, oldObject });

Deno.test("and(), or() and not() join whole operands; or() of none is false", () => {
  assert.equal(and("a"), "a");
  assert.equal(and("a", "b"), "(a && b)");
  assert.equal(or("a"), "a");
  assert.equal(or("a", "b"), "(a || b)");
  assert.equal(or(), "false");
  assert.equal(not(and("a", "b")), "!(a && b)");
});

const box = (more: Partial<BoxNamespaces>): BoxNamespaces =>
  ({ allowed: [], restricted: [], ...more }) as BoxNamespaces;

/** Lists of several boxes of one kind, with selectors and without. */
const rules: readonly (readonly BoxNamespaces[])[] = [
  [box({})],
  [box({ allowed: ["a"] })],
  [box({ allowed: ["a", "b-*", "*-c"] })],
  [box({ restricted: ["a", "b-*", "*-c"] })],
  [box({ allowed: ["*"], restricted: ["*-c"] })],
  [box({ allowed: ["a", "b-*"], restricted: ["b-x", "a"] })],
  [box({ restricted: ["*"] })],
  [box({ allowed: ["b-*"] }), box({ allowed: ["a"] })],
  [box({ allowed: ["a"], labelSelector: { tier: "gold" } })],
  [box({ allowed: ["a"], namespace: "b-x" })],
  [
    box({ allowed: ["a"], labelSelector: { tier: "gold", team: "tea" } }),
    box({ restricted: ["b-*"], namespace: "b-x" }),
  ],
  // One of them takes every CR, the other some.
  [box({ allowed: ["a"] }), box({ allowed: ["b-*"], labelSelector: { tier: "gold" } })],
  [box({ allowed: ["b-*"], labelSelector: { tier: "gold" } }), box({ allowed: ["a"] })],
];
const namespaces = ["a", "ab", "bx", "xc", "b-", "b-x", "b-x-c", "x-c", "-c", "c"];
const labels: readonly (JsonMap | undefined)[] = [undefined, { tier: "gold" }, { tier: "gold", team: "tea" }, {
  tier: "",
}];

/** Some box would take the CR, and none takes it in this namespace. */
function isRefused(boxes: readonly BoxNamespaces[], namespace: string, own: JsonMap = {}): boolean {
  const taken = boxes.filter(({ labelSelector, namespace: only }) =>
    (only === undefined || only === namespace) &&
    Object.entries(labelSelector ?? {}).every(([key, value]) => own[key] === value)
  );
  return taken.length > 0 && taken.every((each) => judgeNamespace(each, namespace) !== "allowed");
}

for (const boxes of rules) {
  Deno.test(`isRefusedNamespace() asks about what is refused, and about nothing else: ${JSON.stringify(boxes)}`, () => {
    const expression = isRefusedNamespace(boxes);
    for (const namespace of namespaces) {
      for (const own of labels) {
        const object = shop(own);
        assert.equal(
          holds(expression, { request: { namespace }, object }),
          isRefused(boxes, namespace, own),
          `${namespace} ${JSON.stringify(own)}: ${expression}`,
        );
      }
    }
  });
}

Deno.test("isTrusted() is the Runtime, one of its operators, or a controller that carries out deletions", () => {
  const { namespace, runtimeAccount } = defaultInstallation;
  const trusted = (userInfo: Json, boxAccounts: string[] = []) =>
    holds(isTrusted({ ...defaultInstallation, boxAccounts }), { request: { userInfo } });
  const of = (user: UserInfo) => user as unknown as Json;
  assert.equal(trusted(of(account(namespace, runtimeAccount))), true);
  assert.equal(trusted(of(account(namespace, "orkestra-box-a"))), false);
  for (const name of [runtimeAccount, "orkestra-box-a", "orkestra-box-b"]) {
    assert.equal(trusted(of(account(namespace, name)), ["orkestra-box-a", "orkestra-box-b"]), true, name);
  }
  assert.equal(trusted(of(account("other", runtimeAccount))), false);
  assert.equal(trusted(of({ ...account(namespace, runtimeAccount), groups: [] })), false, "its name alone");
  assert.equal(
    trusted(of({ username: account(namespace, runtimeAccount).username! } as UserInfo)),
    false,
    "no groups at all",
  );
  assert.equal(trusted(of(account("kube-system", "generic-garbage-collector"))), true);
  assert.equal(trusted({ username: controllerManager }), true);
  assert.equal(trusted({}), false);
});

Deno.test("isNamed() knows the name of a request, of the object before, or none", () => {
  const named = (name: string | undefined, oldObject: Json) =>
    holds(isNamed(["a", "b"]), { request: name === undefined ? {} : { name }, oldObject });
  assert.equal(named("b", null), true);
  assert.equal(named("c", null), false);
  assert.equal(named(undefined, { metadata: { name: "a" } }), true);
  assert.equal(named(undefined, { metadata: {} }), false);
  assert.equal(named(undefined, null), false);
});

Deno.test("isOperation() and isResource() are of one among several", () => {
  const request = (operation: string, group: string, resource: string) => ({
    request: { operation, resource: { group, resource } },
  });
  const both = and(isOperation("CREATE", "UPDATE"), isResource(["a.dev/shops", "/secrets"]));
  assert.equal(holds(both, request("UPDATE", "a.dev", "shops")), true);
  assert.equal(holds(both, request("CREATE", "", "secrets")), true);
  assert.equal(holds(both, request("DELETE", "", "secrets")), false);
  assert.equal(holds(both, request("CREATE", "a.dev", "secrets")), false);
});

Deno.test("isLabelled() is the label with its one value, on either side", () => {
  const labelled = (own: JsonMap | undefined) => holds(isLabelled("oldObject"), { oldObject: shop(own) });
  assert.equal(labelled({ [label]: "true" }), true);
  for (const own of [{ [label]: "True" }, { x: "true" }, undefined] as (JsonMap | undefined)[]) {
    assert.equal(labelled(own), false);
  }
  assert.equal(holds(isLabelled("object"), { object: null }), false);
});

Deno.test("changesOverride() is that a reason comes, goes or becomes another one", () => {
  const changes = (before: Json, after: Json) => holds(changesOverride(), { oldObject: before, object: after });
  const reason = (text: string) => shop(undefined, { [override]: text });
  const plain = shop(undefined);
  assert.equal(changes(plain, plain), false);
  assert.equal(changes(reason("a"), reason("a")), false);
  assert.equal(changes(plain, reason("a")), true);
  assert.equal(changes(reason("a"), plain), true);
  assert.equal(changes(reason("a"), reason("b")), true);
  assert.equal(changes(null, reason("a")), true);
  assert.equal(changes(null, plain), false);
});

Deno.test("changesOwners() is that owners are there after an update, and were not, or were others", () => {
  const changes = (before: Json, after: Json) => holds(changesOwners(), { oldObject: before, object: after });
  const owned = (...uids: string[]) => shop(undefined, undefined, { ownerReferences: uids.map((uid) => ({ uid })) });
  const plain = shop(undefined);
  assert.equal(changes(plain, owned("a")), true);
  assert.equal(changes(owned("a"), owned("a", "b")), true);
  assert.equal(changes(owned("a"), owned("a")), false);
  assert.equal(changes(owned("a"), plain), false);
  assert.equal(changes(null, owned("a")), false, "a new object is the requester's own");
  assert.equal(changes(owned("a"), null), false);
});
