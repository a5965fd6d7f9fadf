import type { JsonMap } from "../base/json.ts";
import {
  type CompiledGate,
  evaluateGate,
  type PassGatePlan,
  type SentinelGate,
  type SentinelName,
} from "../conditions/mod.ts";

export interface CompiledPassGate {
  readonly plan: PassGatePlan;
  readonly gate: CompiledGate;
}

/** What of the CR has changed since it was last reconciled. */
export type SentinelView = Readonly<Record<SentinelName, boolean>>;

/** Why nothing is done for a CR. */
export interface ClosedGate {
  readonly name: PassGatePlan["name"];
  readonly why: string;
}

/** The first gate that is closed; `undefined`: all are open. `data`: the CR as it is stored. */
export function closedGate(
  gates: readonly CompiledPassGate[],
  data: JsonMap,
  sentinels: SentinelView,
  wallMs: number,
): ClosedGate | undefined {
  for (const { plan, gate } of gates) {
    const { open, why } = isOpen({ plan, gate }, data, sentinels, wallMs);
    if (!open) return { name: plan.name, why: `the ${plan.name} is closed${why === undefined ? "" : `: ${why}`}` };
  }
  return undefined;
}

/** One gate, of a CR or of a watched object. */
export function isOpen(
  { plan: { sentinels: wanted, failsClosed }, gate }: { readonly plan: SentinelGate; readonly gate: CompiledGate },
  data: JsonMap,
  sentinels: SentinelView,
  wallMs: number,
): { readonly open: boolean; readonly why?: string } {
  if (wanted.length > 0 && !wanted.some((sentinel) => sentinels[sentinel])) {
    return { open: false, why: `nothing of ${wanted.join(", ")}` };
  }
  const texts = Object.fromEntries(Object.entries(sentinels).map(([name, changed]) => [name, String(changed)]));
  const result = evaluateGate(gate, { ...data, sentinels: texts }, { wallMs });
  if (result.state !== "unknown") return { open: result.state === "true" };
  return { open: !failsClosed, why: `the condition cannot be evaluated: ${result.error.message}` };
}
