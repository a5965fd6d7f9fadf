/** What one process of clients does; it comes as one line of JSON on standard input. */
export interface LoadJob {
  readonly hostname: string;
  readonly port: number;
  /** Absent: plain TCP. */
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: string } | undefined;
  readonly path: string;
  readonly requests: readonly LoadRequest[];
  /** Clients, each with a connection of its own and one request in flight. */
  readonly parallel: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** One request of the load. `refused`: the object breaks a rule. */
export interface LoadRequest {
  readonly body: string;
  readonly refused: boolean;
}

/** What came of it, from the end of the warm-up on; one line of JSON on standard output. */
export interface LoadResult {
  /** Of responses that are verdicts, in microseconds. */
  readonly latenciesUs: readonly number[];
  /** Verdicts that are not those of the rules. */
  readonly wrong: number;
  /** No verdict: the connection failed, or the response is an error. */
  readonly errors: number;
  /** The first of the errors. */
  readonly error?: string | undefined;
  /** Connections that were opened, beyond one for each client. */
  readonly reconnects: number;
  /** Processor time of the process. */
  readonly cpuMs: number;
}

/** The line that a process prints when its warm-up is over. */
export const measuringLine = "measuring";
