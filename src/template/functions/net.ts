import { cidrContains, parseCidr, parseIp } from "../../base/ip.ts";
import { Failure } from "../failure.ts";
import { textArgument } from "./arguments.ts";
import { define, type LibraryFunction } from "./function.ts";

const domain = "Addresses";

/** Functions on IP addresses and host names. */
export const net: readonly LibraryFunction[] = [
  define(domain, "cidrContains(cidr, ip)", "Whether the address is in the range", ([cidr, ip], budget) => {
    const range = parseCidr(textArgument(cidr, budget).trim());
    const address = parseIp(textArgument(ip, budget).trim());
    if (range === undefined) throw new Failure("the first argument is no range such as 10.0.0.0/8");
    if (address === undefined) throw new Failure("the second argument is no IP address");
    return cidrContains(range, address);
  }),
  define(domain, "ipValid(ip)", "Whether it is an IPv4 or IPv6 address", ([ip], budget) => {
    return parseIp(textArgument(ip, budget).trim()) !== undefined;
  }),
  define(domain, "ipIsPrivate(ip)", "Whether it is a private address (RFC 1918, RFC 4193)", ([ip], budget) => {
    const address = parseIp(textArgument(ip, budget).trim());
    return address !== undefined && privateRanges.some((range) => cidrContains(range, address));
  }),
  define(
    domain,
    "domainHost(text)",
    "The text without the scheme, white space and the slash at its end",
    ([value], budget) => {
      return host(textArgument(value, budget));
    },
  ),
  define(domain, "domainBare(text)", "As domainHost, without www. too", ([value], budget) => {
    return host(textArgument(value, budget)).replace(/^www\./, "");
  }),
];

const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"].map((text) => parseCidr(text)!);

function host(text: string): string {
  return text.trim().replace(/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\//, "").replace(/\/+$/, "").replace(/\s+/g, "");
}
