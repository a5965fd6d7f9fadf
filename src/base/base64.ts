/** Base64 (RFC 4648, padded). */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  // In parts: a call takes a bounded number of arguments.
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

/** Bytes of base64 text, padded or not. Throws `DOMException` where it is none. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
