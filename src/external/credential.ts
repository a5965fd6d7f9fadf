import { decodeBase64 } from "../base/base64.ts";
import { errorText } from "../base/error_text.ts";
import { isMap, ownValue } from "../base/json.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import { builtInType } from "../k8s/resource_types.ts";
import type { ExternalAuthPlan } from "../plan/plan.ts";

/** Longest credential. */
const maxLength = 16 * 1024;
const secretType = builtInType("Secret")!;

/** Reads a key of a Secret at the time of a call; nothing of it is kept. Rejects with words that hold no part of it. */
export async function readCredential(
  api: Pick<ClusterApi, "get">,
  { namespace, name, key }: ExternalAuthPlan,
  signal: AbortSignal,
): Promise<string> {
  const where = `Secret ${namespace}/${name}`;
  let data: unknown;
  try {
    const secret = await api.get(secretType, { namespace, name }, { signal });
    data = secret["data"];
  } catch (error) {
    throw new Error(`${where} cannot be read: ${errorText(error)}`);
  }
  const encoded = isMap(data) ? ownValue(data, key) : undefined;
  if (typeof encoded !== "string") throw new Error(`${where} has no key "${key}"`);
  const value = decoded(encoded)?.trim();
  if (value === undefined || value === "" || value.length > maxLength || !/^[\x20-\x7e]+$/.test(value)) {
    throw new Error(`Key "${key}" of ${where} is no value for a header: empty, too long, or with signs beyond ASCII`);
  }
  return value;
}

function decoded(text: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(decodeBase64(text));
  } catch {
    return undefined; // the error of the decoder could quote it; the caller says what is wrong
  }
}
