import { compareText } from "../base/finding.ts";
import { ownValue } from "../base/json.ts";
import { groupKind, type ResourceType } from "../k8s/object.ts";
import { shorthands } from "../resources/mod.ts";
import type { Need } from "./needs.ts";
import { namespacesToWatch, type PlacedBox, placeOfSource, unite } from "./placement.ts";
import type { EntryPlan, ScopePlan, WatchPlan } from "./plan.ts";
import { reasonOf, sortReasons } from "./reasons.ts";

/** What an entry copies from, as far as the Katalog decides it. */
interface SourcePlan {
  readonly type: ResourceType;
  /** `undefined`: the CR decides it. */
  readonly name: string | undefined;
  readonly place: ScopePlan;
  readonly reason: string;
}

/**
 * Watches of sources whose names the Katalog writes out: one name in each, in one namespace or in all (ruling 48). A
 * box watches sources with other names one by one, as its CRs name them.
 */
export function watchesOfSources(box: PlacedBox): WatchPlan[] {
  const named = sourcesOf(box).filter((source) => source.name !== undefined);
  const byName = Map.groupBy(named, ({ type, name }) => `${groupKind(type)}/${name}`);
  return [...byName].sort(([a], [b]) => compareText(a, b)).map(([, alike]) => ({
    role: "source",
    type: alike[0]!.type,
    namespaces: namespacesToWatch(unite(alike.map(({ place }) => place))),
    fieldSelector: { "metadata.name": alike[0]!.name! },
    reasons: sortReasons(alike.map(({ reason }) => reason)),
  }));
}

/** What sources whose names come from CRs take: of those the names are not known. */
export function needsOfSources(box: PlacedBox): Need[] {
  return sourcesOf(box).filter(({ name }) => name === undefined).flatMap(({ type, place, reason }) =>
    (["list", "watch"] as const).map((verb) => ({ verb, type, scope: place, reasons: [reason] }))
  );
}

function sourcesOf(box: PlacedBox): SourcePlan[] {
  return box.entries.flatMap((entry): SourcePlan[] => {
    const name = sourceNameIn(entry);
    if (name === undefined) return [];
    const literal = name.includes("{{") ? undefined : name;
    return [{ type: entry.type, name: literal, place: placeOfSource(box, entry), reason: reasonOf(entry.at) }];
  });
}

function sourceNameIn({ shorthand, fields }: EntryPlan): string | undefined {
  const field = shorthands.get(shorthand)?.copies;
  const name = field === undefined ? undefined : ownValue(fields, field);
  return typeof name === "string" && name.trim() !== "" ? name.trim() : undefined;
}
