/**
 * Code that runs in a cell in place of a box, as if somebody had taken it over: it says what it was given to reach the
 * API server with, and asks its parent for every credential that there may be.
 */
import { parentPort } from "node:worker_threads";
import type { CellRequest, FromCell, ToCell } from "../../src/cell/protocol.ts";

/** What it came to have. */
export interface Loot {
  /** `ClusterConfig.auth`. */
  readonly auth: unknown;
  /** What the parent gave, or said, for each request. */
  readonly tokenFile: unknown;
  readonly exec: unknown;
  readonly token: unknown;
}

const wanted = ["tokenFile", "exec", "token"] as const satisfies readonly CellRequest["what"][];

parentPort!.on("message", ({ port }: { port: MessagePort }) => {
  const send = (message: FromCell) => port.postMessage(message);
  const loot: Record<string, unknown> = {};
  let box = "";
  port.onmessage = ({ data }: MessageEvent<ToCell>) => {
    switch (data.type) {
      case "request":
        return send({ type: "response", id: data.id, response: null });
      case "start":
        box = data.orders.plan.name;
        loot["auth"] = data.orders.cluster.auth;
        send({ type: "warm" });
        for (const [id, what] of wanted.entries()) {
          // A name is nothing that it may choose: one that is sent all the same has to be without effect.
          const request = { what, account: "orkestra", path: "/etc/hostname" } as unknown as CellRequest;
          send({ type: "request", id, request });
        }
        return;
      case "response":
      case "refusal":
        loot[wanted[data.id]!] = data.type === "response" ? data.response : data.message;
        if (wanted.some((what) => !(what in loot))) return;
        return send({ type: "report", message: { type: "note", box, message: JSON.stringify(loot) } });
      default:
        return data satisfies never;
    }
  };
});
