import type { BoxHost } from "../../src/box/mod.ts";
import { cellHost, type CellHostOptions } from "../../src/cell/mod.ts";
import { realClock } from "./clock.ts";

/** Runs boxes in cells, from source, for a test that ends when a thread is lost, unless `onLost` takes it otherwise. */
export function cellsFor(
  server: string,
  options:
    & Pick<CellHostOptions, "limits">
    & Partial<Pick<CellHostOptions, "entry" | "onLost" | "cluster" | "readTextFile" | "exec" | "issue" | "traces">>,
): BoxHost {
  return cellHost({
    cluster: { server, auth: { kind: "none" }, source: "test" },
    userAgent: "test/1",
    component: "test",
    instance: "test",
    reportsIdle: false,
    clock: realClock,
    readTextFile: () => Promise.reject(new Error("No file")),
    reachable: [new URL(server).host],
    fromSource: true,
    onJailLost: (reason) => {
      throw new Error(`The jail was lost: ${reason}`);
    },
    onLost: () => {
      throw new Error("A thread was lost");
    },
    ...options,
  });
}
