import { maxPage } from "../../box/mod.ts";
import { isSecretName } from "../../base/redact.ts";
import type { ObjectKey } from "../../k8s/object.ts";
import type { BoxPlan } from "../../plan/plan.ts";

/** CRs in a page without `limit`. */
export const defaultPage = 100;
/** Longest `continue` and `field`. */
const maxToken = 1024;
const maxPath = 256;

/** A query that cannot be carried out; the message says what it takes. */
export class QueryError extends Error {
  override name = "QueryError";
}

/** Parameters of a list of CRs. */
export interface PageQuery {
  readonly limit: number;
  readonly after?: ObjectKey | undefined;
  readonly field?: readonly string[] | undefined;
}

/** Reads `limit`, `continue` and `field`. Throws `QueryError`. */
export function readPageQuery(given: (name: string) => string | undefined, plan: BoxPlan): PageQuery {
  const [limit, token, field] = ["limit", "continue", "field"].map(given);
  return {
    limit: limit === undefined ? defaultPage : readLimit(limit),
    after: token === undefined || token === "" ? undefined : readToken(token),
    field: field === undefined || field === "" ? undefined : readField(field, plan),
  };
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
