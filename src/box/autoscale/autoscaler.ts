import type { Clock } from "../../base/clock.ts";
import { type AutoscalePlan, type CompiledGate, compileGate, evaluateGate } from "../../conditions/mod.ts";
import type { Load } from "./load.ts";

export interface AutoscalerPorts {
  readonly clock: Clock;
  /** The load since the last call. */
  readonly load: () => Load;
  /** The conditions began to hold, or have not held for the whole cooldown. */
  readonly changed: (active: boolean, load: Load) => void;
}

/**
 * Decides when the settings of `operatorBox.autoscale` are in effect: as soon as its conditions hold, until they have
 * not held for the whole cooldown. State is in memory alone: a box that begins to lead has the declared settings, and
 * after one interval it knows more.
 */
export class Autoscaler {
  readonly #plan: AutoscalePlan;
  readonly #ports: AutoscalerPorts;
  readonly #gate: CompiledGate;
  #active = false;
  /** From when on the conditions have not held. */
  #calmMs: number | undefined;
  #cancel: (() => void) | undefined;

  constructor(plan: AutoscalePlan, ports: AutoscalerPorts) {
    this.#plan = plan;
    this.#ports = ports;
    this.#gate = compileGate(plan);
  }

  get active(): boolean {
    return this.#active;
  }

  /** Begins to evaluate, one interval from now. */
  start(): void {
    if (this.#cancel !== undefined) return;
    this.#ports.load();
    this.#arm();
  }

  /** The declared settings are in effect again; `changed` is not called. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#active = false;
    this.#calmMs = undefined;
  }

  #arm(): void {
    this.#cancel = this.#ports.clock.after(this.#plan.intervalMs, () => {
      this.#arm();
      this.#evaluate();
    });
  }

  #evaluate(): void {
    const { clock, load: read, changed } = this.#ports;
    const load = read();
    // Literals compared with numbers: nothing can fail that the loader has not found.
    const holds = evaluateGate(this.#gate, { metrics: { ...load } }, { wallMs: clock.wallMs() }).state === "true";
    if (holds) {
      this.#calmMs = undefined;
      if (this.#active) return;
    } else {
      if (!this.#active) return;
      this.#calmMs ??= clock.nowMs();
      if (clock.nowMs() - this.#calmMs < this.#plan.cooldownMs) return;
    }
    this.#active = holds;
    this.#calmMs = undefined;
    changed(holds, load);
  }
}
