import type { Clock } from "../../src/base/clock.ts";
import type { BoxMessage } from "../../src/box/mod.ts";
import { type ClientOptions, createClusterApi } from "../../src/cluster/mod.ts";
import type { Condition, KubeObject } from "../../src/k8s/object.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import type { Log } from "../../src/observe/log.ts";
import type { Tracer } from "../../src/observe/trace/mod.ts";
import {
  type CrossSourcesOptions,
  katalogDocuments,
  type Runtime,
  type Served,
  startCrossSources,
  startRuntime,
} from "../../src/runtime/mod.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { RequestFailed, type Stage } from "../katalogs/stage.ts";
import { realClock } from "../support/clock.ts";
import { externalOf } from "../support/external_calls.ts";
import { openDefinition, openSchema } from "../support/open_definition.ts";
import { sandboxHost } from "../support/sandbox_host.ts";
import { waitFor } from "../support/wait_for.ts";

const userAgent = "ork-runtime/test";
export const demos = "/apis/demo.dev/v1/namespaces/default/demos";

/** A condition that another controller has set. */
export const othersCondition = {
  type: "Other",
  status: "True",
  reason: "R",
  message: "",
  lastTransitionTime: "2026-01-01T00:00:00Z",
};

/** Intercepts calls of an operator to its API server. */
export type Between = (request: Request, forward: () => Promise<Response>) => Promise<Response>;

/** A sandbox, and what an administrator does with it. */
export interface Cluster extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly request: Stage["request"];
  /** Creates a CRD. */
  define(kind: string, crd?: CrdOptions): Promise<void>;
  get(path: string): Promise<KubeObject | undefined>;
  /** Waits for an object that `is` accepts. */
  until(path: string, is: (object: KubeObject) => boolean): Promise<KubeObject>;
  /** Waits until there is no such object. */
  untilGone(path: string): Promise<void>;
}

export interface CrdOptions {
  /** `demo.dev` when absent. */
  readonly group?: string;
  /** Schemas; everything is allowed when absent. */
  readonly spec?: Record<string, unknown> | undefined;
  readonly statusSchema?: Record<string, unknown> | undefined;
  /** False: no status subresource. */
  readonly status?: boolean | undefined;
  readonly selectableFields?: readonly string[] | undefined;
  /** True when absent. */
  readonly namespaced?: boolean;
}

export function createCluster(options: { readonly simulateWorkloads?: boolean } = {}): Cluster {
  const sandbox = createSandbox({ clock: realClock, ...options });
  const request = sandboxRequest(sandbox);
  const get: Cluster["get"] = async (path) => {
    try {
      return await request("GET", path);
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 404) return undefined;
      throw error;
    }
  };
  return {
    sandbox,
    request,
    get,
    async define(kind, { group = "demo.dev", spec, statusSchema, status, selectableFields, namespaced = true } = {}) {
      const definition = openDefinition({ group, kind, plural: pluralOf(kind), namespaced });
      const [version] = definition["spec"].versions;
      version.schema.openAPIV3Schema.properties = { spec: spec ?? openSchema, status: statusSchema ?? openSchema };
      if (status === false) delete version.subresources;
      if (selectableFields !== undefined) {
        version.selectableFields = selectableFields.map((jsonPath) => ({ jsonPath }));
      }
      await request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
    },
    async until(path, is) {
      let last: KubeObject | undefined;
      return await waitFor(`${path} is as wanted`, async () => {
        last = await request("GET", path);
        return is(last) ? last : undefined;
      }, { timeoutMs: 10_000, explain: () => last });
    },
    async untilGone(path) {
      await waitFor(`${path} is gone`, async () => await get(path) === undefined, { timeoutMs: 10_000 });
    },
    [Symbol.asyncDispose]: () => sandbox.stop(),
  };
}

/** One entry of `spec.crds`. */
export interface CrdEntry {
  readonly key: string;
  /** `Demo` of `demo.dev` when absent. */
  readonly kind?: string;
  readonly group?: string;
  /** Body of `operatorBox`, without `reconciler`. */
  readonly box: string;
  /** Fields beside `operatorBox`. */
  readonly more?: string | undefined;
  /** Body of `reconciler`. */
  readonly reconciler?: string | undefined;
}

