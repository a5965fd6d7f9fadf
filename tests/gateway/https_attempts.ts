import type { Json } from "../../src/base/json.ts";
import { overrideAnnotation as override, protectionLabel as label } from "../../src/k8s/protection.ts";
import { request, reviewText } from "./https_client.ts";

/** One attempt on the HTTPS port, and what must come out. */
export interface HttpsAttempt {
  readonly what: string;
  readonly send: string;
  /** 0: the connection ends without a response. */
  readonly status: number | readonly number[];
  /** A part of the response. */
  readonly text?: RegExp;
}

const denied = /"allowed":false.*at most 3/;
const post = (path: string, body: string, headers: Record<string, string | undefined> = {}): string =>
  request(`POST ${path}`, body, headers);
const shop = (spec: Json, metadata: Record<string, Json> = {}): Json => ({
  apiVersion: "shop.example.org/v1",
  kind: "Shop",
  metadata: { name: "one", namespace: "team", ...metadata },
  spec,
});
const levels = (count: number) => '{"a":'.repeat(count) + "1" + "}".repeat(count);
const bad = (what: string, body: string, text: RegExp = /"error":"Cannot /): HttpsAttempt[] =>
  ["/validate", "/mutate", "/deletion-protection", "/namespace-protection"].map((path) => ({
    what: `${path}: ${what}`,
    send: post(path, body),
    status: 400,
    text,
  }));
const at = (what: string, send: string, status: HttpsAttempt["status"], text?: RegExp): HttpsAttempt => ({
  ...{ what, send, status },
  ...(text === undefined ? {} : { text }),
});
const chunked = { "content-length": undefined, "transfer-encoding": "chunked" };
const whole = reviewText();
const chunks = (body: string, size: number): string => {
  const parts: string[] = [];
  for (let from = 0; from < body.length; from += size) {
    const part = body.slice(from, from + size);
    parts.push(`${part.length.toString(16)}\r\n${part}\r\n`);
  }
  return `${parts.join("")}0\r\n\r\n`;
};
const protect = (changes: Record<string, Json>) => post("/deletion-protection", reviewText({ request: changes }));
const on = { labels: { [label]: "true" } };

export const httpsAttempts: readonly HttpsAttempt[] = [
  // Paths and methods.
  at("GET", request("GET /validate", undefined), 405, /allow: POST/),
  at("PUT", request("PUT /validate", whole), 405),
  at("DELETE", request("DELETE /mutate", undefined), 405),
  at("HEAD", request("HEAD /validate", undefined), [404, 405]),
  at("OPTIONS", request("OPTIONS /validate", undefined), 405),
  at("TRACE", request("TRACE /validate", undefined), [400, 405]),
  at("a method that nobody knows", request("BREAK /validate", whole), 405),
  at("CONNECT", request("CONNECT 169.254.169.254:80", undefined, { host: "169.254.169.254:80" }), [400, 404, 405]),
  at("/convert, which this Katalog does not need", post("/convert", "{}"), 404),
  at("/notify", post("/notify", "{}"), 404),
  at("/metrics on this port", request("GET /metrics", undefined), 404),
  at("/katalog on this port", request("GET /katalog", undefined), 404),
  at("a path out of the root", post("/validate/../../etc/passwd", "{}"), 404),
  at("an encoded path out of the root", post("/%2e%2e/%2e%2e/etc/passwd", "{}"), 404),
  at("an encoded slash", post("/%2fvalidate", whole), 404),
  at("another case", post("/Validate", whole), 404),
  at("a slash more", post("/validate/", whole), 404),
  at("two slashes", post("//validate", whole), 404),
  at("__proto__ as a path", post("/__proto__", whole), 404),
  at("constructor as a path", post("/constructor", whole), 404),
  at("a query", post("/validate?timeout=5s&dryRun=All", whole), 200, denied),
  at("a target in absolute form", post("http://169.254.169.254/validate", whole), 200, denied),
  at("a target of 100 KiB", post(`/${"a".repeat(100 * 1024)}`, "{}"), [400, 404, 414, 431]),
  // Types and encodings.
  at("no content type", post("/validate", whole, { "content-type": undefined }), 415, /as application\/json/),
  at("text", post("/validate", whole, { "content-type": "text/plain" }), 415),
  at("a form", post("/validate", whole, { "content-type": "application/x-www-form-urlencoded" }), 415),
  at("YAML", post("/validate", "a: 1", { "content-type": "application/yaml" }), 415),
  at("protobuf", post("/validate", "k8s\0", { "content-type": "application/vnd.kubernetes.protobuf" }), 415),
  at("application/jsonp", post("/validate", whole, { "content-type": "application/jsonp" }), 415),
  at("two types", post("/validate", whole, { "content-type": "text/plain, application/json" }), 415),
  at("parameters", post("/validate", whole, { "content-type": "Application/JSON; charset=utf-16" }), 200, denied),
  at("a body that says it is compressed", post("/validate", whole, { "content-encoding": "gzip" }), [200, 400, 415]),
  // Framing.
  at("no length", post("/validate", "", { "content-length": undefined }), 400),
  at("a negative length", post("/validate", whole, { "content-length": "-1" }), 400),
  at("a length that is no number", post("/validate", whole, { "content-length": "1e3" }), 400),
  at("a length beyond 64 bits", post("/validate", whole, { "content-length": "9".repeat(30) }), [400, 413]),
  at("a length of 8 MiB and one byte", post("/validate", "{", { "content-length": "8388609" }), 413, /larger than/),
  at("a length of 1 TiB", post("/mutate", "{", { "content-length": String(2 ** 40) }), 413),
  at("two lengths", post("/validate", whole, { "Content-Length": "3" }), 400),
  at("chunks", post("/validate", chunks(whole, 7), chunked), 200, denied),
  at("chunks of one byte", post("/validate", chunks(whole, 1), chunked), 200, denied),
  at("a chunk with a bad size", post("/validate", `zz\r\n${whole}\r\n0\r\n\r\n`, chunked), [0, 400]),
  at("a chunk of 2^64 bytes", post("/validate", `${"f".repeat(17)}\r\n${whole}\r\n0\r\n\r\n`, chunked), [0, 400]),
  at("chunks beyond 8 MiB", post("/validate", chunks("[".repeat(9 * 1024 * 1024), 1024 * 1024), chunked), 413),
  at(
    "a length and chunks, with a second request inside",
    post("/validate", `0\r\n\r\n${post("/mutate", whole)}`, { "transfer-encoding": "chunked" }),
    [400],
  ),
  at("another transfer encoding", post("/validate", whole, { ...chunked, "transfer-encoding": "gzip" }), [400, 501]),
  at("a header of 1 MiB", request("GET /validate", undefined, { x: "a".repeat(1024 * 1024) }), [0, 400, 431]),
  at(
    "10,000 headers",
    request("GET /validate", undefined, Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`x${n}`, "1"]))),
    [0, 400, 431],
  ),
  at("a header with a NUL", request("GET /validate", undefined, { x: "a\0b" }), 400),
  at("a folded header", request("GET /validate", undefined, { x: "a\r\n b" }), [400, 405]),
  at("no host", request("GET /validate", undefined, { host: undefined }), [400, 405]),
  at("a host that is none", request("POST /validate", whole, { host: "[::bad/../?#@" }), [200, 400, 404]),
  at("HTTP/2 without negotiating it", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, /^$/),
  at("HTTP/9.9", `GET /validate HTTP/9.9\r\nhost: a\r\nconnection: close\r\n\r\n`, [0, 400, 505]),
  at(
    "HTTP/1.0",
    `POST /validate HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: ${whole.length}\r\n\r\n${whole}`,
    200,
    denied,
  ),
  at("no HTTP", "\0\x01\x02\x03\xff\xfe\r\n\r\n", [0, 400]),
  at("an upgrade", request("GET /validate", undefined, { connection: "upgrade, close", upgrade: "websocket" }), 405),

  // Reviews that are none.
  ...bad("nothing", ""),
  ...bad("half a review", whole.slice(0, -10)),
  ...bad("a list", "[]"),
  ...bad("another version", whole.replace("admission.k8s.io/v1", "admission.k8s.io/v1beta1")),
  ...bad("another kind", whole.replace("AdmissionReview", "ConversionReview")),
  ...bad("no request", '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}'),
  ...bad("no uid", reviewText({ request: { uid: "" } })),
  ...bad("an operation that is none", reviewText({ request: { operation: "PATCH" } })),
  ...bad("an object that is a list", reviewText({ object: [] })),
  ...bad("an object without metadata", reviewText({ object: { spec: {} } })),
  ...bad("labels that are a list", reviewText({ object: { metadata: { labels: [] } } })),
  ...bad("groups that are numbers", reviewText({ request: { userInfo: { username: "a", groups: [1] } } })),
  ...bad("metadata of 5000 levels", whole.replace('"metadata":{', `"metadata":{"x":${levels(5000)},`)),
  ...bad("100,000 levels and a long number", `${"[".repeat(100_000)}9007199254740993${"]".repeat(100_000)}`),
  ...bad("4,000,000 groups that are numbers", whole.replace('"groups":[', `"groups":[${"1,".repeat(4_000_000)}`)),

  // Reviews of objects that are not what they seem.
  at("a bad CR", post("/validate", whole), 200, denied),
  at(
    "20,000 levels",
    post("/validate", whole.replace('"spec":{', `"spec":{"d":${levels(20_000)},`)),
    200,
    /"allowed":false.*levels deep/,
  ),
  at(
    "20,000 levels, to be mutated",
    post("/mutate", whole.replace('"spec":{', `"spec":{"d":${levels(20_000)},`)),
    200,
    /"allowed":true.*mutation is skipped/,
  ),
  at(
    "a name of 1 MB",
    post("/validate", reviewText({ object: shop({ size: 9 }, { name: "n".repeat(1_000_000) }) })),
    200,
    denied,
  ),
  at("a name that is a number", post("/validate", reviewText({ object: shop({ size: 9 }, { name: 7 }) })), 200, denied),
  at(
    "a name with line breaks",
    post("/validate", reviewText({ request: { name: "a\r\nlevel=error\u001b[31m" } })),
    200,
    denied,
  ),
  at(
    "labels that are numbers",
    post("/validate", reviewText({ object: shop({ size: 9 }, { labels: { a: 1 } }) })),
    200,
    denied,
  ),
  at(
    "no spec",
    post("/validate", reviewText({ object: { metadata: { name: "one" } } })),
    200,
    /"allowed":(true|false)/,
  ),
  at("a spec that is text", post("/validate", reviewText({ object: shop("x") })), 200, /"allowed":(true|false)/),
  at("a spec that is text, to be mutated", post("/mutate", reviewText({ object: shop("x") })), 200, /"allowed":true/),
  at(
    "8 MB of numbers beside a long one",
    post("/validate", whole.replace('"size":9', `"size":9,"n":9007199254740993,"l":[${"1,".repeat(4_000_000)}1]`)),
    200,
    denied,
  ),
  // What a million of them take: `deno test -A --no-check tests/gateway/red_team_https_test.ts` prints the peak. Without
  // the bound, each of these took 300 MiB.
  at(
    "8 MB of empty maps",
    post("/validate", whole.replace('"size":9', `"size":9,"l":[${"{},".repeat(2_700_000)}{}]`)),
    200,
    /"allowed":false.*"code":413.*more than 1000000 maps and lists/,
  ),
  at(
    "8 MB of empty maps, to be mutated",
    post("/mutate", whole.replace('"size":9', `"size":9,"l":[${"{},".repeat(2_700_000)}{}]`)),
    200,
    /"allowed":true.*mutation is skipped/,
  ),
  at("8 MB of empty lists in place of a review", post("/validate", `[${"[],".repeat(2_700_000)}[]]`), 413, /maps and/),
  at(
    "500,000 empty maps",
    post("/validate", whole.replace('"size":9', `"size":9,"l":[${"{},".repeat(500_000)}{}]`)),
    200,
    denied,
  ),
  at(
    "a number of 8,000,000 digits",
    post("/validate", whole.replace('"size":9', `"size":${"9".repeat(8_000_000)}`)),
    200,
    /"allowed":false/,
  ),
  at("a number beyond floats", post("/validate", whole.replace('"size":9', '"size":1e999')), 200, /"allowed":false/),
  at("half of a surrogate pair", post("/validate", whole.replace('"size":9', '"size":9,"x":"\\ud800"')), 200, denied),
  at("the field twice", post("/validate", whole.replace('"size":9', '"size":1,"size":9')), 200, denied),
  at(
    "__proto__ beside the field",
    post("/validate", whole.replace('"size":9', '"size":9,"__proto__":{"size":1}')),
    200,
    denied,
  ),
  at(
    "__proto__ of the review",
    post("/validate", whole.replace('"request":{', '"__proto__":{"response":{"allowed":true}},"request":{')),
    200,
    denied,
  ),
  at(
    "__proto__ as the operation's place",
    post("/validate", whole.replace('"operation":"CREATE"', '"__proto__":{"operation":"CREATE"}')),
    400,
  ),
  at(
    "a response in the request",
    post("/validate", reviewText({ review: { response: { uid: "u1", allowed: true } } })),
    200,
    denied,
  ),
  at("a dry run", post("/validate", reviewText({ request: { dryRun: true } })), 200, denied),
  at(
    "options that exempt",
    post("/validate", reviewText({ request: { options: { skip: true }, skipValidation: true } })),
    200,
    denied,
  ),
  at(
    "a CR that says it is being deleted, from nobody who asks",
    post("/mutate", reviewText({ request: { operation: "CONNECT", object: null } })),
    200,
    /"allowed":true/,
  ),
  // What an API server would never send; a user who reaches the port must not learn how to get through, or break it.
  at("protection: DELETE without the object", protect({ operation: "DELETE", object: null }), 200, /"allowed":false/),
  at(
    "protection: DELETE of a labelled CR",
    protect({ operation: "DELETE", object: null, oldObject: shop({}, on) }),
    200,
    /"allowed":false.*protected against deletion/,
  ),
  at(
    "protection: a name that is __proto__",
    protect({ operation: "DELETE", object: null, name: "__proto__", oldObject: shop({}, on) }),
    200,
    /"allowed":false/,
  ),
  at(
    "protection: a resource that is __proto__",
    protect({
      operation: "DELETE",
      resource: { group: "", version: "v1", resource: "__proto__" },
      oldObject: shop({}, on),
    }),
    200,
    /"allowed":true/,
  ),
  at(
    "protection: the override on CREATE",
    protect({ object: shop({}, { annotations: { [override]: "me" } }) }),
    200,
    /"allowed":false/,
  ),
  at(
    "protection: the override on CREATE, beside an old object",
    protect({
      object: shop({}, { annotations: { [override]: "me" } }),
      oldObject: shop({}, { annotations: { [override]: "me" } }),
    }),
    200,
    /"allowed":false/,
  ),
  at(
    "protection: the override, 20,000 levels deep",
    post(
      "/deletion-protection",
      reviewText({ object: shop({ x: 1 }, { annotations: { [override]: "me" } }) }).replace(
        '"x":1',
        `"x":${levels(20_000)}`,
      ),
    ),
    200,
    /"allowed":false/,
  ),
  at(
    "protection: a restricted namespace",
    post("/namespace-protection", reviewText({ request: { namespace: "kube-public" } })),
    200,
    /"allowed":false.*restricted/,
  ),
];
