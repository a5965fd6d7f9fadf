/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/**
 * The one Web Worker in which all cells live. It was started with the right to reach the API server and nothing else,
 * and its workers cannot have more than it has.
 */
import { Worker as Thread } from "node:worker_threads";
import type { FromJail, ToJail } from "./protocol.ts";

const cells = new Map<number, Thread>();

self.onmessage = ({ data }: MessageEvent<ToJail>): void => {
  switch (data.type) {
    case "start":
      return start(data);
    case "end":
      void cells.get(data.id)?.terminate();
      return;
    default:
      return data satisfies never;
  }
};

function start({ id, port, heapMb, entry }: Extract<ToJail, { type: "start" }>): void {
  const thread = new Thread(new URL(entry), {
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  cells.set(id, thread);
  let reason: string | undefined;
  thread.on("error", (error: Error & { code?: string }) => {
    reason = error.code === "ERR_WORKER_OUT_OF_MEMORY" ? `more than ${heapMb} MB of memory` : error.message;
  });
  thread.on("exit", (code: number) => {
    cells.delete(id);
    tell({ type: "ended", id, reason: reason ?? `its thread ended with code ${code}` });
  });
  // deno-lint-ignore no-explicit-any -- Node's types know another MessagePort
  thread.postMessage({ port }, [port as any]);
}

function tell(message: FromJail): void {
  self.postMessage(message);
}
