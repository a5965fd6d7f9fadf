import { notAcceptable } from "../faults.ts";

/** The requested form of a response. */
export interface Wanted {
  readonly as: "object" | "table" | "metadata";
  readonly yaml: boolean;
}

const accepted = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

/**
 * The first form in an `Accept` header that can be served. Throws `ApiFault` 406
 * (`negotiation.NegotiateMediaTypeOptions`).
 */
export function negotiate(request: Request): Wanted {
  const header = request.headers.get("accept") ?? "";
  if (header === "") return { as: "object", yaml: false };
  const clauses = header.split(",").slice(0, 100).map((clause, order) => {
    const [type, ...parameters] = clause.split(";").map((part) => part.trim());
    const named = new Map(parameters.map((parameter) => parameter.split("=", 2) as [string, string]));
    return { type: type!.toLowerCase(), named, order, q: Number(named.get("q") ?? 1) };
  }).sort((a, b) => b.q - a.q || a.order - b.order);
  for (const { type, named } of clauses) {
    const json = ["application/json", "application/*", "*/*"].includes(type);
    if (!json && type !== "application/yaml") continue;
    const form = formOf(named.get("as"), named.get("g"), named.get("v"));
    if (form !== undefined) return { as: form, yaml: !json };
  }
  throw notAcceptable(accepted.slice(0, 2));
}

function formOf(
  as: string | undefined,
  group: string | undefined,
  version: string | undefined,
): Wanted["as"] | undefined {
  if (as === undefined) return "object";
  if (group !== "meta.k8s.io" || (version !== "v1" && version !== "v1beta1")) return undefined;
  if (as === "Table") return "table";
  return as === "PartialObjectMetadata" || as === "PartialObjectMetadataList" ? "metadata" : undefined;
}
