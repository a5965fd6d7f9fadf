import type { JsonMap } from "../base/json.ts";
import { evaluateGate } from "../conditions/mod.ts";
import { RenderError, textOf } from "../template/compiled_text.ts";
import type { CompiledBox } from "./compile.ts";

/** An Event that the Katalog declares, rendered. */
export interface EmittedEvent {
  readonly name: string;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

export interface EmittedEvents {
  readonly events: readonly EmittedEvent[];
  /** Names of those whose conditions do not hold, or that are for another outcome. */
  readonly off: readonly string[];
  /** Those that could not be rendered: reported, never fatal. */
  readonly failures: readonly string[];
}

/** A reason is a word (events.k8s.io/v1: at most 128 characters). */
const reasonPattern = /^[A-Za-z][A-Za-z0-9]{0,127}$/;

/** The Events of `operatorBox.events` after a pass. */
export function emittedEvents({ events }: CompiledBox, data: JsonMap, failed: boolean, wallMs: number): EmittedEvents {
  const emitted: EmittedEvent[] = [];
  const off: string[] = [];
  const failures: string[] = [];
  for (const { plan, gate, reason, message } of events) {
    const { name, type, on } = plan;
    if (!on.includes("always") && !on.includes(failed ? "failure" : "success")) {
      off.push(name);
      continue;
    }
    const result = evaluateGate(gate, data, { wallMs });
    if (result.state === "false") off.push(name);
    if (result.state === "unknown") {
      failures.push(`events.${name}: the condition cannot be evaluated: ${result.error.message}`);
    }
    if (result.state !== "true") continue;
    try {
      const word = textOf(reason, data).trim();
      if (reasonPattern.test(word)) emitted.push({ name, type, reason: word, message: textOf(message, data).trim() });
      else failures.push(`events.${name}: ${reason.at}: a reason is a word of letters and digits, such as ShopReady`);
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      failures.push(`events.${name}: ${error.message}`);
    }
  }
  return { events: emitted, off, failures };
}
