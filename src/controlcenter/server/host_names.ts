/**
 * Whether a request is for us by its `Host`. A page of another site can have its own name lead to our address (DNS
 * rebinding) and would then read what we serve: so of names only `localhost` and those in `names` are ours. An address
 * is no name that somebody else can own.
 */
export function isOurs(host: string | null, names: ReadonlySet<string>): boolean {
  if (host === null || host.length > 300) return false;
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(host) ?? [];
  if (bracketed !== undefined) return true;
  const name = (plain ?? "").toLowerCase().replace(/\.$/, "");
  return name === "localhost" || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || names.has(name);
}
