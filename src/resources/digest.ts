import { canonicalJson } from "../base/json.ts";
import { sha256Hex } from "../base/sha256.ts";
import type { KubeObject } from "../k8s/object.ts";

/** A short name for the content of a desired object: 32 hexadecimal digits, the same for equal objects. */
export function desiredDigest(object: KubeObject): string {
  return sha256Hex(canonicalJson(object as never)).slice(0, 32);
}
