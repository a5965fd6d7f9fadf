import type { Clock } from "../../base/clock.ts";
import { type Json, parseJson } from "../../base/json.ts";
import { jsonResponse, type Peer } from "../../serve/mod.ts";
import type { BodyBudget } from "./body_budget.ts";
import { measureJson } from "./json_size.ts";

export interface BodyLimits {
  readonly clock: Clock;
  readonly maxBytes: number;
  /** Maps and lists in a JSON body; the bytes bound them alone when absent. */
  readonly maxContainers?: number;
  /** For the whole body; 10 s when absent (ruling 86). */
  readonly timeoutMs?: number;
  /** Shared by all bodies of a listener; a body whose memory is needed for later ones gets 503. */
  readonly budget?: BodyBudget;
}

/** The body of an AdmissionReview (ruling 86). */
export const maxAdmissionBytes = 8 * 1024 * 1024;
/** The body of a ConversionReview: a list is one review (ruling 86). */
export const maxConversionBytes = 64 * 1024 * 1024;
/**
 * Maps and lists in the body of an AdmissionReview: some 100 MiB, where 8 MiB of `{},` take 300. etcd accepts no object
 * with as many (1.5 MiB).
 */
export const maxAdmissionContainers = 1_000_000;
/** The same for a ConversionReview. */
export const maxConversionContainers = 4_000_000;

const defaultTimeoutMs = 10_000;

/**
 * Bodies whose head says that they have up to this many bytes, as nearly all have, are read at once. Part by part the
 * platform allocates 64 KB for each read, whatever it holds: garbage whose collection took half of the Gateway's
 * processor time.
 */
const maxShortBytes = 64 * 1024;

/** A body that is not used: too large (413), too slow (408), one too many (503), incomplete or no JSON (400). */
export class BodyError extends Error {
  override name = "BodyError";

  constructor(readonly status: 400 | 408 | 413 | 503, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** A body with more maps and lists than are read (413). */
export class BodyNodesError extends BodyError {
  override name = "BodyNodesError";

  /** `uid`: of the review, where it could be read. */
  constructor(message: string, readonly uid: string | undefined) {
    super(413, message);
  }
}

/** Reads a body up to its limits, whatever its `content-length` says or does not say. Throws `BodyError`. */
export async function readBody(request: Request, limits: BodyLimits): Promise<Uint8Array<ArrayBuffer>> {
  const { clock, maxBytes, timeoutMs = defaultTimeoutMs, budget } = limits;
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const { body } = request;
  if (body === null) return new Uint8Array();
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => {
    // It may come when the last part has been read.
  });
  const cancelTimer = clock.after(timeoutMs, () => {
    late.reject(new BodyError(408, `Cannot read the body: it is not complete after ${timeoutMs / 1000} s`));
  });
  const share = budget?.open(() =>
    late.reject(new BodyError(503, "Cannot read the body: too many large ones at a time"))
  );
  try {
    if (isShort(request, maxBytes)) {
      const whole = await Promise.race([request.bytes(), late.promise]);
      if (whole.length > maxBytes) throw tooLarge(maxBytes);
      return whole;
    }
    return await readParts(body, maxBytes, late.promise, (bytes) => share?.grow(bytes));
  } catch (error) {
    if (error instanceof BodyError) throw error;
    throw new BodyError(400, "Cannot read the body: the connection ended before it was complete", { cause: error });
  } finally {
    cancelTimer();
    share?.close();
  }
}

/** Its length is known before it is read: the server reads no more than that of a body that is not chunked. */
function isShort({ headers }: Request, maxBytes: number): boolean {
  const length = headers.get("content-length");
  return length !== null && !headers.has("transfer-encoding") && Number(length) <= Math.min(maxBytes, maxShortBytes);
}

/** Calls `grow` with the number of bytes so far; `late` ends it. Throws `BodyError` beyond `maxBytes`. */
async function readParts(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  late: Promise<never>,
  grow: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) break;
      size += value.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      parts.push(value);
      grow(size);
    }
  } catch (error) {
    reader.cancel().catch(() => {
      // The connection has broken: there is nothing to cancel.
    });
    throw error;
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}

/** Reads a body as JSON, with exact integers. Throws `BodyError`. */
export async function readJsonBody(request: Request, limits: BodyLimits): Promise<Json> {
  const bytes = await readBody(request, limits);
  const { maxContainers = Infinity } = limits;
  // Each takes two bytes at least, so most bodies need not be looked at.
  if (bytes.length > 2 * maxContainers) {
    const { containers, uid } = measureJson(bytes);
    if (containers > maxContainers) {
      throw new BodyNodesError(`Cannot read the body: it has more than ${maxContainers} maps and lists`, uid);
    }
  }
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    // `TypeError`: not UTF-8.
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
    const problem = error instanceof TypeError ? "it is not UTF-8" : "it is no JSON";
    // The message of the parser quotes the body, and this goes to clients and into their logs.
    throw new BodyError(400, `Cannot read the body: ${problem}`);
  }
}

/** The response to a body that is not used: `{error}`, and the end of the connection; one that is too slow is cut. */
export function bodyErrorResponse(error: BodyError, peer: Peer): Response {
  if (error.status === 408) peer.cut();
  return jsonResponse({ error: error.message }, error.status, {
    connection: "close",
    ...(error.status === 503 ? { "retry-after": "1" } : {}),
  });
}

function tooLarge(maxBytes: number): BodyError {
  return new BodyError(413, `Cannot read the body: it is larger than ${maxBytes} bytes`);
}
