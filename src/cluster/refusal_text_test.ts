import assert from "node:assert/strict";
import { type ApiError, errorFromResponse } from "./api_error.ts";
import { causeMessage } from "./refusal_text.ts";

interface Refusal {
  readonly status: number;
  readonly body: { readonly message: string };
}

/** Responses of a real API server: see tests/golden/cluster/record.ts. */
const refusals: Readonly<Record<string, Refusal>> = JSON.parse(
  Deno.readTextFileSync(new URL("../../tests/golden/cluster/refusals.json", import.meta.url)),
);

function errorOf(status: number, body: unknown): ApiError {
  const request = { verb: "PATCH", path: "/api/v1/namespaces/demo/configmaps/a" };
  return errorFromResponse({ status, body: JSON.stringify(body), retryAfter: null, wallMs: 0 }, request);
}

const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and " +
  "must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const claim = 'PersistentVolumeClaim "data" is invalid: spec: Forbidden: spec is immutable after creation except ' +
  "resources.requests and volumeAttributesClassName for bound claims";

/** The printed form of each recorded response; `undefined`: as the server worded it. */
const expected: Readonly<Record<string, string | undefined>> = {
  "immutable selector": 'Deployment.apps "web" is invalid: spec.selector: field is immutable',
  "immutable selector and template":
    'Deployment.apps "web" is invalid: spec.template.metadata.labels: `selector` does not match template `labels`; ' +
    "spec.selector: field is immutable",
  "immutable Job template": 'Job.batch "job" is invalid: spec.template.spec: field is immutable',
  "shrunk claim": claim,
  "unbound claim that grows": claim,
  "missing fields":
    'Deployment.apps "empty" is invalid: spec.selector: Required value; spec.template.metadata.labels: `selector` does ' +
    "not match template `labels`; spec.template.spec.containers: Required value",
  "names and values":
    `ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": ${subdomain}; metadata.labels: Invalid ` +
    "value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and " +
    "must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for " +
    "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'); data[bad key]: Invalid value: \"bad key\": a valid " +
    "config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or " +
    "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
  "too long": `ConfigMap "long" is invalid: data[${"k".repeat(95)}…${"k".repeat(98)}]: Invalid value: ` +
    `"${"k".repeat(30)}…${"k".repeat(29)}": must be no more than 253 characters`,
  "annotations too long": undefined,
  "not supported":
    'Service "s" is invalid: spec.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"; ' +
    'spec.type: Unsupported value: "Cluster": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
  "out of range":
    'Service "s" is invalid: spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive; ' +
    "spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
  "forbidden field": undefined,
  "Ingress":
    `Ingress.networking.k8s.io "web" is invalid: spec.rules[0].host: Invalid value: "Bad_Host": ${subdomain}; ` +
    'spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path; ' +
    "spec.rules[0].http.paths[0].backend.service.name: Required value; spec.rules[0].http.paths[0].backend: Required " +
    "value: port name or number is required",
  "field of another manager": 'Apply failed with 1 conflict: data.a: conflict with "one"',
  "fields of another manager":
    'Apply failed with 2 conflicts: data.a: conflict with "one"; data.b: conflict with "one"',
  "wrong type": undefined,
  "schema":
    'Gizmo.refusals.example.com "g" is invalid: spec.size: Invalid value: 4: spec.size in body should be less than or ' +
    'equal to 3; spec.tier: Unsupported value: "lead": supported values: "gold", "iron"; spec.list: Too many: 2: must ' +
    "have at most 1 item; spec.name: Too long: may not be more than 5 bytes",
  "schema, missing field": 'Gizmo.refusals.example.com "g" is invalid: spec.size: Required value',
  "schema, rule": 'Gizmo.refusals.example.com "g" is invalid: spec: A tier is for small ones',
  "schema, wrong type": undefined,
  "no such namespace": undefined,
  "quota": undefined,
  "quota that nothing is known of": undefined,
};
for (const [name, { status, body }] of Object.entries(refusals)) {
  Deno.test(`an ApiError prints its causes, without dumps: ${name}`, () => {
    assert.ok(Object.hasOwn(expected, name), "no expectation");
    const error = errorOf(status, body);
    assert.equal(error.message, expected[name] ?? body.message);
    assert.equal(error.raw, body.message);
  });
}

