import { literalOrigin } from "../base/http_url.ts";
import type { BoxPlan, ReviewedKindPlan } from "../plan/mod.ts";

/** The HTTP calls of a box: who makes them, and what they take with them. `kind`: what the Gateway reviews of it. */
export function externalLines({ name, external }: BoxPlan, kind: ReviewedKindPlan | undefined): string[] {
  const { mutation, validation, children } = external;
  const calls = [
    // A review of `/validate` mutates first.
    ...mutation.map((plan) => ({ plan, reviewed: kind !== undefined })),
    ...validation.map((plan) => ({ plan, reviewed: kind?.validates === true })),
    ...children.map((plan) => ({ plan, reviewed: false })),
  ];
  return calls.map(({ plan, reviewed }) => {
    const { method, url, auth, id, admissionOnly } = plan;
    const who = [...admissionOnly === true ? [] : ["Runtime"], ...reviewed ? ["Gateway"] : []];
    const origin = literalOrigin(url.text);
    const where = origin === undefined
      ? "a host that templates choose"
      : `${origin.scheme}://${origin.host}:${origin.port}`;
    const secret = auth === undefined ? "" : `, with key "${auth.key}" of Secret ${auth.namespace}/${auth.name}`;
    return `${name}: ${id} "${plan.name}": ${method} ${where}${secret}: by ${who.join(" and ") || "nobody yet"}`;
  });
}
