import assert from "node:assert/strict";
import {
  creates,
  normal,
  on,
  override,
  shop,
  strict,
  updates,
  users,
} from "../../tests/support/protection_requests.ts";
import type { JsonMap } from "../base/json.ts";
import { decideOverride, decideStrictMode } from "./protect_changes.ts";
import type { ProtectionRequest } from "./protection.ts";

const { alice, olga } = users;
const reason = (text: string): JsonMap => ({ [override]: text });
const plain = shop(undefined);

/** What the audit log has of a change: `use: reason`. */
function audited(request: ProtectionRequest): string {
  const { allowed, auditAnnotations } = decideOverride(normal.protection, request);
  assert.equal(allowed, true);
  return `${auditAnnotations["deletion-override-use"]}: ${auditAnnotations["deletion-override"]}`;
}

Deno.test("the audit log tells a reason that was set, changed and removed apart, with the reason that counts", () => {
  const [a, b] = [shop(undefined, reason("a")), shop(undefined, reason("b"))];
  assert.equal(audited(updates(olga, plain, a)), "set: a");
  assert.equal(audited(updates(olga, a, b)), "change: b");
  assert.equal(audited(updates(olga, a, plain)), "remove: a");
  assert.equal(audited(creates(olga, a)), "set: a");
  assert.equal(audited({ ...creates(olga, a), oldObject: b }), "set: a", "a new object has nothing before");
});

Deno.test("the refusal of a reason names the object, and says who may write it", () => {
  const { message } = decideOverride(normal.protection, updates(alice, plain, shop(undefined, reason("a"))));
  assert.equal(
    message,
    "the annotation orkestra.io/deletion-override of Shop team-a/blue may be written by identities alone that " +
      "security.deletionProtection.override lists: leave it as it is, or ask one of them",
  );
});

const owner: JsonMap = { apiVersion: "v1", kind: "ConfigMap", name: "bait", uid: "u-1" };
const owned = (annotations?: JsonMap) => shop(on, annotations, { ownerReferences: [owner] });

Deno.test("a listed identity that sets an owner is audited with the reason that stands, if one does", () => {
  assert.equal(audited(updates(olga, shop(on), owned())), "set-owner: ");
  assert.equal(audited(updates(olga, shop(on, reason("a")), owned(reason("a")))), "set-owner: a");
  assert.equal(audited(updates(olga, shop(on, reason("a")), owned(reason("b")))), "set-owner,change: b");
});

Deno.test("the refusal of an owner names what is protected, as a CR or by its resource", () => {
  const said = (request: ProtectionRequest) => decideOverride(normal.protection, request).message;
  assert.equal(
    said(updates(alice, shop(on), owned())),
    "an owner reference cannot be added to Shop team-a/blue, which is protected against deletion: the garbage " +
      "collector would delete it with its owner: leave metadata.ownerReferences as it is, or ask an identity that " +
      "security.deletionProtection.override lists",
  );
  const crd = {
    resource: { group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions" },
    name: "shops.shop.example.org",
    namespace: "",
  };
  const definition = (more: JsonMap = {}) => ({ metadata: { name: crd.name, ...more } });
  assert.match(
    said(updates(alice, definition(), definition({ ownerReferences: [owner] }), crd)),
    /^an owner reference cannot be added to customresourcedefinitions shops\.shop\.example\.org, /,
  );
  // A new object is the requester's own, with whatever owners it has.
  assert.equal(said(creates(alice, definition({ ownerReferences: [owner] }), crd)), "");
});

Deno.test("a sub-resource changes neither owners nor reasons, but for status; an empty one is none", () => {
  const decided = (subResource: string | undefined) =>
    decideOverride(normal.protection, { ...updates(alice, plain, shop(undefined, reason("a"))), subResource }).allowed;
  assert.deepEqual(["scale", "finalizers"].map(decided), [true, true]);
  assert.deepEqual(["", undefined, "status"].map(decided), [false, false, false]);
});

Deno.test("the refusal to take the label off in strict mode says how it can be", () => {
  const { message } = decideStrictMode(strict.protection, updates(alice, shop(on), shop(undefined)));
  assert.equal(
    message,
    "the label orkestra.io/deletion-protection of Shop team-a/blue cannot be removed or changed in strict mode: set " +
      "deletionProtection.strictMode or protectCRs to false in the Katalog, or let a listed identity set the annotation " +
      "orkestra.io/deletion-override to the reason and remove it",
  );
});
