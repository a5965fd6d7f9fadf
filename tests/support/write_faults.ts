/** How an API server may fail to write an object. */
export type WriteFault =
  /** No rights. */
  | "403"
  /** The resource is not served. */
  | "404 resource"
  /** The object is not there. */
  | "404 object"
  /** Somebody changed something meanwhile, whenever it is tried. */
  | "409"
  /** The object is not valid. */
  | "422"
  /** Too many requests, without a word on how long to wait. */
  | "429"
  /** An admission webhook cannot be reached. */
  | "500"
  /** No response. */
  | "timeout";

export const writeFaults: readonly WriteFault[] = [
  "403",
  "404 resource",
  "404 object",
  "409",
  "422",
  "429",
  "500",
  "timeout",
];

/** Which writes of an object fail: all; its deletion alone; those after its deletion, which make it again. */
export type FaultyWrites = "all" | "deletion" | "recreation";

/** What a request is about. */
interface Target {
  readonly method: string;
  readonly group: string;
  readonly resource: string;
  readonly name: string;
  readonly namespace: string;
}

/**
 * Stands between a client and an API server, and lets writes of certain objects fail as a kube-apiserver does. Objects are
 * known by their names, so each object of a test needs a name of its own.
 */
export class WriteFaults {
  readonly #faults = new Map<string, { readonly fault: WriteFault; readonly of: FaultyWrites }>();
  /** Names of objects that were deleted since a fault was set for their recreation. */
  readonly #deleted = new Set<string>();
  /** Number of writes that failed, by the object's name. */
  readonly #counts = new Map<string, number>();

  set(name: string, fault: WriteFault, of: FaultyWrites = "all"): void {
    this.#faults.set(name, { fault, of });
    this.#deleted.delete(name);
  }

  lift(name: string): void {
    this.#faults.delete(name);
  }

  countOf(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  readonly between = async (request: Request, forward: () => Promise<Response>): Promise<Response> => {
    const target = this.#faults.size === 0 ? undefined : await targetOf(request);
    const set = target === undefined ? undefined : this.#faults.get(target.name);
    if (target === undefined || set === undefined) return await forward();
    const isDeletion = target.method === "DELETE";
    const fails = set.of === "all" || (set.of === "deletion" ? isDeletion : this.#deleted.has(target.name));
    if (!fails) {
      const response = await forward();
      if (isDeletion && response.ok) this.#deleted.add(target.name);
      return response;
    }
    this.#counts.set(target.name, this.countOf(target.name) + 1);
    return await respond(set.fault, target, request);
  };
}

/** The object that a request writes; `undefined` when it writes none, or an Event. */
async function targetOf(request: Request): Promise<Target | undefined> {
  const { method } = request;
  if (method === "GET") return undefined;
  const path = /^\/(?:api|apis\/([^/]+))\/[^/]+(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/status)?$/
    .exec(new URL(request.url).pathname);
  if (path === null) return undefined;
  const [, group = "", namespace = "", resource = "", name] = path;
  if (resource === "events") return undefined;
  if (name !== undefined) return { method, group, namespace, resource, name };
  const body: { metadata: { name: string } } = await request.clone().json();
  return { method, group, namespace, resource, name: body.metadata.name };
}

async function respond(fault: WriteFault, target: Target, request: Request): Promise<Response> {
  const { group, resource, name, namespace } = target;
  const qualified = group === "" ? resource : `${resource}.${group}`;
  const details = { name, kind: resource, ...(group === "" ? {} : { group }) };
  switch (fault) {
    case "403": {
      const verb = request.method === "POST" ? "create" : request.method === "DELETE" ? "delete" : "patch";
      const message =
        `${qualified} "${name}" is forbidden: User "system:serviceaccount:ork:ork" cannot ${verb} resource ` +
        `"${resource}" in API group "${group}" ${
          namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`
        }`;
      return status(403, "Forbidden", message, details);
    }
    case "404 resource":
      return status(404, "NotFound", "the server could not find the requested resource", {});
    case "404 object":
      return status(404, "NotFound", `${qualified} "${name}" not found`, details);
    case "409": {
      const quota = { name: "compute", kind: "resourcequotas" };
      const message =
        `Operation cannot be fulfilled on resourcequotas "compute": the object has been modified; please ` +
        "apply your changes to the latest version and try again";
      return status(409, "Conflict", message, quota);
    }
    case "422": {
      const cause = { reason: "FieldValueInvalid", field: "metadata.annotations", message: 'Invalid value: "x": no' };
      const message = `${qualified} "${name}" is invalid: ${cause.field}: ${cause.message}`;
      return status(422, "Invalid", message, { ...details, causes: [cause] });
    }
    case "429":
      return new Response("Too many requests, please try again later.\n", { status: 429 });
    case "500": {
      const message =
        'Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post ' +
        '"https://policy.default.svc:443/validate?timeout=10s": dial tcp 10.96.0.7:443: connect: connection refused';
      return status(500, "InternalError", message, { causes: [{ message }] });
    }
    case "timeout":
      return await new Promise((_resolve, reject) => {
        const { signal } = request;
        const give = (): void => reject(signal.reason);
        if (signal.aborted) give();
        else signal.addEventListener("abort", give, { once: true });
      });
    default:
      return fault satisfies never;
  }
}

function status(code: number, reason: string, message: string, details: unknown): Response {
  const body = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, details, code };
  return Response.json(body, { status: code });
}