export interface StartOptions {
  /** `metadata.name` of the Katalog; `test` when absent. */
  readonly katalog?: string;
  /** `security` of the Katalog, in one line. */
  readonly security?: string;
  readonly between?: Between | undefined;
  readonly limits?: ClientOptions["limits"];
  /** Of the operator; real time when absent. */
  readonly clock?: Clock;
  /** As of a box: runs synchronous work. */
  readonly bounded?: <T>(run: () => T) => T;
  /** Passes that change nothing are reported too; true when absent. */
  readonly reportsIdle?: boolean;
  /** False: `start` returns before the boxes work, since some have to wait. */
  readonly awaitsLead?: boolean;
  /** Reaches other Runtimes; without it none can be reached. */
  readonly connect?: CrossSourcesOptions["connect"];
  /** What is logged of other Runtimes. */
  readonly log?: Log;
  /** Records passes in traces. */
  readonly tracer?: Tracer;
  /** Called with every message. */
  readonly report?: (message: BoxMessage) => void;
}

/** A running operator. */
export interface Running extends AsyncDisposable {
  readonly messages: BoxMessage[];
  /** What an HTTP API shows of it. */
  readonly served: Served;
  readonly runtime: Runtime;
  stop(): Promise<void>;
}

/** Starts an operator with these entries, and waits until its boxes work. */
export async function start(
  { sandbox }: Pick<Cluster, "sandbox">,
  entries: readonly CrdEntry[],
  options: StartOptions = {},
): Promise<Running> {
  const { katalog: name = "test", between = (_request, forward) => forward(), report, limits } = options;
  const security = options.security === undefined ? "" : `security: ${options.security}\n`;
  const { reportsIdle = true, awaitsLead = true, clock = realClock, bounded } = options;
  const crds = entries.map(({ key, kind = "Demo", group = "demo.dev", box, more = "", reconciler = "resync: 1h" }) => `
    ${key}:
      apiTypes: { group: ${group}, version: v1, kind: ${kind}, plural: ${pluralOf(kind)} }
${indented(more, 6)}
      operatorBox:
        reconciler:
${indented(reconciler, 10)}
${indented(box, 8)}`);
  const text = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: ${name} }
${security}spec:
  crds:${crds.join("")}
