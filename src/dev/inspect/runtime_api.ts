import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import { AbsentError, InspectError } from "./inspect_error.ts";
import { printable } from "./printable.ts";
import { errorResponse } from "./responses.ts";

/** Longest response; a page of 500 CRs with long names is some 300 KB. */
const maxBytes = 16 * 1024 * 1024;

/** Where a Runtime is. */
export interface Place {
  /** `http://127.0.0.1:8080`, without a slash at its end. */
  readonly url: string;
  /** For messages: the URL, or the Pod behind it. */
  readonly text: string;
  /** What to do when there is no response. */
  readonly advice: string;
  /** Why the way to it broke, where that is known. */
  failure(): string | undefined;
  close(): Promise<void>;
}

/** The connection could not be made, or broke: the Runtime may be elsewhere by now. */
export class UnreachableError extends InspectError {
  override name = "UnreachableError";
}

/** Reads the HTTP API of one Runtime. What it returns is checked: responses come from another process. */
export class RuntimeApi {
  readonly #place: Place;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #client = Deno.createHttpClient({ http1: true, http2: false });
  readonly #closed = new AbortController();

  constructor(place: Place, clock: Clock, timeoutMs: number) {
    this.#place = place;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  get place(): Place {
    return this.#place;
  }

  /** GET. Throws `UnreachableError`, `AbsentError` for 404, and `InspectError` for everything else that went wrong. */
  async get<T>(path: string, shape: z.ZodType<T>): Promise<T> {
    const { status, text } = await this.#send(path);
    const at = `${this.#place.text}${path}`;
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      throw new InspectError(
        `${at}: the response (${status}) is no JSON: "${printable(text, 60)}"; is that the HTTP API of a Runtime?`,
      );
    }
    const refusal = errorResponse.safeParse(body);
    if (refusal.success) {
      const message = printable(refusal.data.error);
      if (status === 404) throw new AbsentError(message);
      throw new InspectError(`${at}: ${message} (${status})`);
    }
    const read = shape.safeParse(body);
    if (read.success) return read.data;
    const issues = read.error.issues.slice(0, 3).map(({ path, message }) =>
      `${printable(path.map(String).join("."), 100) || "the response"}: ${printable(message, 200)}`
    );
    throw new InspectError(
      `${at}: this is not what ork reads: ${issues.join("; ")}; use an ork of the version of the Runtime${
        versionIn(body)
      }`,
    );
  }

  /** Ends what is in flight, with an `UnreachableError`. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#client.close();
    await this.#place.close();
  }

  async #send(path: string): Promise<{ status: number; text: string }> {
    const { url, text, advice, failure } = this.#place;
    const closed = this.#closed.signal;
    if (closed.aborted) throw new UnreachableError(`Cannot ask ${text}: it is not asked any more`);
    const abort = new AbortController();
    const cancel = this.#clock.after(this.#timeoutMs, () => abort.abort());
    try {
      const response = await fetch(`${url}${path}`, {
        client: this.#client,
        redirect: "manual",
        signal: AbortSignal.any([abort.signal, closed]),
        headers: { accept: "application/json" },
      });
      return { status: response.status, text: await this.#read(response, path) };
    } catch (error) {
      if (error instanceof InspectError) throw error;
      if (closed.aborted) throw new UnreachableError(`Cannot ask ${text}: it is not asked any more`);
      if (abort.signal.aborted) {
        throw new UnreachableError(
          `Cannot ask ${text}: no response within ${this.#timeoutMs / 1000} s${because(failure())}; ${advice}`,
        );
      }
      if (!(error instanceof TypeError)) throw error; // what fetch and its body throw
      throw new UnreachableError(`Cannot ask ${text}${because(failure() ?? reasonOf(error))}; ${advice}`);
    } finally {
      cancel();
    }
  }

  async #read(response: Response, path: string): Promise<string> {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body ?? []) {
      size += part.length;
      if (size > maxBytes) {
        throw new InspectError(`${this.#place.text}${path}: the response has more than ${maxBytes} bytes`);
      }
      parts.push(part);
    }
    return await new Blob(parts as BlobPart[]).text();
  }
}

/** ` (0.2.0)` */
function versionIn(body: unknown): string {
  const read = z.object({ runtimeVersion: z.string() }).safeParse(body);
  return read.success ? ` (${printable(read.data.runtimeVersion, 60)})` : "";
}

function because(reason: string | undefined): string {
  return reason === undefined ? "" : `: ${printable(reason)}`;
}

/** The innermost cause: `Connection refused (os error 111)`. */
function reasonOf(error: Error): string {
  let at = error;
  while (at.cause instanceof Error) at = at.cause;
  return at.message;
}
