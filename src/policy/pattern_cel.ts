import { Inexpressible } from "./inexpressible.ts";

/**
 * A pattern for `matches()`, which is Go's regexp (RE2). Patterns here are RE2 too, in another implementation, so only
 * what is defined by ASCII alone is taken: both read it alike, whatever edition of Unicode they know. Throws
 * `Inexpressible`.
 */
export function celPattern(source: string): string {
  if (!/^[\x20-\x7e]*$/.test(source)) throw new Inexpressible("its pattern has characters beyond ASCII");
  const flags = /\(\?(?!:)/.exec(source);
  if (flags !== null) throw new Inexpressible(`its pattern has "${source.slice(flags.index, flags.index + 3)}"`);
  for (const [escape] of source.matchAll(/\\[^]/g)) {
    if (!/^\\[dDwWsSbB]$/.test(escape) && !/^\\[!-/:-@[-`{-~]$/.test(escape)) {
      throw new Inexpressible(`its pattern has ${escape}`);
    }
  }
  return source;
}
