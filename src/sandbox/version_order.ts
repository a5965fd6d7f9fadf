import { compareText } from "../base/finding.ts";

/** Orders API versions: stable after beta after alpha, then by number (`version.CompareKubeAwareVersionStrings`). */
export function compareVersions(a: string, b: string): number {
  const parse = (text: string) => /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(text);
  const [x, y] = [parse(a), parse(b)];
  if (x === null || y === null) return x === null && y === null ? compareText(b, a) : x === null ? -1 : 1;
  const rank = (stage: string | undefined) => stage === undefined ? 2 : stage === "beta" ? 1 : 0;
  return rank(x[2]) - rank(y[2]) || Number(x[1]) - Number(y[1]) || Number(x[3] ?? 0) - Number(y[3] ?? 0);
}
