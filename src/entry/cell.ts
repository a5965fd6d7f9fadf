/**
 * The isolate of one box: a `node:worker_threads` worker, for its heap limit, inside the jail, for its permissions.
 * What is reached from here is paid for once per box: no YAML, no schema, no command line.
 */
import { parentPort } from "node:worker_threads";
import { Cell } from "../cell/inside.ts";
import { systemClock } from "./clock.ts";

let cell: Cell | undefined;

globalThis.addEventListener("error", (event) => {
  event.preventDefault();
  cell?.defect(event.error);
});
globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  cell?.defect(event.reason);
});

parentPort!.on("message", ({ port }: { port: MessagePort }) => {
  cell = new Cell(port, {
    clock: systemClock,
    random: Math.random,
    heapUsed: () => Deno.memoryUsage().heapUsed,
  });
});
