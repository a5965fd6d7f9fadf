import type { RecordShape } from "../base/shape.ts";
import { katalogApiVersion } from "./schema.ts";
import { flag, list, map, number, oneOf, plainText, prose, record } from "./schema_words.ts";

/** What operations are called: `apply` is a creation or an update, since both are made by server-side apply. */
export const operationVerbs = ["create", "apply", "update", "delete", "patch"] as const;

const maxCycle = 1_000;

/** Cycles that are simulated where nothing says how many. */
export const defaultCycles = 10;

function operation(doc: string, required: readonly string[]): RecordShape {
  return record(doc, {
    cycle: number("In which cycle, from 1; any when absent", 1, maxCycle),
    verb: oneOf("What is done; anything when absent", operationVerbs),
    resource: plainText("Plural in lower case, such as `deployments`; `status` is the status of the CR"),
    name: plainText("Name of the object; any when absent"),
    count: number("At least this often; once when absent", 1, 1_000_000),
  }, { required });
}

const { count: _none, ...withoutCount } = operation("", []).fields;

const expectation = {
  steady: flag("True: two cycles in a row do the same"),
  steadyAt: number("They do so in this cycle, or before", 1, maxCycle),
  noErrors: flag("True: no pass fails; false when absent"),
  ops: list("Operations that are made", operation("An operation that is made", ["verb", "resource"])),
  absent: list(
    "Operations that are not made",
    record("An operation that is not made", withoutCount, { required: ["resource"] }),
  ),
};

/** A document of kind Simulate. */
export const simulationShape: RecordShape = record("What operators of a Katalog do in memory, and should", {
  apiVersion: oneOf("Always `orkestra.orkspace.io/v1`", [katalogApiVersion]),
  kind: oneOf("Always `Simulate`", ["Simulate"]),
  metadata: record("Names the simulation", {
    name: plainText("Name of the simulation"),
    description: prose("What it shows, for people"),
  }, { required: ["name"] }),
  spec: record("What is simulated", {
    katalog: plainText("The Katalog, relative to this file"),
    cr: plainText("File with CRs, relative to this file"),
    crFiles: list("Files with CRs; those of a kind besides the first one are there before", plainText("")),
    crd: plainText("Manifest of CRDs that the Katalog does not name"),
    crdFiles: list("Manifests of CRDs that the Katalog does not name", plainText("")),
    cycles: number(`Maximum number of cycles; ${defaultCycles} when absent`, 1, maxCycle),
    skipExternal: flag("True: HTTP calls are not made, and come to status 200 and an empty body"),
    expect: record("What is expected of each CRD", {
      ...expectation,
      crds: map("What is expected of one CRD, by its key, in place of what is said beside", record("", expectation)),
    }),
  }, { required: ["katalog"], oneOfFields: [["cr", "crFiles"]] }),
  imports: list("Other documents of this kind, relative to this file: all of them are run", plainText("")),
}, {
  required: ["apiVersion", "kind", "metadata"],
  exclusive: [["spec", "imports"]],
  oneOfFields: [["spec", "imports"]],
});
