import { type Clock, formatTime } from "../base/clock.ts";
import type { BoxHealth, BoxMessage, DependencyMessage } from "../box/mod.ts";
import type { BoxPlan, DependencyPlan } from "../plan/plan.ts";

/** Dependencies that the reason of a waiting box names. */
const maxNamed = 3;

/** What is known of a box that others depend on. */
interface Observed {
  /** Its workers run. */
  isRunning: boolean;
  /** Since the start of this process; stays true (ruling 11). */
  hasBeenHealthy: boolean;
  /** Since when it is degraded: monotonic, and RFC 3339. */
  degraded?: { readonly sinceMs: number; readonly since: string } | undefined;
}

/**
 * How the boxes of a plan stand to those that they depend on. All it knows is what their messages said: nothing is
 * polled. It holds nothing back itself: the runtime asks what a box waits for.
 */
export class Dependencies {
  readonly #clock: Clock;
  readonly #healthOf: (box: string) => BoxHealth;
  readonly #report: (message: DependencyMessage) => void;
  readonly #of: ReadonlyMap<string, readonly DependencyPlan[]>;
  /** Box → those that depend on it, in start order. */
  readonly #dependents = new Map<string, string[]>();
  readonly #observed: ReadonlyMap<string, Observed>;
  /** Box whose workers run → dependencies that were reported to be degraded on its behalf. */
  readonly #reported = new Map<string, Set<string>>();

  /** `healthOf` reads the health that a box reported last. */
  constructor(
    boxes: readonly Pick<BoxPlan, "name" | "dependsOn">[],
    clock: Clock,
    healthOf: (box: string) => BoxHealth,
    report: (message: DependencyMessage) => void,
  ) {
    this.#clock = clock;
    this.#healthOf = healthOf;
    this.#report = report;
    this.#of = new Map(boxes.map(({ name, dependsOn }) => [name, dependsOn]));
    this.#observed = new Map(boxes.map(({ name }) => [name, { isRunning: false, hasBeenHealthy: false }]));
    for (const { name, dependsOn } of boxes) {
      for (const { box } of dependsOn) {
        const others = this.#dependents.get(box);
        if (others === undefined) this.#dependents.set(box, [name]);
        else others.push(name);
      }
    }
  }

  /** To be called with every message of a box. Returns true when boxes that wait for it may be able to start. */
  observe(message: BoxMessage): boolean {
    const observed = this.#observed.get(message.box);
    if (observed === undefined) return false;
    if (message.type === "cell") observed.isRunning = false;
    else if (message.type === "health") {
      observed.isRunning = message.state !== "pending";
      observed.hasBeenHealthy ||= message.state === "healthy";
    } else return false;
    this.#followDegraded(message.box, observed);
    return observed.isRunning;
  }

  /** What the box waits for; empty when its workers may start. */
  unmet(box: string): readonly DependencyPlan[] {
    return (this.#of.get(box) ?? []).filter((dependency) => {
      const { isRunning, hasBeenHealthy } = this.#observed.get(dependency.box)!;
      return !isRunning || (dependency.condition === "healthy" && !hasBeenHealthy);
    });
  }

  /** Reports what the box waits for, if anything. */
  reportWaiting(box: string): void {
    const unmet = this.unmet(box);
    const [first] = unmet;
    if (first === undefined) return;
    this.#report({ type: "dependency", box, dependency: first.box, state: "waiting", reason: this.#describe(unmet) });
  }

  /** The health of a box that does not lead because of what it waits for. */
  asWaiting(box: string, health: BoxHealth): BoxHealth {
    const unmet = this.unmet(box);
    // Where its cell was ended, that is the reason to show.
    if (unmet.length === 0 || health.state !== "pending") return health;
    return { ...health, reason: this.#describe(unmet) };
  }

  /** `waits for box "db" to be healthy: started`. */
  #describe(unmet: readonly DependencyPlan[]): string {
    const named = unmet.slice(0, maxNamed).map(({ box, condition }) =>
      `box "${box}" to be ${condition}: ${this.#describeState(box)}`
    );
    const more = unmet.length > maxNamed ? [`${unmet.length - maxNamed} more`] : [];
    return `waits for ${[...named, ...more].join("; for ")}`;
  }

  /** State and reason; of a box that waits too, only for which: chains may be long. */
  #describeState(box: string): string {
    const { state, reason } = this.#healthOf(box);
    const [first] = state === "pending" ? this.unmet(box) : [];
    if (first !== undefined) return `${state}: waits for box "${first.box}"`;
    return reason === undefined ? state : `${state}: ${reason}`;
  }

  /** The workers of the box run: from now on it is reported when its dependencies degrade and recover. */
  started(box: string): void {
    if (this.#reported.has(box)) return;
    this.#reported.set(box, new Set());
    for (const { box: dependency } of this.#of.get(box) ?? []) this.#reportDegraded(box, dependency);
  }

  /** The workers of the box are being stopped. */
  rested(box: string): void {
    this.#reported.delete(box);
  }

  /** The health of the box with what it depends on. */
  healthWith(box: string, health: BoxHealth): BoxHealth {
    const dependsOn = this.#of.get(box) ?? [];
    if (dependsOn.length === 0) return health;
    const states = dependsOn.map((dependency) => [dependency.box, this.#healthOf(dependency.box).state] as const);
    return {
      ...health,
      dependencies: Object.fromEntries(states),
      hasUnhealthyDependencies: states.some(([, state]) => state === "degraded"),
    };
  }

  #followDegraded(box: string, observed: Observed): void {
    const { state } = this.#healthOf(box);
    const before = observed.degraded;
    if (state === "degraded") {
      if (before !== undefined) return;
      observed.degraded = { sinceMs: this.#clock.nowMs(), since: formatTime(this.#clock.wallMs()) };
      for (const dependent of this.#dependents.get(box) ?? []) this.#reportDegraded(dependent, box);
    } else if (before !== undefined && state !== "started") {
      observed.degraded = undefined;
      const lastedMs = this.#clock.nowMs() - before.sinceMs;
      for (const dependent of this.#dependents.get(box) ?? []) {
        if (this.#reported.get(dependent)?.delete(box) !== true || state !== "healthy") continue;
        this.#report({ type: "dependency", box: dependent, dependency: box, state: "healthy", lastedMs });
      }
    }
  }

  #reportDegraded(dependent: string, dependency: string): void {
    const degraded = this.#observed.get(dependency)?.degraded;
    const reported = this.#reported.get(dependent);
    if (degraded === undefined || reported === undefined || reported.has(dependency)) return;
    reported.add(dependency);
    const reason = this.#healthOf(dependency).reason ?? "no reason given";
    const { since } = degraded;
    this.#report({ type: "dependency", box: dependent, dependency, state: "degraded", reason, since });
  }
}
