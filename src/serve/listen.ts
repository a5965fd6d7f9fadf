/** `all`: every address of the machine, IPv6 too where it has that; else one of its addresses. */
export type Host = string;

/** The port cannot be listened on; the message says why. */
export class ListenError extends Error {
  override name = "ListenError";
}

/** Listens on a TCP port; 0: the system chooses. Throws `ListenError`. */
export function listen({ host, port }: { readonly host: Host; readonly port: number }): Deno.TcpListener {
  // "::" takes IPv4 too; a machine without IPv6 refuses it.
  const hostnames = host === "all" ? ["::", "0.0.0.0"] : [host];
  let refusal: unknown;
  for (const hostname of hostnames) {
    try {
      return Deno.listen({ hostname, port });
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) {
        throw new ListenError(`Cannot listen on port ${port}: another process uses it`, { cause: error });
      }
      refusal = error;
    }
  }
  const why = refusal instanceof Error ? refusal.message : String(refusal);
  throw new ListenError(`Cannot listen on port ${port}: ${why}`, { cause: refusal });
}
