import { Document, isMap, isNode, isScalar, type Node, type Scalar, visit } from "yaml";
import type { Json } from "../base/json.ts";

/** Lines of comment above an item of a list, or a key of a map. */
export interface YamlComment {
  readonly path: readonly (string | number)[];
  readonly lines: readonly string[];
}

/** A text as one line of a comment: names of files may have any character. */
export function commentLine(text: string): string {
  return text.replace(/[\n\r]/g, " ").replace(oddCharacters, "?");
}

/**
 * A YAML document as Kubernetes people write it: no anchors, lines of any length, and every text such that YAML 1.1, as
 * kubectl reads it, gives back the very same text.
 */
export function printYaml(value: Json, comments: readonly YamlComment[] = []): string {
  const document = new Document(value, { version: "1.1", aliasDuplicateObjects: false });
  for (const { path, lines } of comments) {
    const node = nodeAt(document, path);
    if (node !== undefined) node.commentBefore = lines.map((line) => ` ${commentLine(line)}`).join("\n");
  }
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === "string") node.type = styleOf(node.value);
    },
  });
  const text = document.toString({ lineWidth: 0, indentSeq: false, doubleQuotedAsJSON: true });
  return text.replace(oddCharacters, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** What a comment above an item is part of: the item of a list, the key of a map. */
function nodeAt(document: Document, path: YamlComment["path"]): Node | undefined {
  const [last, parent] = [path.at(-1), document.getIn(path.slice(0, -1), true)];
  const found = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && key.value === last)?.key
    : document.getIn(path, true);
  return isNode(found) ? found : undefined;
}

/**
 * Control characters and line breaks that only YAML knows (NEL, LS, PS), the byte order mark, and DEL: readers refuse
 * or change them raw. They stand in double quotes only, see `styleOf`.
 */
// deno-lint-ignore no-control-regex -- these are what is looked for
const oddCharacters = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]/g;

/** Words and numbers begin like this and hold nothing that YAML reads in a way of its own. */
const plain = /^[A-Za-z_/][A-Za-z0-9_./ +@-]*(?::[A-Za-z0-9_./+@-]+)*$/;
/** Read as booleans or nothing by YAML 1.1, in any case. */
const reserved = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

function styleOf(text: string): Scalar.Type {
  if (text.search(oddCharacters) >= 0) return "QUOTE_DOUBLE";
  if (text.includes("\n")) return isBlockSafe(text) ? "BLOCK_LITERAL" : "QUOTE_DOUBLE";
  return plain.test(text) && !reserved.test(text) && !text.endsWith(" ") ? "PLAIN" : "QUOTE_DOUBLE";
}

/** Lines that a block scalar carries unchanged: the first begins with a letter, none has white space at its end. */
function isBlockSafe(text: string): boolean {
  return /^\S/.test(text) && !/[ \t](?:\n|$)/.test(text) && !/\n\n+$/.test(text) && !text.includes("\t\n");
}
