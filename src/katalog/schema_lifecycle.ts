import type { RecordShape } from "../base/shape.ts";
import { list, oneOf, plainText, prose, record } from "./schema_words.ts";

export const maturities = ["alpha", "beta", "stable", "deprecated"] as const;

/** `lifecycle`: how mature a Katalog is, for tools and people; no operator does anything else for it. */
export const lifecycleShape: RecordShape = record("How mature it is, for people and for `ork validate`", {
  maturity: oneOf("Of the Katalog", maturities),
  deprecation: record("It is to go, or gone", {
    timeline: record("From when on, and when it ends", {
      from: plainText("Day, `2026-12-31`"),
      to: plainText("Day, `2027-12-31`"),
    }),
    migratedTo: prose("What takes its place"),
    message: prose("What people should know"),
  }),
  compatibility: record("Which versions it is made for, as ranges such as `>=1.28`", {
    kubernetes: plainText("Of Kubernetes"),
    orkestra: plainText("Of Ork"),
  }),
  accept: record("Of a Komposer: what it imports knowingly", {
    patterns: list(
      "Katalogs that are deprecated, or less mature than `policy.lifecycle.minMaturity`",
      record("A Katalog", {
        name: plainText("Its name"),
        author: prose("Its author"),
        version: plainText("A range of its versions; all when absent"),
      }, { required: ["name"] }),
    ),
  }),
});

/** `policy`. */
export const policyShape: RecordShape = record("What a Komposer asks of what it imports", {
  lifecycle: record("Of its maturity", {
    minMaturity: oneOf("Katalogs that are less mature are an error, unless they are accepted", [
      "alpha",
      "beta",
      "stable",
    ]),
  }),
});
