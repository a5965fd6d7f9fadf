/** How to reach one API server, as a plain record that can be sent to another isolate. */
export interface ClusterConfig {
  /** Base URL without a slash at its end; may have a path (proxies). */
  readonly server: string;
  /** Namespace of the context, or of the Pod. */
  readonly namespace?: string;
  /** PEM certificates of the authorities that are trusted besides the system's. */
  readonly caData?: string;
  /** `http://`, `https://` or `socks5://`. */
  readonly proxyUrl?: string;
  readonly auth: ClusterAuth;
  /** Where this comes from, for messages: a file and its context, or `in-cluster`. */
  readonly source: string;
}

/** How the client authenticates to the API server. */
export type ClusterAuth =
  | { readonly kind: "none" }
  | { readonly kind: "certificate"; readonly certPem: string; readonly keyPem: string }
  | { readonly kind: "token"; readonly token: string }
  /** Re-read as it rotates. */
  | { readonly kind: "tokenFile"; readonly path: string }
  /** Tokens of a ServiceAccount that somebody else requests for us (`TokenIssuer`). */
  | { readonly kind: "issued"; readonly account: string }
  /** A program that returns a credential (client-go's credential plugins). */
  | { readonly kind: "exec"; readonly plugin: ExecPlugin };

/** `users[].user.exec` of a kubeconfig. */
export interface ExecPlugin {
  readonly apiVersion: "client.authentication.k8s.io/v1" | "client.authentication.k8s.io/v1beta1";
  /** Relative paths with a slash are already resolved against the kubeconfig's folder. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint?: string;
  readonly provideClusterInfo: boolean;
  readonly interactiveMode: "Never" | "IfAvailable" | "Always";
}

/** The output of a credential plugin. */
export interface ExecCredential {
  readonly token?: string;
  readonly certPem?: string;
  readonly keyPem?: string;
  /** Wall-clock time; without it the credential is valid until the server responds with 401. */
  readonly expiresAtMs?: number;
}

/** The configuration cannot be used; says which file, which field and what to do. */
export class ConfigError extends Error {
  override name = "ConfigError";
  /** The file, environment variable or flag at fault. */
  readonly source: string;
  /** Path in it, as `users[name=admin].user.client-key-data`. */
  readonly field?: string;
  readonly hint?: string;

  constructor(message: string, data: { source: string; field?: string; hint?: string; cause?: unknown }) {
    super(message, data.cause === undefined ? undefined : { cause: data.cause });
    this.source = data.source;
    if (data.field !== undefined) this.field = data.field;
    if (data.hint !== undefined) this.hint = data.hint;
  }
}
