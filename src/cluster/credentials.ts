import type { Clock } from "../base/clock.ts";
import { type ClusterConfig, ConfigError, type ExecCredential, type ExecPlugin } from "./config.ts";

/** What one request presents. */
export interface Credential {
  readonly token?: string;
  readonly certPem?: string;
  readonly keyPem?: string;
}

/** Where requests get their credential from; may read a file or run a program from time to time. */
export interface Credentials {
  current(): Promise<Credential>;
  /** The server responded with 401: the next `current()` must look again. */
  rejected(): void;
}

/** Runs a credential plugin for a cluster. Throws `ConfigError`. */
export type RunPlugin = (plugin: ExecPlugin, cluster: ClusterConfig) => Promise<ExecCredential>;

/** Means that not every binary or isolate has. */
export interface CredentialMeans {
  readonly clock: Clock;
  readonly readTextFile?: (path: string) => Promise<string>;
  /** Runs credential plugins; without it they are refused. */
  readonly exec?: RunPlugin;
  /** Requests a token of a ServiceAccount; only where `ClusterAuth` is `issued`. */
  readonly issue?: (account: string) => Promise<ExecCredential>;
}

/** A token file is re-read after this long, as in client-go; the kubelet rotates well before expiry. */
const tokenFileMs = 60_000;
/** A plugin's credential is refreshed this long before it expires. */
const earlyMs = 60_000;

/** Builds the source of credentials for a configuration. Throws `ConfigError` where the means for it are missing. */
export function createCredentials(config: ClusterConfig, means: CredentialMeans): Credentials {
  const { auth } = config;
  switch (auth.kind) {
    case "none":
      return fixed({});
    case "certificate":
      return fixed({ certPem: auth.certPem, keyPem: auth.keyPem });
    case "token":
      return fixed({ token: auth.token });
    case "tokenFile": {
      const read = means.readTextFile ?? ((path: string) => Deno.readTextFile(path));
      return remembered(means.clock, async () => ({
        credential: { token: await readToken(auth.path, read) },
        goodUntilMs: means.clock.wallMs() + tokenFileMs,
      }));
    }
    case "issued": {
      const { issue } = means;
      if (issue === undefined) throw new TypeError("Cannot use issued tokens: there is nobody to request them");
      return remembered(means.clock, async () => expiring(await issue(auth.account)));
    }
    case "exec": {
      const { exec } = means;
      if (exec === undefined) throw unsupportedPlugin(auth.plugin, config.source);
      return remembered(means.clock, async () => expiring(await exec(auth.plugin, config)));
    }
  }
}

function expiring({ expiresAtMs, ...credential }: ExecCredential): { credential: Credential; goodUntilMs: number } {
  return { credential, goodUntilMs: expiresAtMs === undefined ? Infinity : expiresAtMs - earlyMs };
}

/** The refusal of a credential plugin by a binary that cannot run programs. */
export function unsupportedPlugin(plugin: ExecPlugin, source: string): ConfigError {
  return new ConfigError(
    `Cannot use the credential plugin "${plugin.command}": this binary cannot run other programs`,
    {
      source,
      field: "user.exec",
      hint: "use a client certificate or a token, or run in the cluster with a service account",
    },
  );
}

function fixed(credential: Credential): Credentials {
  return { current: () => Promise.resolve(credential), rejected() {} };
}

/** Caches a credential while it is valid; concurrent callers share one fetch. */
function remembered(
  clock: Clock,
  fetchNew: () => Promise<{ credential: Credential; goodUntilMs: number }>,
): Credentials {
  let known: { credential: Credential; goodUntilMs: number } | undefined;
  let pending: Promise<Credential> | undefined;
  return {
    current() {
      if (known !== undefined && clock.wallMs() < known.goodUntilMs) return Promise.resolve(known.credential);
      pending ??= fetchNew().then((fresh) => {
        known = fresh;
        return fresh.credential;
      }).finally(() => pending = undefined);
      return pending;
    },
    rejected() {
      known = undefined;
    },
  };
}

async function readToken(path: string, read: (path: string) => Promise<string>): Promise<string> {
  let text: string;
  try {
    text = await read(path);
  } catch (cause) {
    throw new ConfigError(`Cannot read the token file "${path}"`, { source: path, cause });
  }
  const token = text.trim();
  if (token === "") throw new ConfigError(`Cannot use the token file "${path}": it is empty`, { source: path });
  return token;
}
