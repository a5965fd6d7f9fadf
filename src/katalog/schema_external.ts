import { includeField } from "./schema_composition.ts";
import { formatDuration } from "../base/duration.ts";
import type { ListShape, RecordShape, Shape } from "../base/shape.ts";
import { retryBackoffShape } from "./schema_retry.ts";
import { defaults } from "./defaults.ts";
import { gateFields } from "./schema_conditions.ts";
import { fires } from "./schema_gateway.ts";
import {
  duration,
  flag,
  freeText,
  leftOutKeys,
  list,
  map,
  number,
  oneOf,
  plainText,
  record,
  text,
} from "./schema_words.ts";

export const externalMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** What the field `protocol` is documented to take; all but the first are not supported. */
export const externalProtocols = [
  "http",
  "redis",
  "prometheus",
  "postgres",
  "mongo",
  "grpc",
  "kafka",
  "nats",
  "mqtt",
] as const;

const otherProtocols = "it belongs to protocols other than http; put what is asked into url or body";

const maxAttempts = number(
  `Tries, the first one included; ${defaults.retryBackoff.maxAttempts} when the map leaves it out`,
  1,
  5,
);

const statusCode = number("", 100, 599);

const fields: Record<string, Shape> = {
  name: plainText("Key under `.external`: letters, digits, `_` and `-`; one of its entry of `spec.crds` alone"),
  protocol: oneOf("Only `http`, which https is too", externalProtocols),
  url: text("Where to: `http://` or `https://`, host, path and query"),
  method: oneOf("`GET` when absent", externalMethods),
  headers: map("Headers of the request; a credential comes with `auth`", freeText("")),
  body: freeText("Body of the request; not with GET and HEAD"),
  expectedStatus: {
    type: "union",
    doc: "Status code, or a list of them, of a call that succeeded; 200 to 299 when absent",
    scalar: statusCode,
    list: list("", statusCode),
  },
  timeout: duration(
    `Longest time of one try, 100ms to 30s; ${formatDuration(defaults.externalTimeoutMs)} when absent`,
  ),
  retryBackoff: {
    type: "union",
    doc:
      "Further tries of a call that met no response, or one with status 408, 429 or 5xx; none when absent. A single " +
      "duration is `initial`",
    scalar: duration(""),
    map: { ...retryBackoffShape, fields: { ...retryBackoffShape.fields, maxAttempts } },
  },
  auth: record("A credential that is sent", {
    secretRef: record("A key of a Secret, which is read for each call", {
      namespace: plainText("Namespace of the Secret", "dnsLabel"),
      name: plainText("Name of the Secret", "dnsSubdomain"),
      key: plainText("Key in its `data`"),
    }, { required: ["namespace", "name", "key"] }),
    header: plainText("Header that has the value; `Authorization` when absent, and then after `Bearer`"),
    ...leftOutKeys("the environment is no place for a credential: use secretRef", "env"),
  }, { required: ["secretRef"] }),
  continueOnError: flag(
    "True: a failed call has a result with `error`, and all that does not need it continues; false when absent: it fails " +
      "the pass",
  ),
  cacheFor: duration(
    "How long a result is used again, 1s to 24h; until the resync, or a change of the CR, when absent",
  ),
  ...gateFields,
  include: includeField,
  ...leftOutKeys("it delayed calls in tests: delay the service", "sleep"),
  ...leftOutKeys(otherProtocols, "query", "poolSize"),
};

const required = ["name", "url"];

/** One item of `external` of a block of `operatorBox`. */
export const externalCall: RecordShape = record("An HTTP call, whose result is `.external.<name>`", fields, {
  required,
});

/** One item of `external` of `validation` or `mutation`. */
export const admissionCall: RecordShape = record("An HTTP call, whose result is `.external.<name>`", {
  ...fields,
  fires,
}, { required });

export const externalCalls: ListShape = list(
  "HTTP calls that are made one after the other, before any child is written",
  externalCall,
);

export const admissionCalls: ListShape = list(
  "HTTP calls that are made one after the other, before the rules",
  admissionCall,
);
