import type { Finding } from "../base/finding.ts";
import type { SourceFile } from "./source.ts";

/** What a file may cost to read. */
export interface ReadLimits {
  readonly bytes: number;
  /** Words of YAML syntax: keys, values, indentation, line ends. Reading costs about 5 µs each. */
  readonly tokens: number;
  /** Lists and maps inside each other. */
  readonly depth: number;
  /** Values once every alias is written out. */
  readonly nodes: number;
}

/** A Katalog is kept in a ConfigMap, which holds 1 MiB; 60,000 tokens are about 5,000 lines and half a second. */
export const katalogLimits: ReadLimits = { bytes: 1 << 20, tokens: 60_000, depth: 60, nodes: 100_000 };

/** Manifests of CRDs and CRs: the largest CRDs in use are about 1 MB. */
export const manifestLimits: ReadLimits = { bytes: 4 << 20, tokens: 1_000_000, depth: 100, nodes: 1_000_000 };

/** Bytes to text: size, encoding and characters that YAML does not allow. The text has no byte order mark. */
export function decode(file: SourceFile, limits: ReadLimits): string | Finding {
  const { path, bytes } = file;
  const at = (line: number, column: number, message: string, hint?: string): Finding => ({
    severity: "error",
    file: path,
    line,
    column,
    path: "",
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  if (bytes.length > limits.bytes) {
    return at(
      1,
      1,
      `The file is larger than ${limits.bytes >> 20} MiB`,
      "split it into several files",
    );
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return at(1, 1, "The file is UTF-16", "save it as UTF-8");
  }
  const bad = firstBadByte(bytes);
  if (bad !== undefined) {
    const before = new TextDecoder().decode(bytes.subarray(0, bad));
    const hex = bytes[bad]!.toString(16).padStart(2, "0").toUpperCase();
    return at(...endOf(before), `The byte 0x${hex} is not UTF-8`, "save the file as UTF-8");
  }
  const text = new TextDecoder().decode(bytes);
  // deno-lint-ignore no-control-regex -- these are what YAML 1.2 section 5.1 leaves out of its printable characters
  const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]/.exec(text);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return at(
      ...endOf(text.slice(0, control.index)),
      `The character U+${code} is not allowed in YAML`,
      `remove it, or write it as "\\u${code}" in double quotes`,
    );
  }
  return text;
}

/** Line and column just behind a text. */
function endOf(text: string): [line: number, column: number] {
  const lines = text.split("\n");
  return [lines.length, lines.at(-1)!.length + 1];
}

/** Offset of the first byte that cannot be UTF-8 (RFC 3629 section 4). */
function firstBadByte(bytes: Uint8Array): number | undefined {
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at]!;
    if (first < 0x80) {
      at++;
      continue;
    }
    const length = first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : 4;
    if (first < 0xc2 || first > 0xf4) return at;
    for (let i = 1; i < length; i++) {
      const next = bytes[at + i];
      const [low, high] = i === 1 ? secondByte(first) : [0x80, 0xbf];
      if (next === undefined || next < low || next > high) return at;
    }
    at += length;
  }
  return undefined;
}

function secondByte(first: number): [low: number, high: number] {
  switch (first) {
    case 0xe0:
      return [0xa0, 0xbf];
    case 0xed:
      return [0x80, 0x9f];
    case 0xf0:
      return [0x90, 0xbf];
    case 0xf4:
      return [0x80, 0x8f];
    default:
      return [0x80, 0xbf];
  }
}
