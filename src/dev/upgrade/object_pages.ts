import { type ListPage, listPage, ResponseTooLargeError } from "../../cluster/mod.ts";
import { ApiError, isCallError, isExpired } from "../../cluster/api_error.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { type KubeObject, type ObjectKey, objectKey } from "../../k8s/object.ts";
import type { Definition } from "./definition.ts";
import { type Patience, withRetries } from "./patience.ts";
import { UpgradeError } from "./upgrade_error.ts";

/** Some objects of a kind, in the order of their keys. */
export interface ObjectPage {
  readonly objects: readonly KubeObject[];
  /** Objects after these, where the API server says it. */
  readonly remaining: number | undefined;
  /** Instead of objects: the next one, which cannot be read in the version of the list. */
  readonly unreadable?: { readonly key: ObjectKey; readonly reason: string };
}

export const pageSize = 500;
/** A page that fails is requested again with this fraction of its size. */
const shrinkFactor = 8;
/** Tokens that expired one after the other: the one that comes with a 410 does not expire (`ApiError.continueToken`). */
const maxExpired = 3;

/**
 * The objects of a CRD, page by page; the next page is requested when the caller is done with the last one. A list that
 * took so long that its token expired continues after the same key. Where a page cannot be read, as one object in it
 * cannot be converted, the pages get smaller until that object is alone; it is then named by a list in another served
 * version, and left out.
 *
 * Ends early when `stopped` is aborted. Throws `UpgradeError` where an object can be named in no version, and as
 * `ClusterApi.list` does.
 */
export async function* objectPages(
  api: ClusterApi,
  definition: Definition,
  patience: Patience,
): AsyncGenerator<ObjectPage, void, void> {
  let [limit, expired]: [number, number] = [pageSize, 0];
  let [token, last]: [string | undefined, ObjectKey | undefined] = [undefined, undefined];
  const seen = new Set<string>();
  while (!patience.stopped.aborted) {
    let page: ListPage;
    try {
      const request = () => listPage(api, definition.type, { limit, token });
      page = await (limit === pageSize ? withRetries(patience, request) : request());
    } catch (error) {
      if (patience.stopped.aborted) return;
      if (isExpired(error) && error.continueToken !== undefined && ++expired <= maxExpired) {
        token = error.continueToken;
        continue;
      }
      if (!isTooMuch(error)) throw error;
      if (limit > 1) {
        limit = Math.max(1, Math.floor(limit / shrinkFactor));
        continue;
      }
      const next = await nextObject(api, definition, token, last, error);
      yield { objects: [], remaining: next.remaining, unreadable: { key: next.key, reason: error.message } };
      if (next.token === undefined) return;
      [token, last] = [next.token, next.key];
      continue;
    }
    expired = 0;
    limit = Math.min(pageSize, limit * shrinkFactor);
    yield { objects: page.items, remaining: page.remaining };
    if (page.token === undefined) return;
    // A server that returns the same token for ever must not keep us here.
    if (seen.has(page.token)) throw new UpgradeError(`The list of ${definition.name} returns the same page again`);
    seen.add(page.token);
    token = page.token;
    last = page.items.length === 0 ? last : objectKey(page.items.at(-1)!.metadata);
  }
}

/** Whether fewer objects at once may be read: a conversion failed, the response is too large or took too long. */
function isTooMuch(error: unknown): error is Error {
  return error instanceof ResponseTooLargeError || (error instanceof ApiError && error.status >= 500);
}

/** The object after `token`, in a version in which it can be read, perhaps the one in which it is stored. */
async function nextObject(
  api: ClusterApi,
  { name, type, servedVersions }: Definition,
  token: string | undefined,
  last: ObjectKey | undefined,
  cause: Error,
): Promise<{ key: ObjectKey; token: string | undefined; remaining: number | undefined }> {
  for (const version of servedVersions.filter((each) => each !== type.version)) {
    try {
      const page = await listPage(api, { ...type, version }, { limit: 1, token });
      const [object] = page.items;
      if (object !== undefined) {
        return { key: objectKey(object.metadata), token: page.token, remaining: page.remaining };
      }
    } catch (error) {
      if (!isCallError(error)) throw error; // not in this version either
    }
  }
  const where = last === undefined ? "The first object" : `The object after ${last}`;
  throw new UpgradeError(`${where} of ${name} cannot be read in any version that is served: ${cause.message}`);
}
