import { errorText } from "../base/error_text.ts";

/** A question over a port, and what comes back. */
export type RequestMessage<Request, Response> =
  | { readonly type: "request"; readonly id: number; readonly request: Request }
  | { readonly type: "response"; readonly id: number; readonly response: Response }
  | { readonly type: "refusal"; readonly id: number; readonly message: string };

/** Requests without a response at a time; more means that the other side does not respond. */
const maxPending = 64;

/** Requests to the other side of a port, and their responses. Each side has one; both directions share the port. */
export class Requests<Request, Response> {
  readonly #send: (message: { type: "request"; id: number; request: Request }) => void;
  readonly #pending = new Map<number, PromiseWithResolvers<Response>>();
  #nextId = 0;

  constructor(send: (message: { type: "request"; id: number; request: Request }) => void) {
    this.#send = send;
  }

  /** Rejects with the other side's message, when the port is gone, or when too many are pending. */
  request(request: Request): Promise<Response> {
    if (this.#pending.size >= maxPending) {
      return Promise.reject(new Error(`Cannot send the request: ${maxPending} requests are pending`));
    }
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<Response>();
    this.#pending.set(id, waiting);
    this.#send({ type: "request", id, request });
    return waiting.promise;
  }

  resolve(id: number, response: Response): void {
    this.#take(id)?.resolve(response);
  }

  refuse(id: number, message: string): void {
    this.#take(id)?.reject(new Error(message));
  }

  /** The other side is gone. */
  rejectAll(reason: string): void {
    for (const id of [...this.#pending.keys()]) this.refuse(id, reason);
  }

  #take(id: number): PromiseWithResolvers<Response> | undefined {
    const waiting = this.#pending.get(id);
    this.#pending.delete(id);
    return waiting;
  }
}

/** Executes a request of the other side and sends the result. Never throws. */
export async function respond<Response>(
  id: number,
  work: () => Promise<Response>,
  send: (message: Exclude<RequestMessage<never, Response>, { type: "request" }>) => void,
): Promise<void> {
  try {
    send({ type: "response", id, response: await work() });
  } catch (error) {
    send({ type: "refusal", id, message: errorText(error) });
  }
}
