import { compareVersions, parseRange, parseVersion, type Version } from "../../base/semver.ts";
import type { Budget } from "../budget.ts";
import { Failure } from "../failure.ts";
import type { Value } from "../values.ts";
import { textArgument } from "./arguments.ts";
import { define, type LibraryFunction } from "./function.ts";

const domain = "Semantic versions";

/** Functions on versions such as `1.4.0` or `v2.0.0-rc.1`. */
export const semver: readonly LibraryFunction[] = [
  part("semverMajor", "major"),
  part("semverMinor", "minor"),
  part("semverPatch", "patch"),
  define(domain, "semverValid(version)", "Whether it is a version", ([value], budget) => {
    return parseVersion(textArgument(value, budget)) !== undefined;
  }),
  define(
    domain,
    "semverCompare(a, b)",
    "-1, 0 or 1: whether the first version comes before the second, is the same, or comes after it",
    ([a, b], budget) => Math.sign(compareVersions(version(a, budget), version(b, budget))),
  ),
  define(
    domain,
    "semverBump(version, part)",
    "The next version: major, minor or patch is one more, what follows it is 0",
    ([value, part], budget) => bump(version(value, budget), textArgument(value, budget), textArgument(part, budget)),
  ),
  define(
    domain,
    "semverConstraint(version, range)",
    "Whether the version is in the range, such as >=1.2 <2, ~1.4 or ^1.0",
    ([value, range], budget) => {
      const holds = parseRange(textArgument(range, budget));
      if (holds === undefined) throw new Failure("it is no range of versions");
      return holds(version(value, budget));
    },
  ),
];

function part(name: string, key: "major" | "minor" | "patch"): LibraryFunction {
  return define(domain, `${name}(version)`, `The ${key} number as text`, ([value], budget) => {
    return String(version(value, budget)[key]);
  });
}

function version(value: Value, budget: Budget): Version {
  const text = textArgument(value, budget);
  const parsed = parseVersion(text);
  if (parsed === undefined) throw new Failure(`a text of ${text.length} characters is not a version`);
  return parsed;
}

function bump({ major, minor, patch, pre }: Version, text: string, part: string): string {
  const v = text.trim().startsWith("v") ? "v" : "";
  switch (part) {
    case "major":
      return `${v}${major + 1}.0.0`;
    case "minor":
      return `${v}${major}.${minor + 1}.0`;
    case "patch":
      // A pre-release is followed by its release.
      return `${v}${major}.${minor}.${pre.length > 0 ? patch : patch + 1}`;
    default:
      throw new Failure('the part is "major", "minor" or "patch"');
  }
}
