/** Runs in a cell in place of a box, and tries everything that a box must not be able to do. */
import { parentPort } from "node:worker_threads";
import {
  hosts,
  imports,
  outcomes,
  processes,
  reads,
  rights,
  sendDatagram,
  surroundings,
  type Targets,
  writes,
} from "./attempts.ts";

type Order = Targets & { readonly name: string };

function attempts(order: Order) {
  const hidden = `${"ork"}Secret`;
  const globals = globalThis as unknown as Record<string, unknown>;
  return {
    ...writes(order),
    ...processes(order),
    ...reads(order),
    ...surroundings(),
    ...hosts(order),
    ...imports(order),
    ...rights(),
    "see another cell's memory": () => {
      const found = globals[hidden];
      globals[hidden] = order.name;
      return found;
    },
    "reach the API server": async () => (await fetch(`http://127.0.0.1:${order.allowed}/`)).status,
  };
}

parentPort!.on("message", ({ port }: { port: MessagePort }) => {
  port.onmessage = async ({ data }: MessageEvent<Order>) => {
    if (data.name === "datagram") return await sendDatagram(data);
    port.postMessage(await outcomes(attempts(data)));
  };
});