`;
  const { findings, katalog, documents = [] } = loadKatalog(
    [{ path: "katalog.yaml", bytes: new TextEncoder().encode(text) }],
    () => undefined,
  );
  if (katalog === undefined) throw new Error(`The Katalog of the test is broken: ${Deno.inspect(findings)}`);
  const messages: BoxMessage[] = [];
  const plan = derivePlan(katalog);
  const crossSources = startCrossSources(plan.boxes, {
    connect: options.connect ?? (() => ({ request: () => Promise.reject(new Error("No network")), close() {} })),
    openApi: () =>
      createClusterApi({ server: "http://sandbox", auth: { kind: "none" }, source: "test" }, {
        userAgent,
        clock,
        random: Math.random,
        fetch: (url, init) => sandbox.fetch(new Request(url, init)),
      }),
    readTextFile: () => Promise.reject(new Error("No files")),
    clock,
    random: Math.random,
    log: options.log ?? (() => {}),
  });
  const runtime = startRuntime({
    plan,
    crossSources,
    host: sandboxHost(sandbox, {
      userAgent,
      reportsIdle,
      clock,
      bounded,
      external: externalOf(sandbox, clock),
      tracer: options.tracer,
      ...(limits === undefined ? {} : { limits }),
      fetch: (url, init) => {
        const call = new Request(url, init);
        return between(call, () => sandbox.fetch(call));
      },
    }),
    clock,
    report: (message) => {
      messages.push(message);
      report?.(message);
    },
  });
  const leading = runtime.lead();
  if (awaitsLead) await leading;
  let stopped: Promise<void> | undefined;
  const stop = () => stopped ??= runtime.stop(1000).then(() => crossSources.stop());
  const leadership = { isLeader: true, holder: "test" };
  const served = {
    plan,
    documents: katalogDocuments(katalog, documents),
    boxes: runtime.boxes,
    leadership,
    crossSources,
  };
  return { messages, runtime, served, stop, [Symbol.asyncDispose]: stop };
}

/** Texts of the changes that were reported. */
export function changesOf(messages: readonly BoxMessage[]): string[] {
  return messages.flatMap((message) => message.type === "pass" ? message.changes.map(({ text }) => text) : []);
}

/** A Demo with this spec. */
export function demoOf(name: string, spec: unknown = {}, labels: Record<string, string> = {}): unknown {
  return { apiVersion: "demo.dev/v1", kind: "Demo", metadata: { name, labels }, spec };
}

/** A condition of a CR. */
export function conditionOf(cr: KubeObject | undefined, type: string): Condition | undefined {
  return cr?.["status"]?.conditions?.find((item: Condition) => item.type === type);
}

/** Waits for this number of further passes that change nothing. */
export async function untilIdle(messages: readonly BoxMessage[], passes: number): Promise<void> {
  const count = () => messages.filter((message) => message.type === "pass" && message.changes.length === 0).length;
  const before = count();
  await waitFor(`${passes} idle passes`, () => count() >= before + passes);
}

/** An operator on a sandbox of its own, for one kind `Demo`. */
export interface Operator extends Cluster {
  readonly messages: readonly BoxMessage[];
  /** Applies a Demo with this spec. */
  demo(name: string, spec: unknown): Promise<void>;
  /** Waits for this number of further passes that change nothing. */
  idle(passes: number): Promise<void>;
  /** Requests of the operator since the last call, watches left out. */
  calls(): string[];
}

/**
 * `box` is the body of `operatorBox`, `more` the fields beside it; the schema is that of Demo's status. `between`
 * intercepts the operator's calls to its API server.
 */
export async function operatorFor(
  katalog: { box: string; more?: string; resync?: string; reconciler?: string },
  crd: { schema?: Record<string, unknown>; status?: boolean } = {},
  between?: Between,
  options: Omit<StartOptions, "between"> & { readonly simulateWorkloads?: boolean; readonly kinds?: string[] } = {},
): Promise<Operator> {
  const { simulateWorkloads = true, kinds = [], ...rest } = options;
  const cluster = createCluster({ simulateWorkloads });
  const { sandbox, request } = cluster;
  await cluster.define("Demo", { statusSchema: crd.schema, status: crd.status });
  for (const kind of kinds) await cluster.define(kind);
  const { box, more, resync = "200ms", reconciler = `resync: ${resync}` } = katalog;
  const operator = await start(cluster, [{ key: "demo", box, more, reconciler }], { ...rest, between });
  const { messages } = operator;
  let seen = sandbox.requests.total;
  return {
    ...cluster,
    messages,
    async demo(name, spec) {
      const path = `${demos}/${name}?fieldManager=user`;
      const object = { apiVersion: "demo.dev/v1", kind: "Demo", metadata: { name }, spec };
      await request("PATCH", path, object, "application/apply-patch+yaml");
    },
    idle: (passes) => untilIdle(messages, passes),
    calls() {
      const fresh = sandbox.requests.total - seen;
      seen = sandbox.requests.total;
      return sandbox.requests.list().slice(-fresh || Infinity).filter((item) =>
        item.userAgent === userAgent && !item.watch
      )
        .map((item) =>
          `${item.verb} ${item.resource}${item.subresource === "" ? "" : `/${item.subresource}`} ${item.name}`
        );
    },
    async [Symbol.asyncDispose]() {
      await operator.stop();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

function pluralOf(kind: string): string {
  return `${kind.toLowerCase()}s`;
}

function indented(text: string, columns: number): string {
  return text.trim() === "" ? "" : text.trim().split("\n").map((line) => " ".repeat(columns) + line).join("\n");
}
