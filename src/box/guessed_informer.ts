import { discoverType, type Informer, isMissingType, startInformer } from "../cluster/mod.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import type { ResourceType } from "../k8s/object.ts";

type Arguments = Parameters<typeof startInformer>;

/**
 * An informer for a kind whose plural is a guess. Most guesses are right and cost nothing; when the server does not
 * know the resource, discovery is asked, and the informer starts anew on what it says. `resolved` hears the right type.
 */
export function startGuessedInformer(
  api: ClusterApi,
  guess: ResourceType,
  query: Arguments[2],
  handlers: Arguments[3],
  options: Arguments[4],
  resolved: (type: ResourceType) => void,
): Informer {
  const synced = Promise.withResolvers<void>();
  synced.promise.catch(() => {/* rejects when stopped before; nobody has to listen */});
  const stopping = new AbortController();
  let asking = false;

  const start = (type: ResourceType): Informer => {
    const informer = startInformer(api, type, query, {
      ...handlers,
      state: (state, detail) => {
        handlers.state(state, detail);
        if (detail !== undefined && isMissingType(detail.error)) ask(type);
      },
    }, options);
    informer.synced.then(synced.resolve, () => {/* a stopped one may have a successor */});
    return informer;
  };

  const ask = (type: ResourceType): void => {
    if (asking) return;
    asking = true;
    discoverType(api, type, { signal: stopping.signal }).then(async (found) => {
      if (found === undefined || found.plural === type.plural || stopping.signal.aborted) return;
      await current.stop();
      if (stopping.signal.aborted) return;
      resolved(found);
      current = start(found);
    }).catch((error) => {
      if (!stopping.signal.aborted) handlers.failed(error);
    }).finally(() => asking = false);
  };

  let current = start(guess);
  return {
    synced: synced.promise,
    stop: async () => {
      stopping.abort();
      synced.reject(new DOMException("The informer was stopped", "AbortError"));
      await current.stop();
    },
  };
}
