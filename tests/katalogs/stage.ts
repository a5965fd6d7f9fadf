import type { KubeObject } from "../../src/k8s/object.ts";

/** One call of the operator under test, watches left out: `patch services`, `patch websites/status`, `create events`. */
export interface OperatorCall {
  readonly what: string;
  /** "" in cluster scope. */
  readonly namespace: string;
  readonly name: string;
}

/** An operator that runs. */
export interface RunningOperator {
  /** How many passes it has ended without a change since it started. */
  idlePasses(): number;
  /** Ends it as a signal does; throws when it does not end well. */
  stop(): Promise<void>;
}

/** An API server with an operator on it: the sandbox and a real one look the same to the suite. */
export interface Stage {
  /** A namespace of the test's own. */
  readonly namespace: string;
  /** Sends a request as administrator; returns the JSON body. Throws for every response but 2xx. */
  request(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<KubeObject & { items?: KubeObject[] }>;
  startOperator(katalog: string): Promise<RunningOperator>;
  /** Ends what runs beside the operator, and removes what it has registered, before the CRDs go. */
  beforeUninstall?(): Promise<void>;
  /** What the operator asks from now on. */
  mark(): Promise<{ callsSince(): Promise<OperatorCall[]> }>;
}

/** A request that failed. */
export class RequestFailed extends Error {
  override name = "RequestFailed";
  constructor(readonly status: number, message: string) {
    super(message);
  }
}
