import { type ClientLimits, createClusterApi } from "../../src/cluster/client.ts";
import type { ClusterConfig } from "../../src/cluster/config.ts";
import type { ClusterApi } from "../../src/cluster/ports.ts";
import type { Clock } from "../../src/base/clock.ts";
import { realClock } from "./clock.ts";

/** A request that a double received. */
export interface ReceivedRequest {
  readonly verb: string;
  /** Path with its query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** A client whose requests go to a function instead of a server. */
export function clientOf(
  response: (received: ReceivedRequest) => Response | Promise<Response>,
  options: { clock?: Clock; limits?: Partial<ClientLimits>; config?: Partial<ClusterConfig>; dryRun?: boolean } = {},
): { api: ClusterApi & { close(): void }; received: ReceivedRequest[] } {
  const received: ReceivedRequest[] = [];
  const config: ClusterConfig = {
    server: "http://double",
    auth: { kind: "none" },
    source: "test",
    ...options.config,
  };
  const api = createClusterApi(config, {
    userAgent: "ork/test",
    clock: options.clock ?? realClock,
    random: () => 0.5,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    dryRun: options.dryRun ?? false,
    fetch: (url, init) => {
      const one = {
        verb: init.method ?? "GET",
        path: url.slice(config.server.length),
        headers: new Headers(init.headers),
        body: String(init.body ?? ""),
      };
      received.push(one);
      return Promise.resolve(response(one));
    },
  });
  return { api, received };
}

/** A response whose body the test writes as it goes along. */
export function openBody(): {
  response: Response;
  write(text: string): void;
  end(): void;
  readonly cancelled: boolean;
} {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (started) => void (controller = started),
    cancel: () => void (cancelled = true),
  });
  return {
    response: new Response(body),
    write: (text) => controller.enqueue(new TextEncoder().encode(text)),
    end: () => controller.close(),
    get cancelled() {
      return cancelled;
    },
  };
}

/** A `metav1.Status` as kube-apiserver sends it. */
export function statusResponse(code: number, reason: string, more: Record<string, unknown> = {}): Response {
  const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason, message: `${reason} it is`, code };
  return Response.json({ ...status, ...more }, { status: code });
}
