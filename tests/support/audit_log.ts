import { waitFor } from "./wait_for.ts";

/** One request as the API server's audit log has it. A watch is there once, when it began. */
export interface AuditedRequest {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  readonly verb: string;
  readonly user: string;
  readonly userAgent: string;
  readonly uri: string;
  /** "" for paths that do not address a resource. */
  readonly resource: string;
  readonly group: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** HTTP status. */
  readonly code: number;
  /** Why it failed, in the words of the API server; "" where it did not. */
  readonly message: string;
  /** Reasons that are named apart from the status code: `NamespaceTerminating`. */
  readonly causes: readonly string[];
  /** When the API server received it, in milliseconds since 1970. */
  readonly receivedMs: number;
}

/** Every field that is given must be equal, a `userAgent` only in its beginning. */
export type AuditFilter = Partial<Pick<AuditedRequest, "verb" | "user" | "resource" | "namespace" | "name">> & {
  readonly userAgent?: string;
  /** Only watches, or everything but watches. */
  readonly watches?: boolean;
};

/** A place in the log. */
export interface AuditMark {
  readonly index: number;
}

/** Reads an audit log as it grows, each byte once, from its end at the first mark: before that it may be of any size. */
export interface AuditLog {
  /** Later requests come after this mark; those that have had a response do not. */
  mark(): Promise<AuditMark>;
  /** Every request since a mark that has had a response by now. */
  requestsSince(mark: AuditMark, filter?: AuditFilter): Promise<AuditedRequest[]>;
}

const markerAgent = "audit-marker";

/** `send` sends a GET of a path to the API server with the given user agent. */
export function auditLog(path: string, send: (path: string, userAgent: string) => Promise<void>): AuditLog {
  const requests: AuditedRequest[] = [];
  const markers = new Set<string>();
  let offset: number | undefined;
  let rest = "";
  const decoder = new TextDecoder();

  /** One reader at a time: several tests, or parts of one, may ask at once. */
  let reading: Promise<void> = Promise.resolve();
  function readOn(): Promise<void> {
    reading = reading.then(readNext, readNext);
    return reading;
  }

  async function readNext(): Promise<void> {
    using file = await Deno.open(path);
    offset ??= await lastLineEnd(file);
    await file.seek(offset, Deno.SeekMode.Start);
    const buffer = new Uint8Array(1024 * 1024);
    for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
      offset += count;
      rest += decoder.decode(buffer.subarray(0, count), { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop()!;
      lines.forEach(readLine);
    }
  }

  function readLine(line: string): void {
    const request = readEntry(line);
    if (request === undefined) return;
    if (request.userAgent === markerAgent) markers.add(request.uri);
    else requests.push(request);
  }

  /** The log is written as responses are sent: once a later request is in it, so are the earlier ones. */
  async function catchUp(): Promise<void> {
    // At first that finds the end, which has to come before the marker.
    await readOn();
    for (let round = 0; round < 2; round++) {
      const uri = `/version?marker=${crypto.randomUUID()}`;
      await send(uri, markerAgent);
      await waitFor("the audit log has caught up", async () => {
        await readOn();
        return markers.delete(uri);
      });
    }
  }

  return {
    async mark() {
      await catchUp();
      return { index: requests.length };
    },
    async requestsSince({ index }, filter = {}) {
      await catchUp();
      return requests.slice(index).filter((request) => matches(request, filter));
    },
  };
}

/** Longer than a line of the log, which has no bodies. */
const maxLineBytes = 256 * 1024;

/** The offset after the last line that is complete. */
async function lastLineEnd(file: Deno.FsFile): Promise<number> {
  const start = Math.max(0, (await file.stat()).size - maxLineBytes);
  await file.seek(start, Deno.SeekMode.Start);
  const tail = new Uint8Array(maxLineBytes);
  let length = 0;
  for (let count = await file.read(tail); count !== null && count > 0; count = await file.read(tail.subarray(length))) {
    length += count;
  }
  return start + tail.subarray(0, length).lastIndexOf(10) + 1;
}

/** `<verb> <resource>` → how often. */
export function countByVerb(requests: readonly AuditedRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verb, resource, subresource, uri } of requests) {
    const what = resource === "" ? uri : subresource === "" ? resource : `${resource}/${subresource}`;
    counts[`${verb} ${what}`] = (counts[`${verb} ${what}`] ?? 0) + 1;
  }
  return counts;
}

function matches(request: AuditedRequest, { userAgent, watches, ...equal }: AuditFilter): boolean {
  if (userAgent !== undefined && !request.userAgent.startsWith(userAgent)) return false;
  if (watches !== undefined && (request.verb === "watch") !== watches) return false;
  return Object.entries(equal).every(([key, value]) => request[key as keyof AuditedRequest] === value);
}

/** `audit.k8s.io/v1` Event. A watch has an entry when it begins and one when it ends, everything else only the last. */
function readEntry(line: string): AuditedRequest | undefined {
  const entry = JSON.parse(line);
  const wanted = entry.verb === "watch" ? "ResponseStarted" : "ResponseComplete";
  // A watch that was refused never began.
  const refused = entry.verb === "watch" && entry.stage === "ResponseComplete" && entry.responseStatus?.code >= 300;
  if (entry.stage !== wanted && entry.stage !== "Panic" && !refused) return undefined;
  return {
    verb: entry.verb,
    user: entry.user?.username ?? "",
    userAgent: entry.userAgent ?? "",
    uri: entry.requestURI,
    resource: entry.objectRef?.resource ?? "",
    group: entry.objectRef?.apiGroup ?? "",
    subresource: entry.objectRef?.subresource ?? "",
    namespace: entry.objectRef?.namespace ?? "",
    name: entry.objectRef?.name ?? "",
    code: entry.responseStatus?.code ?? 0,
    message: entry.responseStatus?.message ?? "",
    causes: (entry.responseStatus?.details?.causes ?? []).map(({ reason = "" }: { reason?: string }) => reason),
    receivedMs: Date.parse(entry.requestReceivedTimestamp),
  };
}
