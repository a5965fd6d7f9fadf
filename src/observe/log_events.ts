/** Of a review that is logged. */
const review = {
  webhook: "text",
  crd: "text?",
  uid: "text",
  trace: "text?",
  operation: "text",
  resource: "text",
  user: "text",
  name: "text",
  namespace: "text",
  dryRun: "flag",
} as const;

/**
 * What each line of the log can be about, and the fields that such a line has besides `time`, `level`, `event` and
 * `message`. Names and fields are stable: people filter by them. docs/logs.md describes each; a test compares.
 *
 * `text`, `number`, `flag`, `texts` (a list of texts) and `map` (text → text) are types; `?` marks a field that may be
 * absent. Times in `…Ms` are milliseconds, others RFC 3339. `box` is the key under `spec.crds`, `key` is `namespace/name`
 * of a CR, or `name` where its kind has no namespace. `pass` is the pass that caused the line, `trace` its trace where
 * one is recorded.
 */
export const logEvents = {
  // The process.
  "run.started": { katalog: "text", boxes: "texts", server: "text", isolation: "text" },
  "run.identity": {},
  "run.variable": { variable: "text" },
  "run.stopping": { reason: "text" },
  "run.stopped": {},
  "http.listening": { http: "number?", https: "number?" },
  "http.error": { path: "text", error: "text", stack: "text" },
  "katalog.changed": { changes: "texts" },
  "katalog.unchanged": {},
  "katalog.broken": { error: "text" },
  "trace.export": { error: "text?" },
  "trace.setting": {},
  "cluster.warning": { box: "text?", pass: "text?" },

  // Operators.
  "box.watching": { box: "text", crs: "number", children: "number" },
  "box.state": { box: "text", state: "text", reason: "text?", pass: "text?" },
  "box.note": { box: "text", key: "text?", pass: "text?", trace: "text?" },
  "box.failures": { box: "text", count: "number", last: "text" },
  "box.dependency": {
    box: "text",
    dependency: "text",
    state: "text",
    reason: "text?",
    since: "text?",
    lastedMs: "number?",
  },
  "box.panic": {
    box: "text",
    key: "text?",
    pass: "text?",
    trace: "text?",
    error: "text",
    stack: "text",
    more: "number?",
  },
  "cell.ended": { box: "text", reason: "text", restartInMs: "number", suspects: "texts" },
  "cell.lost": { threads: "number" },
  "watch.state": {
    box: "text",
    kind: "text",
    state: "text",
    error: "text?",
    lastedMs: "number?",
    retryInMs: "number?",
  },
  "pass.ended": {
    box: "text",
    kind: "text",
    key: "text",
    pass: "text?",
    trace: "text?",
    result: "text",
    changes: "texts",
    waitedMs: "number",
    durationMs: "number",
    error: "text?",
    retryInMs: "number?",
    more: "number?",
  },
  "pass.warning": { box: "text", kind: "text", key: "text", pass: "text?", trace: "text?" },
  "cr.deleted": { box: "text", kind: "text", key: "text" },
  "cross.source": { source: "text", reason: "text?", since: "text" },

  // Leadership.
  "lease.acquired": { lease: "text", transitions: "number", after: "text?" },
  "lease.following": { lease: "text", holder: "text" },
  "lease.lost": { lease: "text", reason: "text" },
  "lease.released": { lease: "text" },
  "lease.error": { lease: "text?", error: "text" },
  "lease.replicas": { replicas: "texts" },

  // The Gateway.
  "gateway.unused": { http: "number?" },
  "gateway.error": { error: "text" },
  "certificate.stored": { secret: "text", reason: "text" },
  "certificate.error": { error: "text" },
  "certificate.served": { origin: "text", notAfter: "text" },
  "webhook.registered": { name: "text", kind: "text" },
  "webhook.removed": { name: "text", kind: "text" },
  "webhook.error": { name: "text", error: "text" },
  "review.refused": { ...review, code: "number" },
  "review.overridden": { ...review, audit: "map" },
  "review.conversion": { desired: "text", error: "text", uid: "text" },
  "review.unique": { error: "text?" },
  "review.external": { call: "text", uid: "text", resource: "text", object: "text", error: "text" },
} as const satisfies Readonly<Record<string, Readonly<Record<string, FieldType>>>>;

export type LogEvent = keyof typeof logEvents;

type Base = "text" | "number" | "flag" | "texts" | "map";
export type FieldType = Base | `${Base}?`;

interface Values {
  readonly text: string;
  readonly number: number;
  readonly flag: boolean;
  readonly texts: readonly string[];
  readonly map: Readonly<Record<string, string>>;
}

type FieldsOf<Spec> =
  & { readonly [F in keyof Spec as Spec[F] extends Base ? F : never]: Spec[F] extends Base ? Values[Spec[F]] : never }
  & {
    readonly [F in keyof Spec as Spec[F] extends Base ? never : F]?: Spec[F] extends `${infer T extends Base}?`
      ? Values[T] | undefined
      : never;
  };

/** The event of a line with the fields that it has. */
export type LogFields = { [E in LogEvent]: { readonly event: E } & FieldsOf<(typeof logEvents)[E]> }[LogEvent];
