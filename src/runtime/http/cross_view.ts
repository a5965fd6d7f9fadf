import type { Context } from "hono";
import { type ObservedSource, printPage } from "../cross/mod.ts";
import { maxPage } from "../../box/mod.ts";
import type { BoxView } from "./box_view.ts";
import { continueToken, filterNames, QueryError, readListQuery } from "./page.ts";
import { jsonResponse } from "../../serve/mod.ts";
import { HttpError } from "./respond.ts";

/**
 * `/katalog/{crd}/cr?view=cross`: what other Runtimes read of the CRs, in pages. Specs and annotations are in it, so the
 * Katalog has to say so. Throws `HttpError` and `QueryError`.
 */
export function respondCross(context: Context, { plan }: BoxView, published: ObservedSource | undefined): Response {
  const given = (name: string) => context.req.query(name);
  const view = given("view") ?? "";
  if (view !== "cross") throw new QueryError(`Cannot use view=${view.slice(0, 20)}: there is cross alone`);
  for (const name of ["field", "value", ...filterNames]) {
    if (given(name) !== undefined) throw new QueryError(`Cannot use ${name} with view=cross: it shows objects whole`);
  }
  if (plan.crossServed !== true) throw new HttpError(403, refusalOf(plan));
  if (published?.isComplete !== true) throw new HttpError(503, `Not all ${plan.type.kind} objects are known yet`);
  const { limit = maxPage, after } = readListQuery(given);
  const etag = `"${published.version}"`;
  if (after === undefined && isKnown(context.req.header("if-none-match"), etag)) {
    return context.body(null, 304, { etag });
  }
  const page = published.page(limit, after);
  const token = page.next === undefined ? undefined : continueToken(page.next);
  return jsonResponse(printPage(plan.name, page, token), 200, { etag });
}

function refusalOf({ name, type }: BoxView["plan"]): string {
  return type.group === "" && type.kind === "Secret"
    ? "Secrets are not read by other Runtimes"
    : `"${name}" may not be read by other Runtimes: its Katalog does not say crossAccess: true`;
}

/** RFC 9110, 13.1.2; tags are compared weakly. */
function isKnown(header: string | undefined, etag: string): boolean {
  return (header ?? "").split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
