import assert from "node:assert/strict";
import type { Json } from "../base/json.ts";
import { attempts } from "../../tests/support/protection_attempts.ts";
import { normal, type Protected, strict, users } from "../../tests/support/protection_requests.ts";
import { webhooksCalled } from "../../tests/support/webhook_match.ts";
import { decideProtection, type ProtectionDecision, type ProtectionPath, type ProtectionRequest } from "./protect.ts";

const paths: readonly ProtectionPath[] = ["/deletion-protection", "/strict-mode-protection", "/namespace-protection"];

/** What all paths together say: the first refusal, else what is audited. */
function outcomeOf({ protection }: Protected, request: ProtectionRequest): ProtectionDecision {
  const decisions = paths.map((path) => decideProtection(protection, path, request));
  return decisions.find(({ allowed }) => !allowed) ??
    decisions.find(({ auditAnnotations }) => Object.keys(auditAnnotations).length > 0) ?? decisions[0]!;
}

/** What a custom resource's `status` cannot change (its metadata), and what only a forged review has. */
function isNeverSent({ operation, resource, subResource, oldObject }: ProtectionRequest): boolean {
  return (subResource === "status" && resource.group !== "") || (operation === "CREATE" && oldObject !== null);
}

for (const [mode, rules] of [["normal", normal], ["strict", strict]] as const) {
  for (const attempt of attempts) {
    const expected = attempt[mode];
    Deno.test(`decideProtection(), ${mode} mode: ${attempt.what}: ${expected}`, () => {
      const { allowed, code, message, auditAnnotations } = outcomeOf(rules, attempt.request);
      const isTold = Object.keys(auditAnnotations).length > 0;
      if (expected === "allowed" || expected === "audited") {
        assert.deepEqual({ allowed, code, message, isTold }, {
          ...{ allowed: true, code: 200, message: "", isTold: expected === "audited" },
        });
      } else {
        assert.deepEqual([allowed, code, isTold], [false, 403, false]);
        assert.ok(message.includes(expected), message);
      }
    });

    // What the API server does not ask about is not protected: the conditions may only leave out what passes anyway.
    Deno.test(`the Gateway is asked where it must be, ${mode} mode: ${attempt.what}`, () => {
      const called = webhooksCalled(rules.configurations, attempt.request);
      const decided = called.map(({ path }) => decideProtection(rules.protection, path, attempt.request));
      if (isNeverSent(attempt.request)) return;
      if (expected === "allowed") assert.ok(decided.every(({ allowed }) => allowed));
      else if (expected === "audited") {
        assert.ok(decided.some(({ auditAnnotations }) => Object.keys(auditAnnotations).length > 0));
      } else assert.ok(decided.some(({ allowed }) => !allowed), `called: ${called.map(({ name }) => name).join(", ")}`);
    });
  }
}

Deno.test("the Gateway is not asked about what passes anyway", () => {
  const asked = attempts.filter(({ normal, strict }) => normal === "allowed" && strict === "allowed")
    .filter(({ request }) => webhooksCalled(strict.configurations, request).length > 0);
  assert.deepEqual(asked.map(({ what }) => what), []);
});

Deno.test("decideProtection() tells who overrode what, and why", () => {
  const find = (what: string) => attempts.find((attempt) => attempt.what === what)!.request;
  const deleted = outcomeOf(strict, find("DELETE by a listed user with a reason"));
  assert.deepEqual(deleted.auditAnnotations, {
    "deletion-override": "incident 12",
    "deletion-override-use": "delete",
    "deletion-override-by": "olga",
  });
  const both = decideProtection(
    strict.protection,
    "/strict-mode-protection",
    find("a listed user removes it and brings the reason"),
  );
  assert.equal(both.auditAnnotations["deletion-override-use"], "set,remove-label");
});

Deno.test("decideProtection() says what to do", () => {
  const find = (what: string) => attempts.find((attempt) => attempt.what === what)!.request;
  const labelled = find("DELETE of a labelled CR");
  assert.equal(
    outcomeOf(normal, labelled).message,
    "Shop team-a/blue is protected against deletion: remove the label orkestra.io/deletion-protection, then delete it",
  );
  assert.match(outcomeOf(strict, labelled).message, /strict mode: .*protectCRs.*orkestra\.io\/deletion-override/);
  assert.match(
    outcomeOf(strict, find("DELETE of all CRDs")).message,
    /customresourcedefinitions shops\.shop\.example\.org/,
  );
});

Deno.test("decideProtection() refuses a DELETE of which it does not see the object", () => {
  const request = { ...attempts[0]!.request, oldObject: null };
  assert.equal(outcomeOf(normal, request).allowed, false);
  assert.equal(outcomeOf(normal, { ...request, userInfo: users.collector }).allowed, true);
});

Deno.test("decideProtection() takes objects of any form", () => {
  const odd: readonly Json[] = [
    null,
    1,
    "x",
    [],
    {},
    { metadata: null },
    { metadata: [] },
    { metadata: { labels: [], annotations: 1 } },
    {
      metadata: { labels: { "orkestra.io/deletion-protection": true }, ownerReferences: "x" },
    },
    { metadata: { annotations: { "orkestra.io/deletion-override": ["x"] }, ownerReferences: [null] } },
  ];
  const base = attempts[0]!.request;
  for (const operation of ["CREATE", "UPDATE", "DELETE", "CONNECT"] as const) {
    for (const object of odd) {
      for (const oldObject of odd) {
        const { code, allowed } = outcomeOf(strict, { ...base, operation, object, oldObject, userInfo: undefined });
        assert.equal(code, allowed ? 200 : 403);
      }
    }
  }
});

Deno.test("decideProtection() without deletion protection, or without rules, allows everything", () => {
  const none = { ...normal, protection: { ...normal.protection, kinds: new Map(), definitions: new Set<string>() } };
  assert.equal(outcomeOf(none, attempts[0]!.request).allowed, true);
});
