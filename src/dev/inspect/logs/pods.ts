import type { Clock } from "../../../base/clock.ts";
import { errorText } from "../../../base/error_text.ts";
import { isMap, type Json, ownValue } from "../../../base/json.ts";
import { ApiError, isCallError, isNotFound, sleep, startInformer } from "../../../cluster/mod.ts";
import type { PodLogReader } from "../../../cluster/pod_log.ts";
import type { ClusterApi } from "../../../cluster/ports.ts";
import type { KubeObject } from "../../../k8s/object.ts";
import { builtInType } from "../../../k8s/resource_types.ts";
import { InspectError } from "../inspect_error.ts";
import { printable } from "../printable.ts";
import { EntryReader, type LogEntry } from "./entry.ts";

/** Which Pods: those of an installation with these components, or the named ones. */
export interface PodChoice {
  readonly namespace: string;
  readonly labelSelector: string;
  readonly names: readonly string[];
}

export interface PodLogsOptions {
  readonly choice: PodChoice;
  /** Lines from then on, RFC 3339. */
  readonly since?: string | undefined;
  readonly api: ClusterApi;
  readonly logs: PodLogReader;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly opened: (pod: string) => void;
  readonly ended: (pod: string) => void;
  readonly add: (entry: LogEntry) => void;
  /** What the user should know, each text once. */
  readonly trouble: (text: string) => void;
}

const podType = builtInType("Pod")!;
/** Name of the container in the Pods that `ork generate` prints. */
const ourContainer = "ork";
/** Logs that are read at a time. */
const maxPods = 64;
/** Waits before a log is opened again. */
const backoff = { initialMs: 500, maxMs: 10_000 };

/** Reads what the logs of the Pods have. Throws `InspectError`. */
export async function readPods(options: PodLogsOptions): Promise<void> {
  const { choice, api, logs, since, signal } = options;
  const pods: KubeObject[] = [];
  try {
    await api.list(
      podType,
      queryOf(choice),
      (items) => void pods.push(...items.filter((pod) => isChosen(pod, choice))),
    );
  } catch (error) {
    throw cannotList(error, choice);
  }
  if (pods.length === 0) {
    throw new InspectError(`There is no Pod ${describe(choice)}; name the namespace of the Runtime`);
  }
  const read = chosen(pods, options.trouble);
  for (const { metadata: { name } } of read) options.opened(name);
  await Promise.all(read.map(async (pod) => {
    const { name } = pod.metadata;
    const reader = new EntryReader(name);
    const target = { namespace: choice.namespace, pod: name, container: containerOf(pod) };
    try {
      await logs.read(target, { follow: false, since, signal }, (line) => options.add(reader.readStamped(line)));
    } catch (error) {
      if (!isCallError(error)) throw error;
      options.trouble(`Cannot read the log of Pod ${name}: ${adviceOf(error)}`);
    } finally {
      options.ended(name);
    }
  }));
}

/**
 * Follows the logs of the Pods until the signal aborts: of those that are there, of those that come later, and of
 * containers that are started again.
 */
export async function followPods(options: PodLogsOptions): Promise<void> {
  const { choice, api, clock, random, signal, trouble } = options;
  /** uid → the Pod as it is. */
  const present = new Map<string, KubeObject>();
  const followed = new Map<string, Promise<void>>();
  const seen = (pod: KubeObject): void => {
    if (!isChosen(pod, choice)) return;
    const { uid = "", name } = pod.metadata;
    present.set(uid, pod);
    if (followed.has(uid) || signal.aborted) return;
    if (followed.size >= maxPods) return trouble(tooMany);
    const following = followPod(options, pod, () => present.get(uid)).finally(() => {
      followed.delete(uid);
      // Another Pod of the name, as of a StatefulSet, may be read already.
      if (![...followed.keys()].some((other) => present.get(other)?.metadata.name === name)) options.ended(name);
    });
    followed.set(uid, following);
  };
  const informer = startInformer(api, podType, queryOf(choice), {
    upsert: seen,
    removed: ({ metadata: { uid = "" } }) => void present.delete(uid),
    restarted: () => {},
    replaced: (keys) => {
      for (const [uid, { metadata: { namespace, name } }] of present) {
        if (!keys.has(`${namespace}/${name}`)) present.delete(uid);
      }
      if (present.size === 0) trouble(`There is no Pod ${describe(choice)} yet; waiting for one`);
    },
    state: (state, detail) => {
      if (state === "retrying") trouble(`${cannotList(detail?.error, choice).message}; trying again`);
    },
    failed: (error) => trouble(`Cannot follow the Pods: ${errorText(error)}`),
  }, { clock, random, signal });
  await aborted(signal);
  await informer.stop();
  await Promise.all(followed.values());
}

