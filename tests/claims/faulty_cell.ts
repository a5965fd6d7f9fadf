/**
 * Code that runs in a cell in place of a box and does what the box's name says: for tests of what the others feel.
 */
import { parentPort } from "node:worker_threads";
import type { BoxHealth } from "../../src/box/mod.ts";
import type { FromCell, ToCell } from "../../src/cell/protocol.ts";
import { WorkBoard } from "../../src/cell/work_board.ts";

const health: BoxHealth = {
  state: "healthy",
  totalReconciles: 1,
  failedReconciles: 0,
  consecutiveFails: 0,
  queueDepth: 0,
  resourceCount: 0,
  warm: true,
  missing: false,
  workers: { running: 1, processing: 0 },
};
const held: unknown[] = [];

/** As a cell that is given no suspects, it dies of a pass; the next one says what it was ordered. */
function poisoned({ board, former }: Extract<ToCell, { type: "start" }>["orders"], send: (message: FromCell) => void) {
  const passes = new WorkBoard(() => Date.now(), board);
  passes.began("demo/finished", 1);
  passes.ended("demo/finished");
  passes.began("demo/poison", 7);
  if (former === undefined) return Deno.exit(3);
  send({ type: "report", message: { type: "note", box: "poisoned", message: JSON.stringify(former) } });
  setTimeout(() => send({ type: "cleared", key: "demo/poison" }), 500);
}

parentPort!.on("message", ({ port }: { port: MessagePort }) => {
  const send = (message: FromCell) => port.postMessage(message);
  const beat = () =>
    send({ type: "beat", heapUsed: Deno.memoryUsage().heapUsed, oldestPassMs: 0, stalledMs: 0, health, metrics: [] });
  let beats = setInterval(beat, 50);
  let isDeaf = false;
  port.onmessage = ({ data }: MessageEvent<ToCell>) => {
    if (data.type === "request") {
      if (isDeaf && data.request.what === "query") return;
      return send({ type: "response", id: data.id, response: null });
    }
    if (data.type !== "start") return;
    isDeaf = data.orders.plan.name === "deaf";
    send({ type: "warm" });
    beat();
    switch (data.orders.plan.name) {
      case "throws":
        return void setTimeout(() => {
          throw new Error("Out of the blue");
        }, 0);
      case "rejects":
        return void Promise.reject(new Error("Nobody listens"));
      case "spins":
        for (;;);
      case "goes-silent":
        clearInterval(beats);
        return;
      case "poisoned":
        return void poisoned(data.orders, send);
      case "exits":
        return Deno.exit(3);
      case "hogs":
        clearInterval(beats);
        beats = setInterval(() => {
          for (let i = 0; i < 50; i++) held.push(new Array(10_000).fill(held.length));
          beat();
        }, 5);
        return;
      case "hogs-at-once":
        for (;;) held.push(new Array(100_000).fill({ n: held.length }));
      default:
        return;
    }
  };
});
