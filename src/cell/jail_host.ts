import { codeOf } from "./code.ts";
import type { FromJail, ToJail } from "./protocol.ts";

export interface JailOptions {
  /** `host:port` of the API server, and of the proxy to it: all that a cell may reach. */
  readonly reachable: readonly string[];
  /** The program does not run compiled: its code has to be read from somewhere, so cells may read. */
  readonly fromSource: boolean;
  /** The code of a cell, where it is not ours: tests put what misbehaves in its place. */
  readonly entry?: URL;
  /** The jail itself has died, and all cells with it. */
  readonly onJailLost: (reason: string) => void;
}

/** The worker in which all cells live, seen from outside. */
export class Jail {
  readonly #worker: Worker;
  readonly #entry: string;
  readonly #ended = new Map<number, (reason: string) => void>();
  #nextId = 0;

  constructor({ reachable, fromSource, entry, onJailLost }: JailOptions) {
    this.#entry = (entry ?? codeOf("entry/cell")).href;
    const permissions = {
      net: [...reachable],
      read: fromSource,
      write: false,
      env: false,
      run: false,
      ffi: false,
      sys: false,
      import: false,
    };
    this.#worker = new Worker(
      codeOf("cell/jail"),
      { type: "module", deno: { permissions } } as WorkerOptions,
    );
    this.#worker.onmessage = ({ data }: MessageEvent<FromJail>) => {
      const ended = this.#ended.get(data.id);
      this.#ended.delete(data.id);
      ended?.(data.reason);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault(); // else it would end this process
      onJailLost(event.message);
    };
  }

  /** Has a thread load its code already, for the first cell with a heap of `heapMb`. */
  prepare(heapMb: number): void {
    this.#worker.postMessage({ type: "prepare", heapMb, entry: this.#entry } satisfies ToJail);
  }

  /** Starts a thread with a heap of `heapMb`; `ended` is called when it ends, whatever the reason. */
  start(port: MessagePort, heapMb: number, ended: (reason: string) => void): { end(): void } {
    const id = this.#nextId++;
    this.#ended.set(id, ended);
    const order: ToJail = { type: "start", id, port, heapMb, entry: this.#entry };
    this.#worker.postMessage(order, [port]);
    return { end: () => this.#worker.postMessage({ type: "end", id } satisfies ToJail) };
  }

  close(): void {
    this.#worker.terminate();
  }
}
