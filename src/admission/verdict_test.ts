import assert from "node:assert/strict";
import { creates, deletes, requestOf, users } from "../../tests/support/protection_requests.ts";
import { all, allowed, described, nameOf, overridden, refused } from "./verdict.ts";

const named = (name: unknown) => ({ metadata: { name } }) as never;

Deno.test("nameOf(): that of the request, else of the object before, else of the new one", () => {
  const request = requestOf("UPDATE", users.alice, { oldObject: named("old"), object: named("new") });
  assert.equal(nameOf(request), "blue");
  for (const name of ["", undefined]) assert.equal(nameOf({ ...request, name }), "old");
  assert.equal(nameOf(creates(users.alice, named("new"), { name: "" })), "new");
  for (const odd of ["", 5, undefined]) assert.equal(nameOf(creates(users.alice, named(odd), { name: "" })), "");
  assert.equal(
    nameOf(requestOf("UPDATE", users.alice, { oldObject: named(""), object: named("new") }, { name: "" })),
    "new",
  );
});

Deno.test("described(): kind, namespace and name, as far as there are any", () => {
  const request = deletes(users.alice, named("blue"));
  assert.equal(described(request), "shops team-a/blue");
  assert.equal(described(request, "Shop"), "Shop team-a/blue");
  for (const namespace of ["", undefined]) assert.equal(described({ ...request, namespace }), "shops blue");
  const namespaces = { ...request, resource: { group: "", version: "v1", resource: "namespaces" }, namespace: "blue" };
  assert.equal(described(namespaces), "namespaces blue");
  assert.equal(described({ ...request, name: "", oldObject: null, namespace: undefined }), "shops without a name");
});

Deno.test("all(): the first refusal counts; what was overridden is joined, each use once", () => {
  const request = deletes(users.olga, named("blue"));
  const [first, second] = [refused("a", "b"), refused("c", "d")];
  assert.deepEqual(all([allowed, first, second]), first);
  assert.deepEqual(first, { allowed: false, code: 403, message: "a: b", auditAnnotations: {} });
  assert.deepEqual(all([allowed, allowed]), { allowed: true, code: 200, message: "", auditAnnotations: {} });
  assert.equal(all([]), allowed);
  const used = all([
    overridden(request, "set", "why"),
    overridden(request, "set-owner", "why"),
    overridden(request, "set", "why"),
  ]);
  assert.deepEqual(used, {
    ...allowed,
    auditAnnotations: {
      "deletion-override": "why",
      "deletion-override-use": "set,set-owner",
      "deletion-override-by": "olga",
    },
  });
});

Deno.test("overridden(): reason and name are bounded, and a name may be missing", () => {
  const request = deletes({ username: "o".repeat(5000), groups: [] }, null);
  const { auditAnnotations } = overridden(request, "delete", "r".repeat(5000));
  assert.equal(auditAnnotations["deletion-override"]!.length, 1024);
  assert.equal(auditAnnotations["deletion-override-by"]!.length, 1024);
  const nobody = overridden({ ...request, userInfo: undefined }, "delete", "r");
  assert.equal(nobody.auditAnnotations["deletion-override-by"], "");
});
