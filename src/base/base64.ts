/** Base64 (RFC 4648, padded). */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  // In parts: a call takes a bounded number of arguments.
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}
