import { formatDuration, parseDuration } from "../base/duration.ts";
import { literalOrigin } from "../base/http_url.ts";
import { nearest } from "../base/suggest.ts";
import { safeMethods } from "../conditions/mod.ts";
import { type Read, readsOf } from "./check_references.ts";
import type { CrdContext } from "./crd_context.ts";
import { type DeclaredCall, declaredCalls, externalPlaces, methodOf } from "./external.ts";
import { childOf, entriesOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";
import { externalProtocols } from "./schema_external.ts";

/** Calls of one list; more would make a pass a program. */
const maxCalls = 8;
const maxHeaders = 16;
const maxUrl = 4096;
const timeouts = { min: 100, max: 30_000 };
const cacheTimes = { min: 1_000, max: 86_400_000 };
const waits = { min: 0, max: 30_000 };
/** A key of a map that a dot path can name. */
const callName = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
/** RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
/** What the connection itself decides on. */
const ownHeaders = new Set(["host", "content-length", "connection", "transfer-encoding", "upgrade", "te", "trailer"]);
const credentialHeaders = new Set(["authorization", "proxy-authorization", "cookie"]);

/** Every call says what is called, within its bounds, and sends a credential only where the Katalog itself says. */
export function externalCallsAreWellFormed(crd: CrdContext): void {
  const calls = declaredCalls(crd.entry);
  const first = new Map<string, DeclaredCall>();
  for (const call of calls) {
    checkName(call, first, crd);
    checkRequest(call, crd);
    checkTimes(call, crd);
    checkAuth(call, crd);
    if (call.index !== maxCalls) continue;
    const path = keyPath(crd.path, ...externalPlaces[call.place]!, "external");
    crd.report.error(call.node.at, path, `More than ${maxCalls} calls are declared here`, "put them into one service");
  }
}

type Tell = (node: Node | undefined, field: string, message: string, hint?: string) => void;

/** Reports an error at a field of a call, or at the call where it lacks that. */
function errorOf({ node: call, path }: DeclaredCall, crd: CrdContext): Tell {
  return (node, field, message, hint) =>
    crd.report.error((node ?? call).at, keyPath(`${crd.path}.${path}`, ...field.split(".")), message, hint);
}

function checkName(call: DeclaredCall, first: Map<string, DeclaredCall>, crd: CrdContext): void {
  const { name } = call;
  const error = errorOf(call, crd);
  const node = childOf(call.node, "name");
  if (name === undefined || name === "" || name.includes("{{")) return; // a finding of its own
  if (!callName.test(name)) {
    return error(node, "name", `"${name}" is no name of a call`, 'letters, digits, "_" and "-", a letter first');
  }
  const before = first.get(name);
  if (before === undefined) return void first.set(name, call);
  const line = before.node.at.line;
  error(node, "name", `The call in line ${line} has this name too: there is one .external.${name}`, "rename one");
}

function checkRequest(call: DeclaredCall, crd: CrdContext): void {
  const { node } = call;
  const error = errorOf(call, crd);
  const protocol = childOf(node, "protocol");
  const spoken = textOf(protocol);
  if (spoken !== "http" && externalProtocols.some((each) => each === spoken)) {
    error(
      protocol,
      "protocol",
      `The protocol "${spoken}" is not supported`,
      "only http is; https is written in the url",
    );
  }
  const url = childOf(node, "url");
  const text = textOf(url)?.trim() ?? "";
  const origin = literalOrigin(text);
  if (url !== undefined && origin === undefined) checkOpenUrl(url, text, call, crd);
  if (text.length > maxUrl) error(url, "url", `It is longer than ${maxUrl} characters`);
  const body = childOf(node, "body");
  if (body !== undefined && safeMethods.some((method) => method === methodOf(node))) {
    error(body, "body", `A ${methodOf(node)} has no body`, "add method: POST");
  }
  checkHeaders(call, crd);
}

/** A URL whose scheme, host and port are not all written out. */
function checkOpenUrl(url: Node, text: string, call: DeclaredCall, crd: CrdContext): void {
  const error = errorOf(call, crd);
  const hint = 'write it as "http://flags.shop-system/v1"';
  if (text === "") return error(url, "url", "It is empty", hint);
  if (/^\w+:\/\/[^/?#{]*@/.test(text)) {
    return error(url, "url", "A URL here holds no user and no password", "use auth.secretRef");
  }
  if (!text.includes("{{")) return error(url, "url", "It is no http:// or https:// URL", hint);
  crd.report.warn(
    url.at,
    keyPath(`${crd.path}.${call.path}`, "url"),
    "Templates decide which host is called: the author of an object may choose it",
    "write scheme, host and port out, and let templates decide on path and query",
    "url-from-cr",
  );
}

function checkHeaders(call: DeclaredCall, crd: CrdContext): void {
  const error = errorOf(call, crd);
  const headers = childOf(call.node, "headers");
  const names = [...entriesOf(headers)];
  if (names.length > maxHeaders) error(headers, "headers", `More than ${maxHeaders} headers are declared`);
  const known = new Set<string>();
  for (const [name, { value }] of names) {
    const lower = name.toLowerCase();
    const field = `headers.${name}`;
    const at = value;
    if (!token.test(name)) error(at, field, `"${name}" is no name of a header`);
    else if (ownHeaders.has(lower)) error(at, field, `${name} is set by the connection itself`, "remove it");
    else if (credentialHeaders.has(lower)) {
      error(at, field, `${name} is a credential, which does not belong in a Katalog`, "use auth.secretRef");
    } else if (known.has(lower)) error(at, field, `${name} is there twice; upper and lower case do not differ`);
    known.add(lower);
  }
}

function checkTimes(call: DeclaredCall, crd: CrdContext): void {
  const error = errorOf(call, crd);
  const check = (keys: string, { min, max }: { readonly min: number; readonly max: number }): void => {
    const node = nodeAt(call.node, ...keys.split("."));
    const ms = parseDuration(textOf(node) ?? "");
    if (node === undefined || ms === undefined || (ms >= min && ms <= max)) return;
    const range = `${formatDuration(min)} to ${formatDuration(max)}`;
    error(node, keys, `${formatDuration(ms)} is out of range`, `give ${range}`);
  };
  check("timeout", timeouts);
  check("cacheFor", cacheTimes);
  check("retryBackoff", waits);
  check("retryBackoff.initial", waits);
  check("retryBackoff.max", waits);
}

function checkAuth(call: DeclaredCall, crd: CrdContext): void {
  const error = errorOf(call, crd);
  const auth = childOf(call.node, "auth");
  if (auth === undefined) return;
  const header = childOf(auth, "header");
  const name = textOf(header);
  if (name !== undefined && (!token.test(name) || ownHeaders.has(name.toLowerCase()))) {
    error(header, "auth.header", `"${name}" is no name of a header that can be set`);
  }
  for (const [declared, { value }] of entriesOf(childOf(call.node, "headers"))) {
    if (declared.toLowerCase() !== (name ?? "Authorization").toLowerCase()) continue;
    error(value, `headers.${declared}`, `auth sets ${declared} already`, "remove one of them");
  }
  const url = childOf(call.node, "url");
  const text = textOf(url) ?? "";
  const origin = literalOrigin(text);
  if (origin === undefined && text.includes("{{")) {
    const hint = "write scheme, host and port out";
    error(auth, "auth", "The author of an object could choose which host gets the credential", hint);
  }
  if (origin?.scheme !== "http") return;
  const path = keyPath(`${crd.path}.${call.path}`, "auth");
  crd.report.warn(auth.at, path, "The credential is sent unencrypted: the URL is http://", "use https://");
}

/** Every `.external.<name>` that is read is declared, and is there by then. */
export function externalReadsLeadSomewhere(crd: CrdContext): void {
  const calls = declaredCalls(crd.entry);
  for (const read of readsOf(crd)) if (read.path[0] === "external") checkRead(read, calls, crd);
}

/** Where `.external` is never there, with the reason. */
const never: readonly (readonly [path: string, why: string])[] = [
  ["normalize", "normalize sees the object as it is stored"],
  ["operatorBox.reconciler.queue", "the queue reads the object alone"],
  ["operatorBox.onDelete", "nothing is called for an object that is being deleted"],
];

function checkRead(read: Read, calls: readonly DeclaredCall[], crd: CrdContext): void {
  const error = (message: string, hint?: string): void => crd.report.error(read.at, read.from, message, hint);
  const within = read.from.slice(crd.path.length + 1);
  const closed = never.find(([path]) => isWithin(within, path));
  if (closed !== undefined) return error(".external is always empty here", closed[1]);
  const [, name] = read.path;
  const known = [...new Set(calls.flatMap((call) => call.name === undefined ? [] : [call.name]))];
  if (name === undefined || name === "") {
    if (known.length === 0) error(".external is always empty: no call is declared");
    return;
  }
  const call = calls.find((each) => each.name === name);
  if (call === undefined) {
    const near = nearest(name, known);
    const hint = near !== undefined
      ? `did you mean .external.${near}?`
      : known.length === 0
      ? "declare it in a list external"
      : `there is ${known.slice(0, 16).join(", ")}`;
    return error(`.external.${name} is not declared`, hint);
  }
  const reader = calls.find(({ path }) => isWithin(within, path));
  if (momentOf(within, reader) <= momentOf("", call)) {
    const hint = reader === undefined
      ? "declare the call in mutation or validation, whose calls come first"
      : "a call reads results of those before it alone";
    return error(`.external.${name} is not there yet: ${call.path} is called later`, hint);
  }
  if (call.admissionOnly && !isAdmissionOnly(within, reader, crd)) {
    error(
      `.external.${name} is there at admission alone, and this is evaluated by the Runtime too`,
      "remove fires of the call, or add fires: {reconcile: false} here",
    );
  }
}

/** The order of ruling 8: greater is later. */
function momentOf(within: string, call: DeclaredCall | undefined): number {
  if (call !== undefined) return call.place * 1000 + call.index;
  const place = externalPlaces.findIndex(([block, inner]) => inner === undefined && isWithin(within, block));
  if (place >= 0) return place * 1000 + 999;
  return isWithin(within, "operatorBox.cross") ? 1_999.5 : externalPlaces.length * 1000;
}

/** Does the Gateway alone evaluate what stands there? */
function isAdmissionOnly(within: string, reader: DeclaredCall | undefined, { entry }: CrdContext): boolean {
  if (reader !== undefined) return reader.admissionOnly;
  const [, block, index] = /^(mutation|validation)\.rules\[(\d+)\]/.exec(within) ?? [];
  if (block === undefined) return false;
  const rules = nodeAt(entry, block, "rules");
  const fires = rules?.type === "list" ? nodeAt(rules.items[Number(index)], "fires", "reconcile") : undefined;
  return fires?.type === "scalar" && fires.value === false;
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}

/** Calls that only the Gateway makes, or that take longer than it may. */
export function externalCallsFitTheGateway(
  crds: readonly CrdContext[],
  gateway: { readonly serves: boolean; readonly timeoutSeconds: number },
): void {
  for (const crd of crds) {
    for (const call of declaredCalls(crd.entry)) {
      if (call.place > 1) continue;
      const { report } = crd;
      const path = `${crd.path}.${call.path}`;
      const fires = nodeAt(call.node, "fires", "reconcile");
      if (!gateway.serves && call.admissionOnly && fires !== undefined) {
        report.warn(
          fires.at,
          keyPath(path, "fires", "reconcile"),
          "Only the Gateway makes this call, and its webhooks are not switched on",
          "set security.webhooks.admission.enabled and add a block gateway, or remove fires",
        );
      }
      const timeout = childOf(call.node, "timeout");
      const ms = parseDuration(textOf(timeout) ?? "");
      if (!gateway.serves || timeout === undefined || ms === undefined || ms < gateway.timeoutSeconds * 1000) continue;
      report.warn(
        timeout.at,
        keyPath(path, "timeout"),
        `At admission it ends earlier: the API server waits ${gateway.timeoutSeconds} s for all of a review`,
        "give less, or more to security.webhooks.timeoutSeconds",
      );
    }
  }
}
