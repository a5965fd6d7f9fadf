/** Addresses as Go reads them (packages `net`, `net/url`, `net/mail`). */

/** `sloppy` allows leading zeros. */
export function isIpv4(text: string, sloppy = false): boolean {
  const parts = text.split(".");
  const part = sloppy ? /^0*\d{1,3}$/ : /^(?:0|[1-9]\d{0,2})$/;
  return parts.length === 4 && parts.every((each) => part.test(each) && Number(each) <= 255);
}

export function isIpv6(text: string, sloppy = false): boolean {
  const halves = text.split("::");
  if (!text.includes(":") || halves.length > 2) return false;
  let groups = 0;
  const last = text.slice(text.lastIndexOf(":") + 1);
  for (const [i, half] of halves.entries()) {
    if (half === "") continue;
    for (const group of half.split(":")) {
      if (/^[0-9a-fA-F]{1,4}$/.test(group)) groups += 1;
      // The last four bytes may be written as an IPv4 address.
      else if (group === last && i === halves.length - 1 && isIpv4(group, sloppy)) groups += 2;
      else return false;
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

export function isCidr(text: string): boolean {
  const slash = text.indexOf("/");
  const [address, bits] = [text.slice(0, slash), text.slice(slash + 1)];
  if (slash < 0 || !/^0*\d{1,3}$/.test(bits)) return false;
  return isIpv4(address, true) ? Number(bits) <= 32 : isIpv6(address, true) && Number(bits) <= 128;
}

export function isMac(text: string): boolean {
  const groups = (size: string, separator: string, counts: readonly number[]) =>
    counts.some((count) => new RegExp(`^${size}(?:${separator}${size}){${count - 1}}$`).test(text));
  const byte = "[0-9a-fA-F]{2}";
  return groups(byte, "", [6, 8, 20]) || groups(byte, ":", [6, 8, 20]) || groups(byte, "-", [6, 8, 20]) ||
    groups("[0-9a-fA-F]{4}", "\\.", [3, 4, 10]);
}

/** An absolute URI or an absolute path (`url.ParseRequestURI`). */
export function isRequestUri(text: string): boolean {
  // deno-lint-ignore no-control-regex -- it is these that are not allowed
  if (text === "" || /[\x00-\x1f\x7f]/.test(text)) return false;
  if (text === "*") return true;
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.exec(text)?.[0] ?? "";
  let rest = text.slice(scheme.length).replace(/\?.*$/, "");
  if (!rest.startsWith("/")) return scheme !== "";
  if (scheme !== "" && rest.startsWith("//")) {
    const [, authority, path] = /^\/\/([^/]*)(.*)$/.exec(rest)!;
    if (!isAuthority(authority!)) return false;
    rest = path!;
  }
  return !/%(?![0-9a-fA-F]{2})/.test(rest);
}

function isAuthority(text: string): boolean {
  const at = text.lastIndexOf("@");
  if (at >= 0 && !/^(?:[A-Za-z0-9\-._:~!$&'()*+,;=@]|%[0-9a-fA-F]{2})*$/.test(text.slice(0, at))) return false;
  const host = text.slice(at + 1);
  if (host.startsWith("[")) {
    const [, address, port] = /^\[(.*)\]((?::\d*)?)$/.exec(host) ?? [];
    return port !== undefined && isIpv6(address!.replace(/%25.+$/, ""));
  }
  const colon = host.lastIndexOf(":");
  if (colon >= 0 && !/^\d*$/.test(host.slice(colon + 1))) return false;
  return /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:<>"]|[\u0080-\uffff]|%[89a-fA-F][0-9a-fA-F])*$/.test(host);
}

/** An address with or without the name of its owner (`mail.ParseAddress`). */
export function isEmail(text: string): boolean {
  const char = "A-Za-z0-9!#$%&'*+/=?^_`{|}~\\-\\u0080-\\uffff";
  const atom = `[${char}]+`;
  const dotted = `${atom}(?:\\.${atom})*`;
  const quoted = '"(?:[^"\\\\\\x00-\\x08\\x0a-\\x1f\\x7f]|\\\\[\\x20-\\x7e])*"';
  const address = `(?:${dotted}|${quoted})@(?:${dotted}|\\[[0-9a-fA-F.:]+\\])`;
  // What follows in brackets is a comment.
  const end = "[ \\t]*(?:\\([^()\\\\]*\\)[ \\t]*)?$";
  const bare = new RegExp(`^[ \\t]*${address}${end}`);
  if (bare.test(text)) return true;
  const open = text.lastIndexOf("<");
  if (open < 0 || !new RegExp(`^<${address}>${end}`).test(text.slice(open))) return false;
  return new RegExp(`^(?:[${char}. \\t]|${quoted})*$`).test(text.slice(0, open));
}

/** RFC 1034, with the letters and symbols of every script. */
const hostname =
  /^(?:[a-zA-Z0-9\p{S}\p{L}](?:-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?|(?:[a-zA-Z0-9\p{S}\p{L}](?:[a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?\.)+[a-zA-Z\p{L}]{2,63})$/u;

export function isHostname(text: string): boolean {
  const bytes = (part: string) => new TextEncoder().encode(part).length;
  return bytes(text) <= 255 && hostname.test(text) && text.split(".").every((label) => bytes(label) <= 63);
}
