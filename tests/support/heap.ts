import type { Page } from "playwright-core";

/** What a garbage collection leaves. */
export interface Usage {
  readonly heapBytes: number;
  /** Nodes of documents, those that only a script refers to included; 0 where there are none. */
  readonly nodes: number;
}

/** Calls a method of the Chrome DevTools Protocol. */
type Call = (method: string) => Promise<unknown>;

/** Of an open page. */
export async function pageUsage(page: Page): Promise<Usage> {
  const session = await page.context().newCDPSession(page);
  const call: Call = (method) => session.send(method as "Memory.getDOMCounters");
  const heapBytes = await usedAfterCollection(call);
  const { nodes } = await call("Memory.getDOMCounters") as { nodes: number };
  await session.detach();
  return { heapBytes, nodes };
}

/** A process that was started with `--inspect`, by what it printed: `Debugger listening on ws://…`. */
export async function processUsage(output: string): Promise<Usage> {
  const [url] = /ws:\/\/\S+/.exec(output) ?? [];
  if (url === undefined) throw new Error(`The process has printed no address of a debugger: ${output}`);
  const socket = new WebSocket(url);
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  const closed = Promise.withResolvers<never>();
  socket.onmessage = ({ data }) => {
    const { id, result, error } = JSON.parse(data);
    if (error === undefined) pending.get(id)?.resolve(result);
    else pending.get(id)?.reject(new Error(error.message));
  };
  socket.onerror = () => closed.reject(new Error(`The connection to ${url} broke`));
  try {
    await Promise.race([new Promise((resolve) => socket.onopen = resolve), closed.promise]);
    const call: Call = (method) => {
      const id = pending.size;
      const response = Promise.withResolvers<unknown>();
      pending.set(id, response);
      socket.send(JSON.stringify({ id, method }));
      return Promise.race([response.promise, closed.promise]);
    };
    return { heapBytes: await usedAfterCollection(call), nodes: 0 };
  } finally {
    socket.onerror = null;
    const end = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await end;
  }
}

/** What is referred to weakly is free only after the collection that follows the one that found it. */
async function usedAfterCollection(call: Call): Promise<number> {
  for (let round = 0; round < 3; round++) await call("HeapProfiler.collectGarbage");
  const { usedSize } = await call("Runtime.getHeapUsage") as { usedSize: number };
  return usedSize;
}
