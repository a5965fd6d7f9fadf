import assert from "node:assert/strict";
import { planOf } from "../../../tests/support/plans.ts";
import type { Holder } from "../../admission/mod.ts";
import { compileReview } from "../../admission/review.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { AdmissionRequest } from "../webhooks/admission_request.ts";
import type { FindHolders, HoldersQuestion } from "./find_holders.ts";
import { reviewUnique } from "./review_unique.ts";

const crds = `shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  validation:
    rules:
      - {field: spec.size, max: 3, message: at most 3, when: [{field: spec.size, exists: true}]}
      - {field: spec.host, operator: unique, when: [{field: spec.private, notEquals: true}]}
      - {field: spec.number, operator: unique, message: numbers are given once}
      - {field: spec.apiKey, operator: unique}
  operatorBox: {}
`;
const security = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n";
const kind = compileReview(planOf(crds, security).gateway!.admission!.kinds[0]!);

function shop(spec: Record<string, unknown>, metadata: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return {
    apiVersion: "shop.example.org/v1",
    kind: "Shop",
    metadata: { name: "one", namespace: "team", ...metadata },
    spec,
  };
}

function request(object: KubeObject, more: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    uid: "u",
    kind: { group: "shop.example.org", version: "v1", kind: "Shop" },
    resource: { group: "shop.example.org", version: "v1", resource: "shops" },
    name: object.metadata.name,
    namespace: "team",
    operation: "CREATE",
    userInfo: { username: "ann", groups: [] },
    object,
    dryRun: false,
    isTooDeep: false,
    ...more,
  };
}

const own: Holder = { name: "one", namespace: "team" };
const other: Holder = { name: "two", namespace: "team" };
const third: Holder = { name: "three", namespace: "far" };

/** What a review says where these objects have the value, the oldest first; and what was asked. */
async function said(asked: AdmissionRequest, holders: readonly Holder[]) {
  const questions: HoldersQuestion[] = [];
  const find: FindHolders = (question) => {
    questions.push(question);
    return Promise.resolve({ holders });
  };
  const { denials, warnings } = await reviewUnique(kind, asked, 0, find);
  return { denied: denials.map(({ text }) => text), warnings, questions };
}

Deno.test("reviewUnique() denies a new object whose value another one has", async () => {
  const asked = request(shop({ host: "x", size: 4 }));
  assert.deepEqual(await said(asked, [other]), {
    denied: ["spec.size: at most 3", "spec.host: must be unique (team/two has it)"],
    warnings: [],
    questions: [{ crd: "shop", field: "spec.host", value: "x" }],
  });
  assert.deepEqual((await said(asked, [])).denied, ["spec.size: at most 3"]);
});

Deno.test("reviewUnique() asks for nothing where no rule unique counts", async () => {
  for (const spec of [{}, { host: "" }, { host: "x", private: true }, { size: 9 }]) {
    assert.deepEqual((await said(request(shop(spec)), [other])).questions, []);
  }
});

Deno.test("reviewUnique() asks for all values at once", async () => {
  const waiting: (() => void)[] = [];
  const find: FindHolders = () =>
    new Promise((resolve) => {
      waiting.push(() => resolve({ holders: [other] }));
      if (waiting.length === 2) { for (const respond of waiting) respond(); }
    });
  const { denials } = await reviewUnique(kind, request(shop({ host: "x", number: 7 })), 0, find);
  assert.deepEqual(denials.map(({ text }) => text), [
    "spec.host: must be unique (team/two has it)",
    "spec.number: numbers are given once (team/two has it)",
  ]);
});

Deno.test("reviewUnique() of an update: what is new must be free, what is kept is judged by age", async () => {
  const update = (before: string): AdmissionRequest =>
    request(shop({ host: "x" }), { operation: "UPDATE", oldObject: shop({ host: before }) });
  const table: [what: string, asked: AdmissionRequest, holders: Holder[], denied: boolean][] = [
    ["kept, alone", update("x"), [own], false],
    ["kept, and the oldest", update("x"), [own, other], false],
    ["kept, and younger", update("x"), [other, own], true],
    ["kept, and younger than two", update("x"), [other, third], true],
    ["kept, and not seen by the Runtime", update("x"), [other], false],
    ["new, and free", update("y"), [], false],
    ["new, and had by a younger one", update("y"), [own, other], true],
    ["new, and had by an older one", update("y"), [other], true],
    ["new, and seen by the Runtime already", update("y"), [own], false],
    ["a new object of a name that was free until now", request(shop({ host: "x" })), [own], false],
    ["a new object whose name is yet to be made", request(shop({ host: "x" }, { name: "" })), [other], true],
  ];
  for (const [what, asked, holders, denied] of table) {
    assert.equal((await said(asked, holders)).denied.length > 0, denied, what);
  }
});

Deno.test("reviewUnique() passes with a warning what is not known, and asks for no value that may be a secret", async () => {
  const find: FindHolders = ({ field }) => {
    assert.equal(field, "spec.host");
    return Promise.resolve({ unknown: "nobody says" });
  };
  const asked = request(shop({ host: "x", apiKey: "hunter2" }));
  assert.deepEqual(await reviewUnique(kind, asked, 0, find), {
    denials: [],
    broken: [],
    skipped: 2,
    warnings: [
      "spec.host: it is not checked here whether it is unique: nobody says",
      "spec.apiKey: it is not checked here whether it is unique: it may be a secret, so only the Runtime checks it",
    ],
  });
  const { denials, warnings } = await reviewUnique(kind, asked, 0, undefined);
  assert.deepEqual([denials, warnings.length], [[], 2]);
});
