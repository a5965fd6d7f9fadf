/** Semantic versions (semver.org 2.0.0) and ranges of them, as npm and Masterminds write them. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Identifiers of a pre-release; none: a release. */
  readonly pre: readonly string[];
}

/** Reads a version, with or without a `v`; missing minor and patch numbers are 0. */
export function parseVersion(text: string): Version | undefined {
  const match = text.length > 256
    ? null
    : /^v?(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, major, minor = "0", patch = "0", pre] = match;
  const identifiers = pre === undefined ? [] : pre.split(".");
  if (identifiers.includes("")) return undefined;
  return { major: Number(major), minor: Number(minor), patch: Number(patch), pre: identifiers };
}

/** Below 0: `a` comes before `b`. */
export function compareVersions(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch || comparePre(a.pre, b.pre);
}

/** A pre-release comes before its release; numbers before texts. */
function comparePre(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return (a.length === 0 ? 1 : 0) - (b.length === 0 ? 1 : 0);
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [left, right] = [a[i], b[i]];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    if (left === right) continue;
    const [isLeft, isRight] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (isLeft && isRight) return Number(left) - Number(right);
    if (isLeft !== isRight) return isLeft ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return 0;
}

/** Tells whether a version is in the range. */
export type Range = (version: Version) => boolean;

/**
 * Reads a range: comparisons (`>=1.2`, `!=1.3.0`), `~1.2`, `^1.2`, `1.x`, `1.2 - 1.4`; joined by spaces or commas (all
 * of them) and `||` (one of them). A pre-release is in a range only where a bound names one of the same version.
 */
export function parseRange(text: string): Range | undefined {
  if (text.length > 512) return undefined;
  const choices = text.split("||").map(readAll);
  if (choices.some((choice) => choice === undefined)) return undefined;
  return (version) => choices.some((choice) => choice!(version));
}

interface Bound {
  readonly holds: Range;
  readonly named: Version;
}

function readAll(text: string): Range | undefined {
  const spaced = text.trim().replace(/(\S+)\s+-\s+(\S+)/g, (_, from, to) => `>=${from} <=${to}`)
    .replace(/(>=|<=|!=|==|=|>|<|~>?|\^)\s+/g, "$1");
  const parts = spaced.split(/[\s,]+/).filter((part) => part !== "");
  if (parts.length === 0) return text.trim() === "" ? undefined : () => true;
  const bounds = parts.map(readBound);
  if (bounds.some((bound) => bound === undefined)) return undefined;
  return (version) => {
    if (!bounds.every((bound) => bound!.holds(version))) return false;
    return version.pre.length === 0 ||
      bounds.some(({ named } = bounds[0]!) =>
        named.pre.length > 0 && named.major === version.major && named.minor === version.minor &&
        named.patch === version.patch
      );
  };
}

function readBound(text: string): Bound | undefined {
  const match = /^(>=|<=|!=|==|=|>|<|~>?|\^)?v?(.+)$/.exec(text);
  const [, sign = "", rest = ""] = match ?? [];
  const wild = /^(?:(\d+)(?:\.(\d+))?)?(?:\.?[xX*])?(?:\.[xX*])?$/.exec(rest);
  const isWild = /[xX*]/.test(rest) || (/^\d+(?:\.\d+)?$/.test(rest));
  if (isWild && wild !== null) {
    const [, major, minor] = wild;
    const low = { major: Number(major ?? 0), minor: Number(minor ?? 0), patch: 0, pre: [] };
    if (major === undefined) {
      return sign === "" || sign === "=" || sign === ">=" ? { holds: () => true, named: low } : undefined;
    }
    const next = minor === undefined ? { ...low, major: low.major + 1, minor: 0 } : { ...low, minor: low.minor + 1 };
    return bounded(sign === "^" ? "^" : sign, low, next);
  }
  const version = parseVersion(rest);
  return version === undefined
    ? undefined
    : bounded(sign, version, { ...version, patch: version.patch + 1, pre: [] }, true);
}

/** `next`: the first version that what is written does not stand for any more. */
function bounded(sign: string, low: Version, next: Version, exact = false): Bound | undefined {
  const from: Range = (version) => compareVersions(version, low) >= 0;
  const below = (limit: Version): Range => (version) => compareVersions(version, limit) < 0;
  const same: Range = exact
    ? (version) => compareVersions(version, low) === 0
    : (version) => from(version) && below(next)(version);
  const both = (limit: Version): Range => (version) => from(version) && below(limit)(version);
  const base = { ...low, patch: 0, pre: [] };
  switch (sign) {
    case "":
    case "=":
    case "==":
      return { holds: same, named: low };
    case "!=":
      return { holds: (version) => !same(version), named: low };
    case ">=":
      return { holds: from, named: low };
    case "<":
      return { holds: below(low), named: low };
    case ">":
      return {
        holds: exact ? (version) => compareVersions(version, low) > 0 : (version) => !below(next)(version),
        named: low,
      };
    case "<=":
      return { holds: exact ? (version) => compareVersions(version, low) <= 0 : below(next), named: low };
    case "~":
    case "~>":
      return { holds: both(exact ? { ...base, minor: low.minor + 1 } : next), named: low };
    case "^": {
      if (low.major > 0 || !exact && next.major > low.major) {
        return { holds: both({ ...base, major: low.major + 1, minor: 0 }), named: low };
      }
      if (low.minor > 0 || !exact) return { holds: both({ ...base, minor: low.minor + 1 }), named: low };
      return { holds: both({ ...base, patch: low.patch + 1 }), named: low };
    }
    default:
      return undefined;
  }
}