const messages: [message: string, wanted: string][] = [
  [
    'Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"a":"}"}, X:[]v1.Y(nil)}: field is immutable',
    "field is immutable",
  ],
  [
    "Invalid value: core.PodTemplateSpec{Spec:core.PodSpec{Volumes:[]core.Volume(nil)}}: field is immutable",
    "field is immutable",
  ],
  ["Invalid value: []core.ServicePort{core.ServicePort{Port:1}}: must be unique", "must be unique"],
  ['Invalid value: map[string]string{"a":"b"}: must be empty', "must be empty"],
  ["Invalid value: map[string]string(nil): must not be empty", "must not be empty"],
  ["Invalid value: &v1.X{A:1}: wrong", "wrong"],
  ['Invalid value: ["a: b","]"]: too many', "too many"],
  ["Invalid value: []: too few", "too few"],
  ['Invalid value: "object": it must hold', "it must hold"],
  ['Invalid value: "a: \\"b\\"": no colons', 'Invalid value: "a: \\"b\\"": no colons'],
  [`Invalid value: "${"x".repeat(60)}": y`, `Invalid value: "${"x".repeat(60)}": y`],
  [`Invalid value: "${"x".repeat(61)}": y`, `Invalid value: "${"x".repeat(30)}…${"x".repeat(29)}": y`],
  ["Invalid value: true: must be false", "Invalid value: true: must be false"],
  ["Invalid value: -1: must not be negative", "Invalid value: -1: must not be negative"],
  ["Invalid value: 1.5: must be an integer", "Invalid value: 1.5: must be an integer"],
  ["Invalid value: null: must be given", "must be given"],
  ['Duplicate value: {"containerPort":80,"protocol":"TCP"}', "Duplicate value"],
  ['Duplicate value: "a"', 'Duplicate value: "a"'],
  ['Not found: "a"', 'Not found: "a"'],
  ['Invalid value: {"a":', "Invalid value"],
  ['Invalid value: "a', 'Invalid value: "a'],
  ["Invalid value: ", "Invalid value"],
  [
    "Forbidden: pod updates may not change fields\n  core.PodSpec{\n- a\n",
    "Forbidden: pod updates may not change fields",
  ],
  ["", ""],
];
for (const [message, wanted] of messages) {
  Deno.test(`causeMessage() makes "${wanted}" of ${JSON.stringify(message.slice(0, 60))}`, () => {
    assert.equal(causeMessage(message), wanted);
  });
}

const cause = { reason: "FieldValueInvalid", field: "spec.a", message: 'Invalid value: {"b":1}: no' };
const others: [name: string, message: string, details: unknown, wanted: string][] = [
  [
    "a webhook's denial",
    'admission webhook "a.b" denied the request: no',
    undefined,
    'admission webhook "a.b" denied the request: no',
  ],
  [
    "a webhook's denial with causes",
    'admission webhook "a.b" denied the request: G.x "g" is invalid: spec.a: Invalid value: {"b":1}: no',
    { causes: [cause] },
    'admission webhook "a.b" denied the request: G.x "g" is invalid: spec.a: no',
  ],
  ["causes that the message does not announce", "No word of it", { causes: [cause] }, "No word of it"],
  ["the same cause twice", 'G "g" is invalid: [x, x]', { causes: [cause, cause] }, 'G "g" is invalid: spec.a: no'],
  ["causes that say nothing", 'G "g" is invalid: x', { causes: [{}] }, 'G "g" is invalid: x'],
  [
    "nothing but the whole object",
    'G "g" is invalid: <nil>: Invalid value: null: some rules',
    { causes: [{ ...cause, field: "<nil>", message: "Invalid value: null: some rules" }] },
    'G "g" is invalid: <nil>: Invalid value: null: some rules',
  ],
];
for (const [name, message, details, wanted] of others) {
  Deno.test(`an ApiError has the expected message: ${name}`, () => {
    assert.equal(errorOf(422, { kind: "Status", reason: "Invalid", message, details }).message, wanted);
  });
}

Deno.test("an ApiError that is too long loses its middle, in the message and in what is kept of the response", () => {
  const message = `begin ${"x".repeat(50_000)} end`;
  const error = errorOf(400, { kind: "Status", message });
  assert.equal(error.message.length, 4096);
  assert.equal(error.raw.length, 16_384);
  for (const text of [error.message, error.raw]) assert.match(text, /^begin x+…x+ end$/);
  const causes = Array.from({ length: 100 }, (_, i) => ({ ...cause, field: `spec.${"f".repeat(1000)}${i}` }));
  const many = errorOf(422, { kind: "Status", message: 'G "g" is invalid: …', details: { causes } }).message;
  assert.equal(many.length, 4096);
  assert.match(many, /^G "g" is invalid: spec\.f+…f+0: no; .*…f+63: no$/);
  const plain = errorFromResponse(
    { status: 502, body: message, retryAfter: null, wallMs: 0 },
    { verb: "GET", path: "/x" },
  ).message;
  assert.match(plain, /^GET \/x: HTTP 502: begin x+…x+ end$/);
});
