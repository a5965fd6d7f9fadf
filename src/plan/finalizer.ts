import { mayBeFar, type PlacedBox } from "./placement.ts";
import type { EntryPlan } from "./plan.ts";

/** Whether a box may make children that the garbage collector does not remove with the CR (ruling 22). */
export function needsFinalizer(box: PlacedBox): boolean {
  return box.entries.some((entry) => isCleanedUp(box, entry));
}

/** Whether the box removes children of an entry when their CR goes. What is kept needs no clearing away (ruling 62). */
export function isCleanedUp(box: PlacedBox, entry: EntryPlan): boolean {
  return entry.deletionPolicy === "Delete" && mayBeFar(box, entry);
}
