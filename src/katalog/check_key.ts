import type { Position } from "../base/finding.ts";
import type { MapShape } from "../base/shape.ts";
import { isDnsLabel, isQualifiedName } from "../k8s/names.ts";
import type { Report } from "./report.ts";

/** Checks one key of a map with free keys. */
export function checkKey(
  key: string,
  rule: NonNullable<MapShape["keys"]>,
  at: Position,
  path: string,
  report: Report,
): void {
  if (!keyRules[rule].test(key)) {
    report.error(at, path, `"${key}" is not a ${keyRules[rule].name}`, keyRules[rule].hint);
  }
}

const keyRules = {
  labelKey: {
    test: isQualifiedName,
    name: "label key",
    hint: 'use letters, digits, "-", "_" and ".", with a domain before "/" if you like: example.org/app',
  },
  dnsLabel: {
    test: isDnsLabel,
    name: "DNS label",
    hint: "use at most 63 lower-case letters, digits and hyphens, with a letter or digit at both ends",
  },
  dataKey: {
    test: (key: string) => key.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(key) && !key.startsWith(".."),
    name: "data key",
    hint: 'use at most 253 letters, digits, "-", "_" and "."',
  },
} as const;
