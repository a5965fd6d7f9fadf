/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/**
 * The one Web Worker in which all cells live. It was started with the right to reach the API server and nothing else,
 * and its workers cannot have more than it has.
 */
import { Worker as Thread } from "node:worker_threads";
import type { FromJail, ToJail } from "./protocol.ts";

type Order = Extract<ToJail, { type: "start" }>;

const cells = new Map<number, Thread>();
/** A thread that has loaded its code already, for the first cell. */
let spare: { readonly thread: Thread; readonly heapMb: number; readonly entry: string } | undefined;

self.onmessage = ({ data }: MessageEvent<ToJail>): void => {
  switch (data.type) {
    case "prepare":
      spare = { ...data, thread: newThread(data) };
      // It ended before it was needed: the thread that replaces it reports the error.
      for (const event of ["error", "exit"]) spare.thread.once(event, () => spare = undefined);
      return;
    case "start":
      return start(data);
    case "end":
      void cells.get(data.id)?.terminate();
      return;
    default:
      return data satisfies never;
  }
};

function start(order: Order): void {
  const { id, port, heapMb } = order;
  const thread = takeSpare(order) ?? newThread(order);
  cells.set(id, thread);
  let reason: string | undefined;
  thread.on("error", (error: Error & { code?: string }) => {
    reason = error.code === "ERR_WORKER_OUT_OF_MEMORY" ? `more than ${heapMb} MB of memory` : error.message;
  });
  thread.on("exit", (code: number) => {
    cells.delete(id);
    send({ type: "ended", id, reason: reason ?? `its thread ended with code ${code}` });
  });
  // deno-lint-ignore no-explicit-any -- Node's types know another MessagePort
  thread.postMessage({ port }, [port as any]);
}

function newThread({ heapMb, entry }: { heapMb: number; entry: string }): Thread {
  return new Thread(new URL(entry), { resourceLimits: { maxOldGenerationSizeMb: heapMb } });
}

function takeSpare({ heapMb, entry }: Order): Thread | undefined {
  const taken = spare;
  if (taken?.heapMb !== heapMb || taken.entry !== entry) return undefined;
  spare = undefined;
  taken.thread.removeAllListeners();
  return taken.thread;
}

function send(message: FromJail): void {
  self.postMessage(message);
}
