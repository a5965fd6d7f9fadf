import { mayBeFar, type PlacedBox } from "./placement.ts";
import type { BoxPlan, EntryPlan } from "./plan.ts";

/**
 * Whether a box has to act before a CR goes: `onDelete`, or children that the garbage collector does not remove with it
 * (ruling 22).
 */
export function needsFinalizer(box: PlacedBox & Pick<BoxPlan, "onDelete">): boolean {
  return box.onDelete !== undefined || box.entries.some((entry) => isCleanedUp(box, entry));
}

/** Whether the box removes children of an entry when their CR goes. What is kept needs no clearing away (ruling 62). */
export function isCleanedUp(box: PlacedBox, entry: EntryPlan): boolean {
  return entry.deletionPolicy === "Delete" && mayBeFar(box, entry);
}
