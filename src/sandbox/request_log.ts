/** One request that the sandbox served, or a watch that it opened. */
export interface LoggedRequest {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly userAgent: string;
  readonly watch: boolean;
  readonly status: number;
  /** Path and query. */
  readonly url: string;
}

/** The requests of a sandbox, oldest first; only the last 100,000 are kept. */
export class RequestLog {
  #entries: LoggedRequest[] = [];
  #total = 0;

  add(entry: LoggedRequest): void {
    this.#entries.push(entry);
    this.#total++;
    if (this.#entries.length > 125_000) this.#entries = this.#entries.slice(-100_000);
  }

  /** How many requests there have been, forgotten ones included. */
  get total(): number {
    return this.#total;
  }

  /** The kept requests that `keep` accepts; all without it. */
  list(keep: (entry: LoggedRequest) => boolean = () => true): LoggedRequest[] {
    return this.#entries.filter(keep);
  }

  /** Forgets everything, for tests that count from here on. */
  clear(): void {
    this.#entries = [];
    this.#total = 0;
  }
}
