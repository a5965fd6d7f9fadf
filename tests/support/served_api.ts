import { httpApi, ProcessState, type Served } from "../../src/runtime/mod.ts";
import { serveHttp } from "../../src/serve/mod.ts";
import { realClock } from "./clock.ts";

/** The HTTP API of running operators, on a port. */
export interface ServedApi extends AsyncDisposable {
  /** `http://127.0.0.1:41234` */
  readonly url: string;
  readonly state: ProcessState;
}

export function serveApi(served: Served): ServedApi {
  const state = new ProcessState();
  state.serve(served);
  const handle = httpApi({
    state,
    clock: realClock,
    log: () => {},
    build: { version: "0", deno: "0" },
    usage: () => ({ cpuSeconds: 0, residentBytes: 0, heapBytes: 0 }),
  });
  const server = serveHttp(handle, { host: "127.0.0.1", port: 0, clock: realClock });
  return {
    url: `http://127.0.0.1:${server.port}`,
    state,
    [Symbol.asyncDispose]: () => server.stop(1000),
  };
}
