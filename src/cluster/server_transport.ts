import type { ClusterConfig } from "./config.ts";
import { createCredentials, type CredentialMeans } from "./credentials.ts";
import { createHttpClient, type Fetch } from "./http_client.ts";
import { createTransport, type Transport } from "./transport.ts";

/** What a transport is opened with, besides the cluster. */
type Options = Omit<Parameters<typeof createTransport>[0], "server" | "http" | "credentials"> & CredentialMeans & {
  /** In place of connections. */
  readonly fetch?: Fetch;
};

/** A transport to the API server of a cluster, with its credentials. Throws `ConfigError` for those it cannot use. */
export function createServerTransport(config: ClusterConfig, options: Options): Transport {
  return createTransport({
    server: config.server,
    http: createHttpClient(config, options.fetch),
    credentials: createCredentials(config, options),
    clock: options.clock,
    userAgent: options.userAgent,
    fence: options.fence,
    onRequest: options.onRequest,
    onFenced: options.onFenced,
    ...(options.onWarning === undefined ? {} : { onWarning: options.onWarning }),
  });
}
