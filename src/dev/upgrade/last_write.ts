import { type KubeObject, splitApiVersion } from "../../k8s/object.ts";

/** The newest entry of `managedFields`: through which version of the API an object was last changed, as far as recorded. */
export interface LastWrite {
  readonly version: string;
  readonly manager: string;
  /** RFC 3339 */
  readonly time: string;
}

/**
 * The last write of an object; `undefined` where `managedFields` has no entry with a time. It is a hint at what is
 * stored and no more: every write is stored in the storage version of its time, through whatever version it came.
 */
export function lastWrite({ metadata }: KubeObject): LastWrite | undefined {
  let newest: LastWrite | undefined;
  for (const { apiVersion, manager = "", time } of metadata.managedFields ?? []) {
    if (apiVersion === undefined || time === undefined) continue;
    // Times are UTC in one format: they compare as text.
    if (newest === undefined || time > newest.time) {
      newest = { version: splitApiVersion(apiVersion).version, manager, time };
    }
  }
  return newest;
}
