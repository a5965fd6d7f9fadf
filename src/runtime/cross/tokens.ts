import type { Clock } from "../../base/clock.ts";
import { decodeBase64 } from "../../base/base64.ts";
import { errorText } from "../../base/error_text.ts";
import { isMap, ownValue } from "../../base/json.ts";
import { type Informer, startInformer } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { CrossAuthPlan } from "../../plan/plan.ts";

/** Longest token. */
const maxToken = 16 * 1024;
const secretType = builtInType("Secret")!;
const mebibyte = 1024 * 1024;

type SecretAuth = CrossAuthPlan & { readonly kind: "secret" };

/** Where a token comes from; errors say what is missing, and never what is there. */
export interface TokenSource {
  /** The token at this moment. Rejects where there is none; pending while that is not known. */
  token(): Promise<string>;
  stop(): Promise<void>;
}

/** A file with a token alone, as a projected volume keeps it: read for each request, so a rotation needs no watch. */
export function tokenInFile(path: string, readTextFile: (path: string) => Promise<string>): TokenSource {
  return {
    async token() {
      let text: string;
      try {
        text = await readTextFile(path);
      } catch (error) {
        throw new Error(`The token cannot be read from ${path}: ${errorText(error)}`);
      }
      return checked(text, path);
    },
    stop: () => Promise.resolve(),
  };
}

export interface SecretTokenOptions {
  readonly auth: SecretAuth;
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  /** The token has changed. */
  readonly changed: () => void;
}

/** One key of a Secret, which is watched by its name; nothing else of it is kept. */
export function tokenInSecret({ auth, api, clock, random, changed }: SecretTokenOptions): TokenSource {
  const { namespace, name, key } = auth;
  const where = `Secret ${namespace}/${name}`;
  /** As in `data`; `undefined`: there is none. */
  let encoded: string | undefined;
  let missing = `${where} has not been read yet`;
  /** It is known whether there is a token. */
  const known = Promise.withResolvers<void>();
  let isKnown = false;
  const know = (): void => {
    isKnown = true;
    known.resolve();
  };
  const take = (secret: KubeObject): void => {
    const value = isMap(secret["data"]) ? ownValue(secret["data"], key) : undefined;
    const next = typeof value === "string" && value.length <= mebibyte * 2 ? value : undefined;
    missing = `${where} has no key "${key}"`;
    const isNews = isKnown && next !== encoded;
    encoded = next;
    know();
    if (isNews) changed();
  };
  const gone = (): void => {
    encoded = undefined;
    missing = `There is no ${where}`;
    know();
  };
  const query = { namespace, fieldSelector: `metadata.name=${name}` };
  const informer: Informer = startInformer(api, secretType, query, {
    upsert: take,
    removed: gone,
    restarted() {},
    replaced: (keys) => {
      if (keys.size === 0) gone();
    },
    state: (state, detail) => {
      if (state !== "retrying" || encoded !== undefined) return;
      missing = `${where} cannot be read: ${errorText(detail?.error)}`;
      know();
    },
    failed: (error) => {
      missing = `${where} cannot be read: ${errorText(error)}`;
      know();
    },
  }, { clock, random });
  return {
    async token() {
      await known.promise;
      if (encoded === undefined) throw new Error(missing);
      return checked(decoded(encoded, where, key), `${where}, key "${key}"`);
    },
    stop: () => informer.stop(),
  };
}

function decoded(text: string, where: string, key: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(decodeBase64(text));
  } catch {
    throw new Error(`Key "${key}" of ${where} is no text`); // the error of the decoder could quote it
  }
}

/** A token that a header can carry. */
function checked(text: string, where: string): string {
  const token = text.trim();
  if (token === "") throw new Error(`The token in ${where} is empty`);
  if (token.length > maxToken || !/^[\x21-\x7e]+$/.test(token)) {
    throw new Error(`What is in ${where} is no token: it has spaces, line breaks or other signs, or is too long`);
  }
  return token;
}