async function followPod(
  options: PodLogsOptions,
  first: KubeObject,
  now: () => KubeObject | undefined,
): Promise<void> {
  const { logs, clock, signal, trouble, choice: { namespace } } = options;
  const { name } = first.metadata;
  const reader = new EntryReader(name, clock.wallMs());
  const resume = new Resume(options.since);
  let failures = 0;
  for (let pod: KubeObject | undefined = first; pod !== undefined && !signal.aborted; pod = now()) {
    if (!hasStarted(pod)) {
      await sleep(clock, backoff.initialMs, signal);
      continue;
    }
    const isOver = isFinished(pod);
    try {
      options.opened(name);
      const target = { namespace, pod: name, container: containerOf(pod) };
      const query = { follow: true, since: resume.since, signal };
      resume.begin();
      await logs.read(target, query, (line) => {
        failures = 0;
        if (resume.isNew(line)) options.add(reader.readStamped(line));
      });
      if (isOver) return;
    } catch (error) {
      if (signal.aborted || isNotFound(error)) return;
      if (!isCallError(error)) throw error;
      // The container is being started.
      const isWaiting = error instanceof ApiError && error.status === 400;
      if (!isWaiting) trouble(`Cannot read the log of Pod ${name}: ${adviceOf(error)}; trying again`);
    }
    options.ended(name);
    const waitMs = Math.min(backoff.maxMs, backoff.initialMs * 2 ** Math.min(failures++, 10));
    await sleep(clock, waitMs, signal);
  }
}

/** Continues a log where it broke off: the API server begins with the second of the last line. */
class Resume {
  since: string | undefined;
  #last = "";
  /** Lines with the last time, that were seen, and that were seen again. */
  #seen = 0;
  #again = 0;

  constructor(since: string | undefined) {
    this.since = since;
  }

  begin(): void {
    this.#again = 0;
  }

  /** Is the line none that was read before? */
  isNew(line: string): boolean {
    const stamp = line.slice(0, line.indexOf(" "));
    const time = comparable(stamp);
    if (time < this.#last) return false;
    if (time > this.#last) {
      this.#last = time;
      this.since = stamp;
      this.#seen = this.#again = 1;
      return true;
    }
    if (++this.#again <= this.#seen) return false;
    this.#seen = this.#again;
    return true;
  }
}

/** A time that compares as text: nodes leave out zeros at the end of the fraction. */
function comparable(stamp: string): string {
  const [, second = "", fraction = "", zone = "Z"] = /^([^.Z+]{19})(?:\.(\d+))?(.*)$/.exec(stamp) ?? [];
  const ms = Date.parse(`${second}${zone}`);
  return `${Number.isNaN(ms) ? "" : String(ms).padStart(15, "0")}.${fraction.padEnd(9, "0")}`;
}

const tooMany = `More than ${maxPods} Pods: the others are left out; name some with --pod`;

function chosen(pods: readonly KubeObject[], trouble: (text: string) => void): readonly KubeObject[] {
  if (pods.length > maxPods) trouble(tooMany);
  return pods.slice(0, maxPods);
}

function queryOf({ namespace, labelSelector, names }: PodChoice): { namespace: string; labelSelector?: string } {
  return names.length === 0 ? { namespace, labelSelector } : { namespace };
}

function isChosen({ metadata: { name } }: KubeObject, { names }: PodChoice): boolean {
  return names.length === 0 || names.includes(name);
}

function describe({ namespace, labelSelector, names }: PodChoice): string {
  return names.length === 0
    ? `with ${labelSelector} in namespace ${namespace}`
    : `${names.join(", ")} in namespace ${namespace}`;
}

/** Ours where there are several: a mesh adds its own. */
function containerOf(pod: KubeObject): string | undefined {
  const names = listAt(pod["spec"], "containers").map((container) => String(ownValue(container, "name") ?? ""));
  return names.includes(ourContainer) ? ourContainer : names[0];
}

function hasStarted(pod: KubeObject): boolean {
  const container = containerOf(pod);
  const statuses = listAt(pod["status"], "containerStatuses");
  const status = statuses.find((one) => ownValue(one, "name") === container);
  const state = status && ownValue(status, "state");
  return isMap(state) && (ownValue(state, "running") !== undefined || ownValue(state, "terminated") !== undefined);
}

function isFinished(pod: KubeObject): boolean {
  const status: Json | undefined = pod["status"];
  const phase = isMap(status) ? ownValue(status, "phase") : undefined;
  return phase === "Succeeded" || phase === "Failed";
}

function listAt(value: Json | undefined, key: string): Record<string, Json>[] {
  const list = isMap(value) ? ownValue(value, key) : undefined;
  return Array.isArray(list) ? list.filter(isMap) : [];
}

function cannotList(error: unknown, { namespace }: PodChoice): InspectError {
  return new InspectError(`Cannot list the Pods of namespace ${namespace}: ${adviceOf(error)}`);
}

function adviceOf(error: unknown): string {
  const text = printable(errorText(error)).replace(/\.$/, "");
  if (!(error instanceof ApiError) || error.status !== 403) return text;
  return `${text}; ork logs needs get, list and watch of pods, and get of pods/log`;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
