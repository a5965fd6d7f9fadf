import { createClusterApi } from "../cluster/mod.ts";
import type { CrossSourcesOptions, RequestPage } from "../runtime/mod.ts";
import { readBounded } from "./bounded_body.ts";
import { withReason } from "../base/fetch_error.ts";
import type { HostOptions } from "./host.ts";
import { userAgent } from "./version.ts";

/** Reads boxes of other Runtimes with real connections, and watches the Secrets with their tokens. */
export function crossConnections(
  { binary, cluster, clock, log, exec }: Pick<HostOptions, "binary" | "cluster" | "clock" | "log" | "exec">,
): CrossSourcesOptions {
  const readTextFile = (path: string): Promise<string> => Deno.readTextFile(path);
  return {
    connect: ({ caFile }) =>
      connectRuntime(userAgent(binary), caFile === undefined ? undefined : () => readCas(caFile)),
    openApi: () =>
      createClusterApi(cluster, {
        userAgent: userAgent(binary),
        clock,
        random: Math.random,
        ...(exec === undefined ? {} : { exec }),
      }),
    readTextFile,
    clock,
    random: Math.random,
    log,
  };
}

/**
 * A client of the HTTP API of another Runtime, for one request at a time. `readCaPem` is called for each request, so that
 * a file that is replaced is followed.
 */
export function connectRuntime(
  agent: string,
  readCaPem?: () => Promise<string>,
): { readonly request: RequestPage; close(): void } {
  let client: Deno.HttpClient | undefined;
  let trusted: string | undefined;
  const clientFor = (caPem: string | undefined): Deno.HttpClient => {
    if (client !== undefined && trusted !== caPem) {
      client.close();
      client = undefined;
    }
    trusted = caPem;
    return client ??= Deno.createHttpClient({
      http1: true,
      http2: false,
      poolMaxIdlePerHost: 1,
      ...(caPem === undefined ? {} : { caCerts: [caPem] }),
    });
  };
  return {
    async request(url, { headers, signal, maxBytes }) {
      const connection = clientFor(await readCaPem?.());
      try {
        const response = await fetch(url, {
          headers: { ...headers, "user-agent": agent },
          signal,
          client: connection,
          redirect: "manual",
        });
        const etag = response.headers.get("etag") ?? undefined;
        return { status: response.status, etag, body: await readBounded(response, maxBytes) };
      } catch (error) {
        throw withReason(error);
      }
    },
    close: () => client?.close(),
  };
}

async function readCas(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new Error(`caFile ${path} cannot be read`, { cause: error });
  }
}
