import { literalOrigin } from "../base/http_url.ts";
import type { ExternalCallPlan } from "../conditions/mod.ts";
import type { BoxPlan } from "../plan/mod.ts";
import { authorText, decidedBy } from "./authors.ts";
import { boundOf, type Surroundings } from "./bounds.ts";
import { findingAt, type PostureFinding } from "./finding.ts";

/** Where the HTTP calls of a box go, and how much of that the author of a CR decides. */
export function findingsOfExternal(box: BoxPlan, around: Surroundings): PostureFinding[] {
  const { mutation, validation, children } = box.external;
  return [...mutation, ...validation, ...children].flatMap((call) => findingsOfCall(call, box, around));
}

/** An address of the Pod itself, or one that leads to its node, such as the metadata service of a cloud. */
export function isLocalAddress(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || /^127\./.test(host) || host === "[::1]" ||
    /^169\.254\./.test(host) || /^\[fe[89ab]/i.test(host) || host === "0.0.0.0" || host === "[::]" ||
    host === "100.100.100.200" || host === "[fd00:ec2::254]" || host === "metadata.google.internal";
}

/** What `urlquery` escapes is part of one segment or parameter, whatever it holds. */
const escaped = /\{\{[^{}]*\burlquery\b[^{}]*\}\}/g;

function findingsOfCall(call: ExternalCallPlan, box: BoxPlan, around: Surroundings): PostureFinding[] {
  const { url, id, name, auth } = call;
  const path = `spec.crds.${box.name}.${/^on[CR]/.test(id) ? "operatorBox." : ""}${id}.url`;
  const origin = literalOrigin(url.text);
  if (origin !== undefined && isLocalAddress(new URL(`${origin.scheme}://${origin.host}`).hostname)) {
    const message = `.external.${name} calls ${origin.host}, an address of the Pod or its node`;
    return [findingAt("internal-address", url.at, path, message, { hint: "name a Service" })];
  }
  // A host that a call has to be made to with a credential is written out: the loader sees to it.
  if (origin !== undefined && auth === undefined) return [];
  const { authors } = decidedBy(url.text.replace(escaped, "x"), { plan: around.plan, box });
  // Names of objects hold no slash.
  const free = origin === undefined ? authors : authors.filter((author) => author.path.join(".") !== "metadata.name");
  if (free.length === 0) return [];
  const of = free.map((author) => authorText(author, box)).join(", ");
  const what = origin === undefined
    ? `which host .external.${name} calls`
    : `what of ${origin.host} .external.${name} calls with the credential of the Katalog`;
  const gates = [call];
  const bounds = free.map((author) => boundOf(author, box, gates, around));
  if (bounds.every((bound) => bound !== undefined)) {
    const by = [...new Set(bounds)].join(" and ");
    return [findingAt("url-from-cr", url.at, path, `${of} decides ${what}, bounded by ${by}`, { level: "note" })];
  }
  return [findingAt("url-from-cr", url.at, path, `${of} decides ${what}`, {
    hint: origin === undefined
      ? "write scheme, host and port out"
      : "escape it with urlquery, or bound the field by an enum of the CRD or a rule with in",
  })];
}
