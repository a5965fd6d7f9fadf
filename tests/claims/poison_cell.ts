/**
 * The code of a cell as it is, but for one thing: whatever writes a child of the name `poison` fills the heap until the
 * cell is terminated. It stands for an object that its operator cannot process, for whatever reason.
 */
import "../../src/entry/cell.ts";

const honestFetch = globalThis.fetch;
const held: unknown[] = [];

globalThis.fetch = (input, init) => {
  const { method } = (init ?? {}) as { method?: string };
  if (method === "PATCH" && String(input).includes("/configmaps/poison?")) {
    for (;;) held.push(new Array(100_000).fill({ n: held.length }));
  }
  return honestFetch(input, init);
};
