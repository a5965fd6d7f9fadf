/** `change`: an event, goes first. `resync`: the safety net. */
export type Priority = "change" | "resync";
