import type { KubeObject } from "../../k8s/object.ts";
import { conditionsOf } from "../../readiness/mod.ts";

/** What the status of a CR says of why not all that is declared is written; `undefined`: it says nothing of the kind. */
export function failureIn(cr: KubeObject): string | undefined {
  const synced = conditionsOf(cr).find(({ type }) => type === "Synced");
  return synced?.status === "False" ? `${synced.reason}: ${withoutPlaces(synced.message)}` : undefined;
}

/** Without the file and the position that a message names: the same line may have moved. */
export function withoutPlaces(text: string): string {
  return text.replaceAll(/\S+:\d+:\d+: /g, "");
}
