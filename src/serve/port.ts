/** A TCP port as a setting names it: 0, for one that the system chooses, to 65535; `undefined`: it is no port. */
export function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}
