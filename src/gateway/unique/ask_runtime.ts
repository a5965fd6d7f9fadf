import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import { errorText } from "../../base/error_text.ts";
import { Semaphore } from "../../cluster/mod.ts";
import type { Log } from "../../observe/log.ts";
import { Circuit } from "./circuit.ts";
import { type FindHolders, type HoldersQuestion, type HoldersResponse, maxHolders } from "./find_holders.ts";

/**
 * GETs a path of the HTTP API of the Runtime. Rejects where it cannot be reached, where the signal aborts, and for a
 * body of more than `maxBytes`.
 */
export type RuntimeRequest = (
  path: string,
  options: { readonly signal: AbortSignal; readonly maxBytes: number },
) => Promise<{ readonly status: number; readonly body: string }>;

export interface AskRuntimeOptions {
  readonly request: RuntimeRequest;
  /** For one question, waiting included. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Longest value that is asked for; the Runtime takes no longer ones. */
const maxValue = 1024;
/** Requests in flight: half of what a Runtime takes at a time. */
const maxRequests = 16;
const maxBytes = 64 * 1024;

/** What is read of a response; there is more in it. */
const response = z.object({
  // A Runtime of a version that looks nothing up, during an upgrade perhaps, returns any CRs.
  field: z.string(),
  items: z.array(z.object({ name: z.string().min(1).max(253), namespace: z.string().max(63) })).max(maxHolders),
});

/**
 * Asks the caches of a Runtime (`GET /katalog/{crd}/cr?field=&value=`). Best effort: where something goes
 * wrong, the result is unknown, and says why. A Runtime that cannot be reached three times in a row is left alone for 5 s, so that reviews do not wait
 * for it; that is logged, once.
 */
export function askRuntime({ request, timeoutMs, clock, log }: AskRuntimeOptions): FindHolders {
  const circuit = new Circuit();
  const requests = new Semaphore(maxRequests);

  const ask = async ({ crd, field, value }: HoldersQuestion, signal: AbortSignal): Promise<HoldersResponse> => {
    const query = new URLSearchParams({ field, value, limit: String(maxHolders) });
    const release = await requests.acquire(signal);
    try {
      const { status, body } = await request(`/katalog/${encodeURIComponent(crd)}/cr?${query}`, { signal, maxBytes });
      if (circuit.succeeded()) {
        log("info", "The Runtime can be asked again for unique values", { event: "review.unique" });
      }
      if (status !== 200) return { unknown: `the Runtime does not say (HTTP ${status})` };
      const { data } = response.safeParse(parsed(body));
      if (data?.field !== field) return { unknown: "the Runtime does not say (its response cannot be read)" };
      return { holders: data.items.map(({ name, namespace }) => ({ name, namespace: namespace || undefined })) };
    } finally {
      release();
    }
  };

  return async (question) => {
    if (question.value.length > maxValue) return { unknown: `it is longer than ${maxValue} characters` };
    const unreachable = { unknown: "the Runtime cannot be asked; it checks it before it reconciles" };
    if (!circuit.allows(clock.nowMs())) return unreachable;
    const abort = new AbortController();
    const cancel = clock.after(timeoutMs, () => abort.abort(new Error(`No response within ${timeoutMs} ms`)));
    try {
      return await ask(question, abort.signal);
    } catch (error) {
      const why = errorText(abort.signal.aborted ? abort.signal.reason : error);
      if (circuit.failed(clock.nowMs())) {
        log("warn", "The Runtime cannot be asked for unique values: rules are left to it", {
          event: "review.unique",
          error: why,
        });
      } else {
        log("debug", "The Runtime could not be asked for a unique value", { event: "review.unique", error: why });
      }
      return unreachable;
    } finally {
      cancel();
    }
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // no response of a Runtime: reported as one that cannot be read
  }
}
