import { sha256Hex } from "../../base/sha256.ts";
import type { Budget } from "../budget.ts";
import { fromBytes, toBytes } from "../bytes.ts";
import { Failure } from "../failure.ts";
import type { Value } from "../values.ts";
import { anyText, countArgument, textArgument } from "./arguments.ts";
import { define, type LibraryFunction } from "./function.ts";
import { jsonText } from "./json_text.ts";
import { toLower } from "./letter_case.ts";
import { firstRunes } from "./strings.ts";

const domain = "Data";

export const data: readonly LibraryFunction[] = [
  define(domain, "toBase64(text)", "The text or bytes in base64", ([value], budget) => {
    return encodeBase64(toBytes(anyText(value, budget)), budget);
  }),
  define(
    domain,
    "fromBase64(text)",
    "The text or bytes behind base64; anything else is an error",
    ([value], budget) => {
      return fromBytes(decodeBase64(textArgument(value, budget)));
    },
  ),
  define(domain, "toJSON(value)", "As toJson", ([value], budget) => jsonText(value, budget)),
  define(
    domain,
    "sha256sum(text)",
    "The first 8 hexadecimal digits of the SHA-256 of the text or bytes; lists and maps count as their JSON",
    ([value], budget) => {
      const text = anyText(value, budget);
      budget.read(text.length);
      return sha256Hex(toBytes(text)).slice(0, 8);
    },
  ),
  define(
    domain,
    "slugify(text)",
    "The text in lower case, everything but a-z and 0-9 as single dashes, none at the ends",
    ([value], budget) => toLower(textArgument(value, budget)).replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, ""),
  ),
  define(
    domain,
    "truncateName(text, length)",
    "The first characters of a name, without the dashes, dots and underscores that the cut leaves at the end",
    ([value, length], budget) => truncateName(textArgument(value, budget), countArgument(length)),
  ),
  define(
    domain,
    "lookup(key, pairs…)",
    "The value behind the key in the pairs that follow (key, value, key, value …); empty when there is none",
    lookup,
  ),
  define(
    domain,
    "repoSlug(url)",
    "owner/name of a repository's URL",
    ([value], budget) => repoSlug(textArgument(value, budget)),
  ),
];

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function encodeBase64(bytes: Uint8Array, budget: Budget): string {
  budget.make(Math.ceil(bytes.length / 3) * 4);
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i]!, bytes[i + 1], bytes[i + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += alphabet[bits >> 18]! + alphabet[(bits >> 12) & 63]!;
    text += b === undefined ? "=" : alphabet[(bits >> 6) & 63]!;
    text += c === undefined ? "=" : alphabet[bits & 63]!;
  }
  return text;
}

/** Standard base64 with padding; line breaks in it are passed over. */
function decodeBase64(text: string): Uint8Array {
  const plain = text.replace(/[\r\n]/g, "");
  if (plain.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) {
    throw new Failure(`a text of ${text.length} characters is not base64`); // not the text: it may be a secret
  }
  const length = plain.length / 4 * 3 - (plain.endsWith("==") ? 2 : plain.endsWith("=") ? 1 : 0);
  const bytes = new Uint8Array(length);
  for (let i = 0, at = 0; i < plain.length; i += 4) {
    let bits = 0;
    for (let j = 0; j < 4; j++) bits = (bits << 6) | Math.max(alphabet.indexOf(plain[i + j]!), 0);
    for (let shift = 16; shift >= 0 && at < length; shift -= 8) bytes[at++] = (bits >> shift) & 0xff;
  }
  return bytes;
}

function truncateName(name: string, length: number): string {
  const kept = firstRunes(name, length);
  return kept === name ? name : withoutEnd(kept, "-._");
}

function lookup([key, ...pairs]: readonly Value[], budget: Budget): Value {
  const wanted = anyText(key, budget);
  if (pairs.length % 2 === 1) throw new Failure("the last key has no value");
  for (let i = 0; i < pairs.length; i += 2) if (anyText(pairs[i], budget) === wanted) return pairs[i + 1];
  return "";
}

function repoSlug(url: string): string {
  const [path = ""] = url.trim().replace(/^[a-z+]+:\/\/[^/]*\/?/i, "").replace(/^[^/@]+@[^/:]+:/, "").split(/[?#]/, 1);
  const parts = withoutEnd(path, "/").replace(/\.git$/, "").split("/").filter((part) => part !== "");
  return parts.slice(-2).join("/");
}

/** The text without any of the characters at its end; a regular expression for this takes quadratic time. */
function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}
