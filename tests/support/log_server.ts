import { openBody, statusResponse } from "./api_double.ts";

type Body = ReturnType<typeof openBody>;

interface Container {
  /** What was written, with the time of the node. */
  readonly lines: string[];
  running: boolean;
  readonly followers: Set<Body>;
}

interface FakePod {
  readonly uid: string;
  phase: string;
  container: Container;
}

/** An API server that knows nothing but Pods of one namespace and their logs, as kube-apiserver serves them. */
export class LogServer {
  readonly requests: string[] = [];
  readonly #pods = new Map<string, FakePod>();
  readonly #watches = new Set<Body>();
  #version = 1;
  /** Refuses every request for a log with this status. */
  refuses: number | undefined;

  /** In place of connections, for a client and a log reader. */
  readonly fetch = (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, searchParams } = new URL(url);
    this.requests.push(`${pathname}?${searchParams}`);
    const name = /\/pods\/([^/]+)\/log$/.exec(pathname)?.[1];
    if (name !== undefined) return Promise.resolve(this.#log(name, searchParams, init.signal ?? undefined));
    if (searchParams.get("watch") === "true" || searchParams.get("watch") === "1") {
      return Promise.resolve(this.#watch(init.signal ?? undefined));
    }
    const items = [...this.#pods].map(([pod, state]) => this.#object(pod, state));
    return Promise.resolve(
      Response.json({ kind: "PodList", metadata: { resourceVersion: String(this.#version) }, items }),
    );
  };

  /** A Pod whose container runs, or is being started. */
  add(name: string, { running = true }: { readonly running?: boolean } = {}): void {
    const container = { lines: [], running, followers: new Set<Body>() };
    const pod = { uid: `${name}-${this.#version}`, phase: "Running", container };
    this.#pods.set(name, pod);
    this.#changed("ADDED", name, pod);
  }

  /** The container of a Pod writes a line; `time` is the node's. */
  write(name: string, time: string, text: string): void {
    const { container } = this.#pods.get(name)!;
    container.lines.push(`${time} ${text}\n`);
    for (const follower of container.followers) follower.write(`${time} ${text}\n`);
  }

  /** Connections break; the container runs on. */
  breakOff(name: string): void {
    this.#endFollowers(this.#pods.get(name)!);
  }

  /** The container of a Pod ends, and another one is there in its place. */
  restart(name: string): void {
    const pod = this.#pods.get(name)!;
    this.#endFollowers(pod);
    pod.container = { lines: [], running: true, followers: new Set() };
    this.#changed("MODIFIED", name, pod);
  }

  /** A container that was being started runs. */
  start(name: string): void {
    const pod = this.#pods.get(name)!;
    pod.container.running = true;
    this.#changed("MODIFIED", name, pod);
  }

  remove(name: string): void {
    const pod = this.#pods.get(name)!;
    this.#pods.delete(name);
    this.#changed("DELETED", name, pod);
    this.#endFollowers(pod);
  }

  /** Connections that follow a log. */
  get followers(): number {
    return [...this.#pods.values()].reduce((sum, { container }) => sum + container.followers.size, 0);
  }

  #endFollowers({ container }: FakePod): void {
    for (const follower of container.followers) follower.end();
    container.followers.clear();
  }

  #log(name: string, query: URLSearchParams, signal: AbortSignal | undefined): Response {
    if (this.refuses !== undefined) return statusResponse(this.refuses, "Forbidden");
    const pod = this.#pods.get(name);
    if (pod === undefined) return statusResponse(404, "NotFound", { details: { kind: "pods", name } });
    const { container } = pod;
    if (!container.running) return statusResponse(400, "BadRequest");
    const since = query.get("sinceTime");
    // The API server knows seconds here.
    const sinceMs = since === null ? -Infinity : Math.floor(Date.parse(since) / 1000) * 1000;
    const lines = container.lines.filter((line) => Date.parse(line.slice(0, line.indexOf(" "))) >= sinceMs);
    if (query.get("follow") !== "true") return new Response(lines.join(""));
    const body = openBody();
    for (const line of lines) body.write(line);
    container.followers.add(body);
    signal?.addEventListener("abort", () => container.followers.delete(body), { once: true });
    return body.response;
  }

  #watch(signal: AbortSignal | undefined): Response {
    const body = openBody();
    this.#watches.add(body);
    signal?.addEventListener("abort", () => this.#watches.delete(body), { once: true });
    return body.response;
  }

  #changed(type: string, name: string, pod: FakePod): void {
    this.#version++;
    const event = JSON.stringify({ type, object: this.#object(name, pod) });
    for (const watch of this.#watches) watch.write(`${event}\n`);
  }

  #object(name: string, { uid, phase, container }: FakePod): unknown {
    const state = container.running ? { running: {} } : { waiting: { reason: "ContainerCreating" } };
    return {
      ...{ apiVersion: "v1", kind: "Pod" },
      metadata: { name, namespace: "orkestra-system", uid, resourceVersion: String(this.#version) },
      spec: { containers: [{ name: "mesh" }, { name: "ork" }] },
      status: { phase, containerStatuses: [{ name: "mesh", state: { running: {} } }, { name: "ork", state }] },
    };
  }
}
