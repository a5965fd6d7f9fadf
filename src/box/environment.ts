import type { Clock } from "../base/clock.ts";
import { randomBytes } from "../cluster/mod.ts";
import { inEnvironment } from "../template/mod.ts";

type Bounded = <T>(run: () => T) => T;

/** Runs what evaluates templates: within the limits of the box, at the time that it is, with chance. */
export function evaluating(clock: Clock, bounded: Bounded | undefined): Bounded {
  return (run) => {
    const now = () => inEnvironment({ wallMs: clock.wallMs(), random: randomBytes }, run);
    return bounded === undefined ? now() : bounded(now);
  };
}
