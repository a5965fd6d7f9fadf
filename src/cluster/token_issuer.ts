import { isMap, type Json, ownValue, parseJson, stringifyJson } from "../base/json.ts";
import { accountUsername } from "../k8s/installation.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { isCallError, MalformedResponseError } from "./api_error.ts";
import type { ClientOptions } from "./client.ts";
import type { ClusterConfig, ExecCredential } from "./config.ts";
import { objectPath } from "./resource_path.ts";
import { createServerTransport } from "./server_transport.ts";

/** Requests tokens of ServiceAccounts (Kubernetes: "TokenRequest"). */
export interface TokenIssuer {
  /** A token that is good for ten minutes. Rejects with a `TokenError`. */
  issue(account: string): Promise<ExecCredential>;
  close(): void;
}

/** No token was granted; says of which ServiceAccount, and why. */
export class TokenError extends Error {
  override name = "TokenError";
}

/** The shortest that the API server grants: a token that is stolen is of use for no longer. */
const expirationSeconds = 600;
const timeoutMs = 30_000;
const maxBytes = 64 * 1024;

const accountType = builtInType("ServiceAccount")!;

/** For ServiceAccounts of one namespace. Throws `ConfigError` as `createClusterApi` does. */
export function createTokenIssuer(
  config: ClusterConfig,
  namespace: string,
  options: Pick<ClientOptions, "userAgent" | "clock" | "fetch" | "exec" | "readTextFile">,
): TokenIssuer {
  const transport = createServerTransport(config, options);
  return {
    async issue(account) {
      const path = objectPath(accountType, { namespace, name: account, subresource: "token" });
      try {
        const text = await transport.text({
          verb: "POST",
          path,
          contentType: "application/json",
          body: stringifyJson({
            apiVersion: "authentication.k8s.io/v1",
            kind: "TokenRequest",
            spec: { expirationSeconds },
          }),
          timeoutMs,
          maxBytes,
        });
        return readCredential(text, path);
      } catch (error) {
        if (!isCallError(error)) throw error;
        const who = accountUsername({ namespace, name: account });
        const hint = "install what `ork generate bundle` prints for this Katalog";
        throw new TokenError(`Cannot request a token of ${who}: ${error.message}; ${hint}`, { cause: error });
      }
    },
    close: () => transport.close(),
  };
}

function readCredential(text: string, path: string): ExecCredential {
  let value: Json = null;
  try {
    value = parseJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const status = isMap(value) ? ownValue(value, "status") : undefined;
  const [token, expires] = isMap(status)
    ? [ownValue(status, "token"), ownValue(status, "expirationTimestamp")]
    : [undefined, undefined];
  const expiresAtMs = typeof expires === "string" ? Date.parse(expires) : NaN;
  if (typeof token !== "string" || token === "" || Number.isNaN(expiresAtMs)) {
    throw new MalformedResponseError(`POST ${path}: the response has no token that expires`, {
      request: { verb: "POST", path },
    });
  }
  return { token, expiresAtMs };
}
