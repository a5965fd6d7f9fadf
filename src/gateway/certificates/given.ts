import type { Clock } from "../../base/clock.ts";
import { formatTime } from "../../base/clock.ts";
import { errorText } from "../../base/error_text.ts";
import { startInformer } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { type FileReader, RecordingReader, watchFiles } from "../../files/mod.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { Log } from "../../observe/log.ts";
import { certificateVariables } from "../settings.ts";
import { whyUnusable } from "./decide.ts";
import { inspectLeaf, selfSignedEnd } from "./inspect.ts";
import { readSecret } from "./secret.ts";
import type { CertificateState } from "./state.ts";

/** A certificate that somebody else makes and renews. */
export interface GivenCertificate {
  readonly certPem: string;
  readonly keyPem: string;
  /** What API servers verify it with; "": not given. */
  readonly caBundle: string;
}

/** A place where given certificates are kept. */
export interface GivenSource {
  /** What it is for messages: the variables with their files, or the Secret. */
  readonly origin: string;
  /** Watches it; `read` is called with each state, or with why there is none. */
  watch(read: (given: GivenCertificate | { readonly trouble: string }) => void): { stop(): Promise<void> };
}

/** PEM files (`TLS_CERT`, `TLS_KEY`). */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string | undefined;
}

const secretType = builtInType("Secret", "")!;
/** Timers have a maximum of 24 days. */
const maxWaitMs = 24 * 3600_000;

/** Files are read again when any of them has changed. */
export function certificateFiles(files: CertificateFiles, reader: FileReader, clock: Clock): GivenSource {
  return {
    origin: (["cert", "key", "ca"] as const).filter((file) => files[file] !== undefined)
      .map((file) => setting(file, files[file]!)).join(", "),
    watch(read) {
      const look = (): RecordingReader => {
        const recording = new RecordingReader(reader);
        read(readAll(files, recording));
        return recording;
      };
      const stop = watchFiles(look(), clock, () => Promise.resolve(look()));
      return { stop: () => Promise.resolve(stop()) };
    },
  };
}

/** `TLS_CERT=/tls/tls.crt` */
function setting(file: keyof CertificateFiles, path: string): string {
  return `${certificateVariables[file]}=${path}`;
}

/** A Secret of type `kubernetes.io/tls` that another controller keeps, such as cert-manager. */
export function certificateSecret(
  target: { readonly namespace: string; readonly name: string },
  { api, clock, random }: { readonly api: ClusterApi; readonly clock: Clock; readonly random: () => number },
): GivenSource {
  const { namespace, name } = target;
  const shown = `Secret ${namespace}/${name}`;
  const watch: GivenSource["watch"] = (read) => {
    type Read = Parameters<typeof read>[0];
    const absent: Read = { trouble: `${shown} does not exist` };
    /** As last seen; read again when the watch continues after an error. */
    let last: Read | undefined;
    let failing = false;
    const saw = (state: Read): void => {
      failing = false;
      last = state;
      read(state);
    };
    const failed = (what: string, error: unknown): void => {
      failing = true;
      read({ trouble: `${what} ${shown}: ${errorText(error)}` });
    };
    return startInformer(api, secretType, { namespace, fieldSelector: `metadata.name=${name}` }, {
      upsert: (secret) => {
        if (secret.metadata.name === name) saw(givenBy(secret));
      },
      removed: ({ metadata }) => void (metadata.name === name && saw(absent)),
      replaced: (keys) => void (keys.has(`${namespace}/${name}`) || saw(absent)),
      restarted: () => {},
      state: (state, detail) => {
        if (detail !== undefined) failed("Cannot watch", detail.error);
        else if (failing && state === "watching" && last !== undefined) saw(last);
      },
      failed: (error) => failed("Cannot read", error),
    }, { clock, random, streamsState: true });
  };
  return { origin: shown, watch };
}

function givenBy(secret: KubeObject): GivenCertificate {
  const { current, caBundle } = readSecret(secret);
  return { ...current, caBundle };
}

/** Serves what a source gives, and keeps what it has while the source gives nothing that can be served. */
export class GivenCertificates {
  trouble: string | undefined = "The certificate is being read";
  readonly #state: CertificateState;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #origin: string;
  readonly #source: { stop(): Promise<void> };
  #given: GivenCertificate | undefined;
  #logged: string | undefined;
  #cancel = (): void => {};

  constructor(source: GivenSource, state: CertificateState, { clock, log }: { clock: Clock; log: Log }) {
    this.#state = state;
    this.#clock = clock;
    this.#log = log;
    this.#origin = source.origin;
    this.#source = source.watch((given) => {
      if ("trouble" in given) this.#failed(given.trouble);
      else {
        this.#given = given;
        this.#offer();
      }
    });
  }

  /** To be called when what was published has changed. */
  wake(): void {
    this.#offer();
  }

  async stop(): Promise<void> {
    this.#cancel();
    await this.#source.stop();
    this.#cancel();
  }

  #offer(): void {
    this.#cancel();
    if (this.#given === undefined) return;
    const { caBundle } = this.#given;
    // Without a CA, clients verify with the roots of their system, unless the certificate is its own CA.
    const bundle = caBundle.trim() === "" ? selfSignedEnd(this.#given.certPem) : caBundle;
    const leaf = inspectLeaf(this.#given, bundle);
    const why = whyUnusable(leaf, this.#clock.wallMs());
    if ("trouble" in leaf || why !== undefined) return this.#failed(`The certificate of ${this.#origin} ${why}`);
    this.trouble = undefined;
    this.#logged = undefined;
    const before = this.#state.leaf;
    const waitMs = this.#state.offer(leaf, bundle ?? "");
    if (waitMs > 0) this.#cancel = this.#clock.after(Math.min(waitMs, maxWaitMs), () => this.#offer());
    else if (this.#state.leaf !== before) {
      const notAfter = formatTime(leaf.notAfterMs);
      this.#log("info", `The certificate of ${this.#origin} is served; it is valid until ${notAfter}`, {
        event: "certificate.served",
        origin: this.#origin,
        notAfter,
      });
    }
  }

  #failed(text: string): void {
    this.trouble = text;
    if (text === this.#logged) return;
    this.#logged = text;
    const kept = this.#state.leaf === undefined ? "" : "; the one before is served";
    this.#log("warn", `${text}${kept}`, { event: "certificate.error", error: text });
  }
}

function readAll({ cert, key, ca }: CertificateFiles, reader: RecordingReader): GivenCertificate | { trouble: string } {
  const certPem = readText("cert", cert, reader);
  const keyPem = readText("key", key, reader);
  const caBundle = ca === undefined ? "" : readText("ca", ca, reader);
  for (const read of [certPem, keyPem, caBundle]) if (typeof read === "object") return read;
  return { certPem: certPem as string, keyPem: keyPem as string, caBundle: caBundle as string };
}

function readText(
  file: keyof CertificateFiles,
  path: string,
  reader: RecordingReader,
): string | { trouble: string } {
  const read = reader.read(path);
  const failed = (why: string) => ({ trouble: `Cannot read ${setting(file, path)}: ${why}` });
  if (read === "folder") return failed("it is a folder");
  if ("trouble" in read) return failed(read.trouble);
  return new TextDecoder().decode(read.bytes);
}
