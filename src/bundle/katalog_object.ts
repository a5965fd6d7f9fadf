import { katalogConfigMap } from "../k8s/installation.ts";
import { type BundleObject, labelsOf } from "./bundle_object.ts";

/** What the values of a ConfigMap may have together, in bytes of UTF-8 (Kubernetes: `core.MaxSecretSize`). */
export const maxConfigMapBytes = 1024 * 1024;

/** A Katalog, as text, that no ConfigMap can hold. */
export class KatalogTooLargeError extends Error {
  override name = "KatalogTooLargeError";
}

/** The ConfigMap that Runtime and Gateway read the Katalog from. Throws `KatalogTooLargeError`. */
export function katalogObject(katalog: string, namespace: string): BundleObject {
  const size = new TextEncoder().encode(katalog).length;
  if (size > maxConfigMapBytes) {
    throw new KatalogTooLargeError(
      `The Katalog has ${size} bytes with the schemas of its CRDs, and a ConfigMap holds ${maxConfigMapBytes} (1 MiB): ` +
        "divide it into several Katalogs, each with a namespace of its own",
    );
  }
  return {
    object: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: katalogConfigMap.name, namespace, labels: labelsOf() },
      data: { [katalogConfigMap.key]: katalog },
    },
  };
}
