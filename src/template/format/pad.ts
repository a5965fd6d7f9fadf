import type { Budget } from "../budget.ts";
import { runeCount } from "../bytes.ts";
import type { Spec } from "./spec.ts";

/** Fills a text to the width, in code points: left with spaces or zeros, or right with spaces under the `-` flag. */
export function pad(text: string, spec: Spec, budget: Budget, zero = spec.zero): string {
  if (spec.width === undefined || spec.width === 0) return text;
  const missing = spec.width - runeCount(text);
  if (missing <= 0) return text;
  budget.make(spec.width);
  return spec.minus ? text + " ".repeat(missing) : (zero ? "0" : " ").repeat(missing) + text;
}

/** The first code points of a text, as many as the precision allows. */
export function truncate(text: string, spec: Spec): string {
  const { precision } = spec;
  if (precision === undefined || text.length <= precision) return text;
  let kept = 0, at = 0;
  for (const rune of text) {
    if (kept++ === precision) return text.slice(0, at);
    at += rune.length;
  }
  return text;
}
