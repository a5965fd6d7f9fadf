import type { Finding, Position } from "../../base/finding.ts";
import { sha256Hex } from "../../base/sha256.ts";
import { type Level, type PostureFinding, postureRules } from "../../posture/mod.ts";

/** A rule of the tool: a `reportingDescriptor` (SARIF 2.1.0, section 3.49). */
interface Descriptor {
  readonly id: string;
  readonly shortDescription: { readonly text: string };
  readonly help: { readonly text: string };
  readonly defaultConfiguration: { readonly level: Level };
}

/** What the loader finds has no ids of its own: it is an error, or it works otherwise than it reads. */
const ordinary: readonly Descriptor[] = [
  {
    id: "katalog-error",
    shortDescription: { text: "The Katalog cannot be used as it is written" },
    help: { text: "The message says what is wrong, and what to do about it." },
    defaultConfiguration: { level: "error" },
  },
  {
    id: "katalog-warning",
    shortDescription: { text: "The Katalog works otherwise than it seems to" },
    help: { text: "The message says what happens instead, and what to do about it." },
    defaultConfiguration: { level: "warning" },
  },
];

const rules: readonly Descriptor[] = [
  ...ordinary,
  ...postureRules.map(({ id, level, summary, help }) => ({
    id,
    shortDescription: { text: summary },
    help: { text: help },
    defaultConfiguration: { level },
  })),
];

interface Result extends Position {
  readonly ruleId: string;
  readonly level: Level;
  readonly path: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/**
 * Findings as a log of the Static Analysis Results Interchange Format 2.1.0 (OASIS), which code hosts and editors show
 * beside the lines: one run, columns in UTF-16 code units. `refused`: the exit code is 1.
 */
export function sarifLog(
  findings: readonly Finding[],
  posture: readonly PostureFinding[],
  { versionLine, refused }: { readonly versionLine: string; readonly refused: boolean },
) {
  const results: Result[] = [
    ...findings.map((each): Result => ({ ...each, ruleId: `katalog-${each.severity}`, level: each.severity })),
    ...posture.map((each): Result => ({ ...each, ruleId: each.id })),
  ];
  const version = /\d+\.\d+\.\d+[\w.+-]*/.exec(versionLine)?.[0];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: { driver: { name: "ork", ...version === undefined ? {} : { version }, rules } },
      // It came to an end: what it found is no failure of the tool.
      invocations: [{ executionSuccessful: true, exitCode: refused ? 1 : 0 }],
      columnKind: "utf16CodeUnits",
      results: results.map(resultOf),
    }],
  };
}

function resultOf({ ruleId, level, file, line, column, path, message, hint }: Result) {
  const text = `${path === "" ? "" : `${path}: `}${message}${hint === undefined ? "" : ` (${hint})`}`;
  return {
    ruleId,
    ruleIndex: rules.findIndex(({ id }) => id === ruleId),
    level,
    message: { text },
    locations: [{
      physicalLocation: {
        artifactLocation: artifactOf(file),
        // Without an end the region goes to the end of the line.
        region: { startLine: line, startColumn: column },
      },
      ...path === "" ? {} : { logicalLocations: [{ fullyQualifiedName: path }] },
    }],
    // The same finding a few lines further down is the same finding.
    partialFingerprints: { "findingHash/v1": sha256Hex(JSON.stringify([ruleId, file, path, message])).slice(0, 32) },
  };
}

/** Paths are relative to where `ork` was started: the root of a checkout, for a code host. */
function artifactOf(file: string) {
  const path = file.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
  if (path.startsWith("/")) return { uri: `file://${path}` };
  return { uri: path.replace(/^(?:\.\/)+/, ""), uriBaseId: "%SRCROOT%" };
}
