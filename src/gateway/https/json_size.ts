/** What a JSON text would become, as far as its bytes show. */
export interface JsonSize {
  /** Maps and lists, each of which takes some 60 bytes or more however few it has in the text. */
  readonly containers: number;
  /** `request.uid` of a review, where the text has one. */
  readonly uid?: string | undefined;
}

const [quote, backslash, colon] = [0x22, 0x5c, 0x3a];
const [openMap, openList, closeMap, closeList] = [0x7b, 0x5b, 0x7d, 0x5d];
/** A review, its `request`, and what is in that. */
const uidDepth = 2;
/** Longest uid in bytes; Kubernetes' have 36. */
const maxUidBytes = 1024;

/**
 * Measures a JSON text in one pass over its bytes, without making anything of it; a text that is no JSON gets some
 * result. Bytes of UTF-8 beyond ASCII are never taken for a sign.
 */
export function measureJson(bytes: Uint8Array): JsonSize {
  let containers = 0;
  let depth = 0;
  let uid: string | undefined;
  let followsUid = false;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case openMap:
      case openList:
        containers++;
        depth++;
        break;
      case closeMap:
      case closeList:
        depth--;
        break;
      case quote: {
        const start = at + 1;
        at = endOf(bytes, start);
        if (depth !== uidDepth || uid !== undefined) break;
        const isShort = at - start <= maxUidBytes;
        const text = isShort ? String.fromCharCode(...bytes.subarray(start, at)) : "";
        if (followsUid && /^[\w.:-]+$/.test(text)) uid = text;
        followsUid = text === "uid" && nextSign(bytes, at + 1) === colon;
        break;
      }
    }
  }
  return { containers, uid };
}

function nextSign(bytes: Uint8Array, from: number): number | undefined {
  let at = from;
  while (bytes[at]! <= 0x20) at++;
  return bytes[at];
}

/** Index of the quote that ends the string that begins at `start`; of the end of the text where there is none. */
function endOf(bytes: Uint8Array, start: number): number {
  for (let end = bytes.indexOf(quote, start); end !== -1; end = bytes.indexOf(quote, end + 1)) {
    let escapes = 0;
    while (bytes[end - 1 - escapes] === backslash && end - 1 - escapes >= start) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return bytes.length;
}
