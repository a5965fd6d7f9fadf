/** `ORK_CHAOS=full` (`deno task chaos`): all examples, every point, long outages. Otherwise a sample. */
export const isFull = Deno.env.get("ORK_CHAOS") === "full";
