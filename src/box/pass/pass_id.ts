/** Characters of the part that a run of a box has for itself: 41 bits. */
const prefixLength = 8;

/**
 * Makes the names of the passes of one run of a box: `k3f9a2c1-184`, the run and the number of the pass in it, which
 * people can compare. A box that starts again, and every replica, has another run. `random`: 0 ≤ n < 1.
 */
export function passIds(random: () => number): () => string {
  const run = Array.from({ length: prefixLength }, () => Math.floor(random() * 36).toString(36)).join("");
  let number = 0;
  return () => `${run}-${++number}`;
}
