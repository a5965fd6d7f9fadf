import { Failure } from "./failure.ts";

/** What templates read that is no data: the time, and chance. */
export interface Environment {
  /** Unix time. */
  readonly wallMs: number;
  /** As many random bytes, fit for passwords. */
  random(bytes: number): Uint8Array;
}

/**
 * Rendering is synchronous, so what surrounds it is set for the time of one call: a decision sets it once, and every
 * template in it reads the same minute.
 */
let current: Environment | undefined;

/** Runs `action`, whose templates read this environment. */
export function inEnvironment<T>(environment: Environment, action: () => T): T {
  const before = current;
  current = environment;
  try {
    return action();
  } finally {
    current = before;
  }
}

/** At a time, and without chance: what several processes decide alike. */
export function atTime<T>(time: number, action: () => T): T {
  return inEnvironment({ wallMs: time, random: refuse }, action);
}

function refuse(): never {
  throw new Failure("nothing may be random here: it would be another value each time");
}

export function wallMs(): number {
  if (current === undefined) throw new Failure("there is no clock here");
  return current.wallMs;
}

export function randomBytes(count: number): Uint8Array {
  if (current === undefined) throw new Failure("nothing is random here");
  return current.random(count);
}
