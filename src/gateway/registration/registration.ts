import { equalJson, isMap, type Json, type JsonMap } from "../../base/json.ts";
import type { KubeObject, ResourceType } from "../../k8s/object.ts";

/** What is to be done about one object that the Gateway registers. */
export type RegistrationStep =
  /** It is as it must be, or another instance keeps it (`why`). */
  | { readonly do: "nothing"; readonly why?: string }
  | { readonly do: "create"; readonly object: KubeObject }
  /** A JSON merge patch (RFC 7396); lists are replaced whole. */
  | { readonly do: "patch"; readonly patch: JsonMap }
  | { readonly do: "delete" }
  /** Nothing can be done yet. */
  | { readonly do: "wait"; readonly why: string };

/** One cluster-scoped object that the Gateway creates, or of which it sets a part. */
export interface Registration {
  readonly type: ResourceType;
  readonly name: string;
  /** Decides from the object as it is; `undefined`: there is none. `caBundle`: PEM of the CAs to be trusted. */
  decide(observed: KubeObject | undefined, caBundle: string): RegistrationStep;
  /** It is deleted when the Gateway ends. */
  readonly cleanupOnShutdown: boolean;
}

/**
 * Everything that is wanted is there: maps may have more keys (the API server's defaults, labels of others), lists are
 * compared whole.
 */
export function covers(observed: Json | undefined, wanted: Json): boolean {
  if (isMap(wanted)) {
    return isMap(observed) &&
      Object.entries(wanted).every(([key, value]) =>
        covers(Object.hasOwn(observed, key) ? observed[key] : undefined, value)
      );
  }
  if (Array.isArray(wanted)) {
    return Array.isArray(observed) && observed.length === wanted.length &&
      wanted.every((item, i) => covers(observed[i], item));
  }
  return equalJson(observed, wanted);
}
