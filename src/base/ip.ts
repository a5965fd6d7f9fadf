/** An IP address as a number, and how many bits addresses of its family have. */
export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Reads an IPv4 or IPv6 address; leading zeros are refused, as Go does. */
export function parseIp(text: string): Address | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** A range of addresses in CIDR notation. */
export interface Cidr extends Address {
  readonly prefix: number;
}

export function parseCidr(text: string): Cidr | undefined {
  const [ip = "", prefix = "", ...more] = text.split("/");
  const address = parseIp(ip);
  if (address === undefined || more.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
  return Number(prefix) > address.bits ? undefined : { ...address, prefix: Number(prefix) };
}

export function cidrContains(cidr: Cidr, address: Address): boolean {
  const shift = BigInt(cidr.bits - cidr.prefix);
  return cidr.bits === address.bits && cidr.value >> shift === address.value >> shift;
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)) {
    return undefined;
  }
  return { bits: 32, value: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
}

function parseIpv6(text: string): Address | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<bigint>(missing).fill(0n), ...tail ?? []];
  return { bits: 128, value: groups.reduce((sum, group) => sum * 65_536n + group, 0n) };
}

function groupsOf(text: string): bigint[] | undefined {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (part.includes(".")) {
      const embedded = i === parts.length - 1 ? parseIpv4(part) : undefined;
      if (embedded === undefined) return undefined;
      groups.push(embedded.value / 65_536n, embedded.value % 65_536n);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}
