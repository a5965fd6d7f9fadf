import type { Between } from "../box/operator.ts";

/** A fault between an operator and its API server, or in the operator itself. */
export interface Fault {
  readonly name: string;
  /** What it does to the operator's requests. `random` is that of the play, `wait` ends with it. */
  readonly between?: (parts: { random: () => number; wait: (ms: number) => Promise<void> }) => Between;
  /** Throws in a part of the passes. */
  readonly panics?: (random: () => number) => boolean;
  /** Adds to the time of day, in ms. */
  readonly clockJumps?: (random: () => number) => number;
  /** In `operatorBox.reconciler.queue`. */
  readonly queue?: string;
}

/** Delay of the events of watches: more than most plays last. */
const slowWatchMs = Number(Deno.env.get("ORK_CHAOS") === "full" ? 30_000 : 2_000);

export const faults: readonly Fault[] = [
  {
    name: `watches delayed by ${slowWatchMs / 1000} s`,
    between: ({ wait }) => watches((line) => wait(slowWatchMs).then(() => [line])),
  },
  { name: "events of watches sent twice", between: () => watches((line) => Promise.resolve([line, line])) },
  {
    name: "watches broken off in the middle of an event",
    between: ({ random }) =>
      watches((line) => Promise.resolve(random() < 0.05 ? [line.slice(0, line.length / 2), null] : [line])),
  },
  { name: "a fifth of the writes refused with 409", between: ({ random }) => refuses(random, [409]) },
  { name: "a fifth of the writes refused with 422", between: ({ random }) => refuses(random, [422]) },
  { name: "a fifth of the writes refused with 429", between: ({ random }) => refuses(random, [429]) },
  { name: "a fifth of the writes refused with 500", between: ({ random }) => refuses(random, [500]) },
  { name: "a fifth of the writes refused, at random", between: ({ random }) => refuses(random, [409, 422, 429, 500]) },
  {
    name: "a fifth of the writes carried out, without a response",
    between: ({ random }) => async (request, forward) => {
      const response = await forward();
      if (!isWrite(request) || random() >= share) return response;
      await response.body?.cancel();
      throw new TypeError("Connection reset by peer");
    },
  },
  { name: "a tenth of the passes panics", panics: (random) => random() < 0.1 },
  { name: "the time of day jumps by hours", clockJumps: (random) => (random() - 0.5) * 12 * 3_600_000 },
  {
    name: "the queue is full all the time",
    queue: "maxDepth: 1, behaviour: { onLimit: { drop: true } }",
  },
];

const share = 0.2;

function isWrite({ method, url }: Request): boolean {
  return method !== "GET" && !url.includes("/events");
}

function refuses(random: () => number, codes: readonly number[]): Between {
  return async (request, forward) => {
    if (!isWrite(request) || random() >= share) return await forward();
    const code = codes[Math.floor(random() * codes.length)]!;
    const reason = { 409: "Conflict", 422: "Invalid", 429: "TooManyRequests", 500: "InternalError" }[code];
    const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason, message: "It is only a test", code };
    return Response.json(status, { status: code, headers: code === 429 ? { "retry-after": "1" } : {} });
  };
}

/** Changes what watches send, line by line; `null` breaks the watch off. */
function watches(change: (line: string) => Promise<readonly (string | null)[]>): Between {
  return async (request, forward) => {
    const response = await forward();
    if (!new URL(request.url).searchParams.has("watch") || response.body === null || !response.ok) return response;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const encoder = new TextEncoder();
    let text = "";
    let cut = false;
    // Lines follow each other at once: a delay does not add up.
    let last: Promise<void> = Promise.resolve();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        const send = (parts: Promise<readonly (string | null)[]>): void => {
          last = Promise.all([last, parts]).then(([, lines]) => {
            for (const line of lines) {
              if (cut) return;
              if (line !== null) controller.enqueue(encoder.encode(lines.includes(null) ? line : `${line}\n`));
              else {
                cut = true;
                controller.close();
                void reader.cancel();
              }
            }
          }).catch(() => {/* the client is gone */});
        };
        void (async () => {
          try {
            for (let part = await reader.read(); !part.done; part = await reader.read()) {
              text += part.value;
              const lines = text.split("\n");
              text = lines.pop()!;
              for (const line of lines) send(change(line));
            }
            await last;
            if (!cut) controller.close();
          } catch (error) {
            if (!cut) controller.error(error);
          }
        })();
        await Promise.resolve();
      },
      cancel: (reason) => {
        cut = true;
        return reader.cancel(reason);
      },
    });
    return new Response(body, { status: response.status, headers: response.headers });
  };
}
