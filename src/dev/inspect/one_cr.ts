import { UsageError } from "../usage_error.ts";
import { AbsentError, InspectError } from "./inspect_error.ts";
import type { Crd } from "./responses.ts";
import { kindOf, operatorsOf, type Session, type SessionOptions } from "./session.ts";

/** One CR that is asked about. */
export interface CrOptions extends SessionOptions {
  /** A kind, a plural or a key of the Katalog. */
  readonly kind: string;
  readonly name: string;
  /** Where absent: the namespace that its operator watches, else `default`. */
  readonly crNamespace?: string | undefined;
  readonly output: "text" | "json";
}

export interface FoundCr<T> {
  readonly crd: Crd;
  /** `Website default/hello`. */
  readonly title: string;
  readonly found: T;
}

/**
 * Asks the operators of the kind for the CR, one after the other: several may be of one kind. `read` is called with the
 * path of the CR. Throws `InspectError` when none has it.
 */
export async function findCr<T>(
  { katalog }: Session,
  { kind, name, crNamespace }: CrOptions,
  read: (path: string) => Promise<T>,
): Promise<FoundCr<T>> {
  let absent: AbsentError | undefined;
  let isNamespaced = false;
  for (const crd of operatorsOf(katalog, kind)) {
    const namespaced = crd.namespaced ?? true;
    isNamespaced ||= namespaced;
    if (!namespaced && crNamespace !== undefined) {
      throw new UsageError(`${kindOf(crd)} is cluster-scoped: leave -n away`);
    }
    const place = namespaced ? [crNamespace ?? (crd.namespace || "default"), name] : [name];
    const path = ["", "katalog", crd.name.toLowerCase(), "cr", ...place.map(encodeURIComponent)].join("/");
    try {
      return { crd, title: `${kindOf(crd)} ${place.join("/")}`, found: await read(path) };
    } catch (error) {
      if (!(error instanceof AbsentError)) throw error;
      absent = error;
    }
  }
  const hint = isNamespaced && crNamespace === undefined ? "; name its namespace with -n" : "";
  throw new InspectError(`${absent?.message ?? "There is no such CR"}${hint}`);
}
