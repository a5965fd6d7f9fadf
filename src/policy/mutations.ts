import { type JsonMap, stringifyJson } from "../base/json.ts";
import { shortenMiddle } from "../base/shorten.ts";
import type { MutationPlan } from "../conditions/mod.ts";
import type { CrdEntry } from "../katalog/mod.ts";
import type { Subject } from "./condition_cel.ts";
import { newBudget } from "./cost.ts";
import { Inexpressible, orReason } from "./inexpressible.ts";
import type { CompiledMutation } from "./compiled.ts";
import { mutationCel, targetOf } from "./mutation_cel.ts";
import { type Footprint, footprintOfMutation, footprintOfNormalize, overlap } from "./overlap.ts";

/**
 * The mutation rules of an entry. Policies run before webhooks, so a rule is compiled only where that changes nothing:
 * it shares no field with one that comes before it and stays with the Gateway. And they run again (`IfNeeded`), and once
 * more in memory of each box: a rule may not read what it or a later one sets.
 */
export function compiledMutations(
  crd: CrdEntry,
  { schema, reason }: { readonly schema: JsonMap; readonly reason: string | undefined },
): CompiledMutation[] {
  const all = crd.mutation.map(footprintOfMutation);
  const subject: Subject = { schema, place: "mutation", budget: newBudget("mutation") };
  const before: Footprint[] = crd.normalize.map(footprintOfNormalize);
  return crd.mutation.map((plan, i) => {
    const own = all[i]!;
    const policy = orReason(() => {
      if (reason !== undefined) throw new Inexpressible(reason);
      if (!crd.webhooks.mutation) throw new Inexpressible("webhooks.mutation: false leaves it to the Runtime");
      targetOf(plan);
      if (all.slice(i).some((later) => overlap(own.reads, later.writes))) {
        throw new Inexpressible("it reads what it or a later rule sets");
      }
      if (before.some((earlier) => shares(earlier, own))) {
        throw new Inexpressible("it shares a field with an earlier rule that is not compiled");
      }
      return { value: mutationCel(plan, subject) };
    });
    if ("reason" in policy) before.push(own);
    return { at: plan.at, what: describe(plan), admissionOnly: plan.admissionOnly === true, policy };
  });
}

/** The order of the two matters. */
function shares(a: Footprint, b: Footprint): boolean {
  return overlap(a.writes, b.writes) || overlap(a.writes, b.reads) || overlap(a.reads, b.writes);
}

function describe({ field, mode, value }: MutationPlan): string {
  return `${field.text} ${mode} ${shortenMiddle(typeof value === "string" ? value : stringifyJson(value), 40)}`;
}
