import { mayHoldSecret, uniqueFields } from "../../admission/mod.ts";
import { parseFieldPath, printFieldPath } from "../../base/field_path.ts";
import { type CrFilter, maxPage } from "../../box/mod.ts";
import { isSecretName } from "../../base/redact.ts";
import type { ObjectKey } from "../../k8s/object.ts";
import type { BoxPlan } from "../../plan/plan.ts";

/** CRs in a page without `limit`. */
export const defaultPage = 100;
/** Longest `continue` and `field`. */
const maxToken = 1024;
const maxPath = 256;
/** Longest `search`; a name may have 253 characters, and its namespace 63. */
const maxSearch = 320;
/** Longest `value`. */
const maxLookup = 1024;

/** A query that cannot be carried out; the message says what it takes. */
export class QueryError extends Error {
  override name = "QueryError";
}

/** Parameters of a list of CRs. */
export interface PageQuery {
  readonly limit: number;
  readonly after?: ObjectKey | undefined;
  readonly field?: readonly string[] | undefined;
  readonly filter?: CrFilter;
}

/** Parameters of a `CrFilter`. */
export const filterNames = ["search", "namespace", "ready"] as const;

/** Reads `limit` and `continue`; absent: they are not given. Throws `QueryError`. */
export function readListQuery(
  given: (name: string) => string | undefined,
): { readonly limit: number | undefined; readonly after: ObjectKey | undefined } {
  const [limit, token] = ["limit", "continue"].map(given);
  return {
    limit: limit === undefined ? undefined : readLimit(limit),
    after: token === undefined || token === "" ? undefined : readToken(token),
  };
}

/** Reads `limit`, `continue`, `field`, and what the CRs are looked for by. Throws `QueryError`. */
export function readPageQuery(given: (name: string) => string | undefined, plan: BoxPlan): PageQuery {
  const { limit = defaultPage, after } = readListQuery(given);
  const field = given("field");
  return {
    limit,
    after,
    field: field === undefined || field === "" ? undefined : readField(field, plan),
    ...readFilter(given),
  };
}

/** What is empty was not filled in. */
function readFilter(given: (name: string) => string | undefined): { filter?: CrFilter } {
  const [search, namespace, ready] = filterNames.map((name) => given(name) || undefined);
  if ([search, namespace, ready].every((one) => one === undefined)) return {};
  for (const text of [search, namespace]) {
    if ((text ?? "").length <= maxSearch) continue;
    throw new QueryError(`Cannot look for a text of ${text!.length} characters: give ${maxSearch} at most`);
  }
  if (ready !== undefined && ready !== "true" && ready !== "false") {
    throw new QueryError(`Cannot use ready=${ready.slice(0, 20)}: give true or false`);
  }
  return {
    filter: {
      ...(search === undefined ? {} : { search: search.toLowerCase() }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(ready === undefined ? {} : { ready: ready === "true" }),
    },
  };
}

/** Parameters of a look-up of who has a value. */
export interface HoldersQuery {
  readonly field: string;
  readonly value: string;
  readonly limit: number;
}

/** Reads `field`, `value` and `limit` of a look-up; `undefined`: there is no `value`. Throws `QueryError`. */
export function readHoldersQuery(
  given: (name: string) => string | undefined,
  plan: BoxPlan,
): HoldersQuery | undefined {
  const value = given("value");
  if (value === undefined) return undefined;
  const limit = given("limit");
  if (given("continue") !== undefined) {
    throw new QueryError("Cannot continue a look-up of a value: give a higher limit");
  }
  for (const name of filterNames) {
    if (given(name) !== undefined) throw new QueryError(`Cannot use ${name} in a look-up of a value`);
  }
  return {
    field: readUniqueField(given("field") ?? "", plan),
    value: readValue(value),
    limit: limit === undefined ? defaultPage : readLimit(limit),
  };
}

/** Only what a rule of the Katalog wants to be unique can be looked up by its value, and nothing that may be a secret. */
function readUniqueField(text: string, { validation }: BoxPlan): string {
  const path = text.length > maxPath ? undefined : parseFieldPath(text);
  const fields = uniqueFields(validation).filter((field) => !mayHoldSecret(field)).map(({ name }) => name);
  const name = path === undefined ? undefined : printFieldPath(path);
  if (name !== undefined && fields.includes(name)) return name;
  throw new QueryError(
    `Cannot look up values of the field "${text.slice(0, 60)}": it takes fields that a rule of the Katalog with the ` +
      `operator unique names: ${fields.slice(0, 20).join(", ") || "there are none"}`,
  );
}

function readValue(text: string): string {
  if (text !== "" && text.length <= maxLookup) return text;
  throw new QueryError(`Cannot look up a value of ${text.length} characters: give 1 to ${maxLookup}`);
}

/** The `continue` of the page that ends with this key. */
export function continueToken(key: ObjectKey): string {
  return btoa(key).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function readLimit(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > maxPage) throw new QueryError(`Cannot use limit=${text.slice(0, 20)}: give 1 to ${maxPage}`);
  return limit;
}

function readToken(text: string): ObjectKey {
  const isToken = text.length <= maxToken && /^[\w-]+$/.test(text);
  try {
    if (isToken) return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    // Not base64: the same error as for other texts that no page gave.
  }
  throw new QueryError("Cannot use this continue: pass the one of the page before, unchanged");
}

const shownMetadata = ["name", "namespace", "uid", "generation", "creationTimestamp", "labels"];

/**
 * The spec of a CR may hold secrets, and so may its annotations: of the spec only those fields are shown that a
 * validation rule of the Katalog judges, which is what this parameter is for.
 */
function readField(text: string, { validation }: BoxPlan): string[] {
  const path = text.replace(/^\./, "").split(".");
  const [root, second] = path;
  const judged = [...new Set(validation.flatMap(({ check }) => check.field?.text.replace(/^\./, "") ?? []))]
    .filter((field) => field.startsWith("spec.") && !field.includes("{{"))
    // Such a field may be judged for its length, and is not shown for that.
    .filter((field) => !field.split(".").some(isSecretName));
  const isShown = root === "status" || (root === "metadata" && shownMetadata.includes(second ?? "")) ||
    judged.includes(path.join("."));
  if (text.length <= maxPath && isShown) return path;
  const fields = judged.length === 0 ? "" : `, and ${judged.slice(0, 20).join(", ")}`;
  throw new QueryError(
    `Cannot show the field "${text.slice(0, 60)}": it takes fields of status, ` +
      `${shownMetadata.map((name) => `metadata.${name}`).join(", ")}${fields} (fields of spec that a validation rule ` +
      "of the Katalog names)",
  );
}
