/** What an object has come to: kstatus' `Current`, `InProgress`, `Failed` and `Terminating`. */
export interface Readiness {
  readonly state: "ready" | "progressing" | "failed" | "terminating";
  /** A short phrase without kind and name, such as `1 of 3 replicas available`. */
  readonly message: string;
}

/** The object does what its spec says; `message` says what that is. */
export function ready(message: string): Readiness {
  return { state: "ready", message };
}

/** The object is not there yet; `message` says what is missing. */
export function progressing(message: string): Readiness {
  return { state: "progressing", message };
}

/** Waiting alone does not help; `message` says why. */
export function failed(message: string): Readiness {
  return { state: "failed", message };
}
