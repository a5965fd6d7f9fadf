/** An IP address as its bytes: 4, or 16. */
export type Address = Uint8Array;

/** Reads an IPv4 or IPv6 address; a zone (`%eth0`) and brackets are dropped. `undefined`: it is none. */
export function parseAddress(text: string): Address | undefined {
  const plain = text.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  return plain.includes(":") ? parseIpv6(plain) : parseIpv4(plain);
}

function parseIpv4(text: string): Address | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  return parts?.every((part) => part < 256) === true ? Uint8Array.from(parts) : undefined;
}

function parseIpv6(text: string): Address | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted !== null) {
    const v4 = parseIpv4(dotted[2]!);
    if (v4 === undefined) return undefined;
    const hex = (at: number): string => ((v4[at]! << 8) | v4[at + 1]!).toString(16);
    return parseIpv6(`${dotted[1]}${hex(0)}:${hex(2)}`);
  }
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [before, after] = halves.map((half) => half === "" ? [] : half.split(":"));
  const gap = 8 - before!.length - (after?.length ?? 0);
  if (after === undefined ? gap !== 0 : gap < 1) return undefined;
  const words = [...before!, ...Array<string>(after === undefined ? 0 : gap).fill("0"), ...after ?? []];
  if (!words.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined;
  return Uint8Array.from(words.flatMap((word) => [parseInt(word, 16) >> 8, parseInt(word, 16) & 0xff]));
}

/** How far the Katalog says where it calls. */
export interface Explicitness {
  /** It writes out the host: no object chooses it. */
  readonly hostIsLiteral: boolean;
  /** The host that it writes out is this very address. */
  readonly addressIsLiteral: boolean;
}

/** Of clouds, outside of the link-local ranges. */
const metadataAddresses: readonly Address[] = ["100.100.100.200", "fd00:ec2::254"].map((text) => parseAddress(text)!);

/**
 * Why an address is not called; `undefined`: it is. Where machines find the credentials of their cloud, which are
 * link-local addresses, is called only when the Katalog writes that address out, this machine itself only when it
 * writes out its host. What stands for no single machine is never called.
 */
export function whyNotCalled(address: Address, { hostIsLiteral, addressIsLiteral }: Explicitness): string | undefined {
  const inner = address.length === 16 ? embeddedIpv4(address) : undefined;
  if (inner !== undefined) return whyNotCalled(inner, { hostIsLiteral, addressIsLiteral });
  if (isUnspecified(address) || isMulticast(address)) return "it is no address of a server";
  if (isLinkLocal(address) || metadataAddresses.some((each) => isSame(each, address))) {
    return addressIsLiteral
      ? undefined
      : "it is link-local, or a cloud's metadata service: write the address out as host";
  }
  if (isLoopback(address) && !hostIsLiteral) return "it is this machine itself: write the host out";
  return undefined;
}

/** The IPv4 address that an IPv6 address leads to: mapped (`::ffff:0:0/96`), NAT64 (`64:ff9b::/96`), 6to4 (`2002::/16`). */
function embeddedIpv4(bytes: Address): Address | undefined {
  const starts = (prefix: readonly number[]): boolean => prefix.every((byte, at) => bytes[at] === byte);
  if (starts([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])) return bytes.slice(12);
  if (starts([0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0])) return bytes.slice(12);
  if (starts([0x20, 0x02])) return bytes.slice(2, 6);
  // `::a.b.c.d`, deprecated; `::` and `::1` are addresses of their own.
  const isCompatible = starts([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) && (bytes[12] !== 0 || bytes[13] !== 0);
  return isCompatible ? bytes.slice(12) : undefined;
}

function isUnspecified(bytes: Address): boolean {
  return bytes.length === 4 ? bytes[0] === 0 : bytes.every((byte) => byte === 0);
}

function isMulticast(bytes: Address): boolean {
  return bytes.length === 4
    ? bytes[0]! >= 224 && (bytes[0]! < 240 || bytes.every((byte) => byte === 255))
    : bytes[0] === 255;
}

function isLinkLocal(bytes: Address): boolean {
  return bytes.length === 4 ? bytes[0] === 169 && bytes[1] === 254 : bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
}

function isLoopback(bytes: Address): boolean {
  return bytes.length === 4 ? bytes[0] === 127 : bytes.every((byte, at) => byte === (at === 15 ? 1 : 0));
}

function isSame(a: Address, b: Address): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
