/** Random bytes that are fit for passwords, from the operating system. */
export function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  // One call gives 65,536 bytes at most.
  for (let at = 0; at < count; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}
