import { parseDuration } from "../base/duration.ts";
import type { CrossAuthPlan, CrossSourcePlan } from "../conditions/mod.ts";
import { isDnsLabel } from "../k8s/names.ts";
import { defaults } from "./defaults.ts";
import { childOf, type Node, textOf } from "./node.ts";

const maxUrl = 1024;
/** A host by name or address, a port, and segments of a path. */
const baseUrl =
  /^(?<scheme>https?):\/\/(?<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?<port>\d{1,5}))?(?<path>(?:\/[\w.~%-]+)*)\/*$/i;

/**
 * Base URL of an HTTP API, without a slash at its end; or what is wrong with the text. It holds no template: the author
 * of a CR must not choose whom the Runtime asks.
 */
export function readHost(text: string): { readonly url: string } | { readonly error: string } {
  const trimmed = text.trim();
  if (/^\w+:\/\/[^/]*@/.test(trimmed)) return { error: "a URL here holds no user and no password" };
  if (/[?#]/.test(trimmed)) return { error: "a base URL has no query and no fragment" };
  const { scheme, host, port, path = "" } = baseUrl.exec(trimmed)?.groups ?? {};
  if (trimmed.length > maxUrl || scheme === undefined || host === undefined) {
    return { error: "it is no http:// or https:// URL" };
  }
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535)) return { error: "a port is 1 to 65535" };
  const at = port === undefined ? "" : `:${Number(port)}`;
  return { url: `${scheme.toLowerCase()}://${host.toLowerCase()}${at}${path}` };
}

/** `source` of an item of `cross` that reads this entry there; `undefined` where it has errors. */
export function buildSource(source: Node, crd: string): CrossSourcePlan | undefined {
  const host = readHost(textOf(childOf(source, "host")) ?? "");
  if ("error" in host || !isDnsLabel(crd)) return undefined;
  const auth = buildAuth(childOf(source, "auth"));
  const caFile = textOf(childOf(source, "caFile"));
  return {
    key: `${crd}@${host.url}`,
    url: host.url,
    crd,
    intervalMs: parseDuration(textOf(childOf(source, "cacheFor")) ?? "") ?? defaults.crossIntervalMs,
    ...(auth === undefined ? {} : { auth }),
    ...(caFile === undefined ? {} : { caFile }),
  };
}

function buildAuth(auth: Node | undefined): CrossAuthPlan | undefined {
  const path = textOf(childOf(auth, "tokenFile"));
  if (path !== undefined) return { kind: "file", path };
  const secret = childOf(auth, "secretRef");
  const [namespace, name, key] = ["namespace", "name", "key"].map((field) => textOf(childOf(secret, field)));
  if (namespace === undefined || name === undefined || key === undefined) return undefined;
  return { kind: "secret", namespace, name, key };
}
