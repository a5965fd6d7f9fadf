import type { JsonMap } from "../../src/base/json.ts";
import { rbacObjects } from "../../src/bundle/mod.ts";
import type { BoxMessage } from "../../src/box/mod.ts";
import { annotations, labels } from "../../src/k8s/names.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { derivePlan, type Plan } from "../../src/plan/mod.ts";
import { type Katalog, loadKatalog } from "../../src/katalog/mod.ts";
import { type Runtime, startRuntime } from "../../src/runtime/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { parseResourcePath } from "../../src/sandbox/http/request.ts";
import { projectRoot } from "../architecture/paths.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { RequestFailed, type Stage } from "../katalogs/stage.ts";
import { realClock } from "../support/clock.ts";
import { type BoundRule, boundRules, isAllowed, type RbacRequest } from "../support/rbac.ts";
import { sandboxHost } from "../support/sandbox_host.ts";
import { waitFor } from "../support/wait_for.ts";

/** One CR that tries to have the Runtime do what its author may not. */
export interface Attack {
  /** A name that says what is in the CR. */
  readonly name: string;
  /** What its author is after. */
  readonly attempts: string;
  /** A Katalog of `katalogs/` in this folder, or an example: `example/database`. */
  readonly katalog: string;
  readonly cr: KubeObject;
  /** Objects that are there before, besides `victims`; with a manager they are applied under its name. */
  readonly before?: readonly { readonly object: KubeObject; readonly manager?: string }[];
  /**
   * What the Katalog has the Runtime write for this CR, besides its status, finalizer and Events: `ConfigMap
   * mallory/a`, `ClusterRole a`. A write of anything else is a hole.
   */
  readonly may: readonly string[];
  /** Of `may`, what an API server refuses and the sandbox does not. */
  readonly stricter?: readonly string[];
  /** What it also writes, if the CR is there long enough: after a Job, say. */
  readonly later?: readonly string[];
  /** The CR is there before the Runtime starts. */
  readonly early?: boolean;
  /** `refused`: the API server does not store the CR. */
  readonly outcome?: "reconciled" | "refused";
}

export interface Verdict {
  readonly outcome: "reconciled" | "refused";
  /** What the Runtime must not have done; empty when it held. */
  readonly violations: readonly string[];
  /** What it wrote, each once, sorted. */
  readonly written: readonly string[];
}

const author = "mallory";

const placeholder = "00000000-0000-4000-8000-000000000000";

/** What others have, and nobody has any business with. */
const victims: readonly KubeObject[] = [
  ...["victim", author, "team-a", "team-secret", "shop-mallory"].map((name): KubeObject => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name },
  })),
  configMap("victim", "settings"),
  configMap("kube-system", "settings"),
  configMap("team-secret", "settings"),
  configMap(author, "theirs"),
  configMap(author, "held", { ownerReferences: [reference("Deployment", "apps/v1", "another")] }),
  secret("victim", "credentials"),
  secret("victim", "shared-public"),
  secret(author, "admin-token"),
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "trusted" },
    rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "trusted-reader", namespace: author },
    rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
  },
];

export function configMap(namespace: string, name: string, metadata: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace, ...metadata }, data: { whose: "others" } };
}

export function secret(namespace: string, name: string): KubeObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, data: { key: "c2VjcmV0" } };
}

/** Whose uid is that of the Deployment `another`, which is there. */
export function reference(kind: string, apiVersion: string, name: string) {
  return {
    apiVersion,
    kind,
    name,
    uid: placeholder,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The controller of what others have. */
const another: KubeObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "another", namespace: author },
  spec: {
    selector: { matchLabels: { app: "another" } },
    template: { metadata: { labels: { app: "another" } }, spec: { containers: [{ name: "a", image: "a" }] } },
  },
};

export interface Loaded {
  readonly katalog: Katalog;
  readonly plan: Plan;
  readonly rules: readonly BoundRule[];
  readonly setup: readonly KubeObject[];
  /** What `ork generate rbac` prints for the Runtime, in `namespace`. */
  readonly objects: readonly JsonMap[];
}

/** Of the installation. */
export const namespace = "orkestra-system";

/** What `ork generate rbac` grants the Runtime for a Katalog. */
export function loadTarget(
  name: string,
  definitions: readonly KubeObject[],
  setup: readonly KubeObject[] = [],
): Loaded {
  const isExample = name.startsWith("example/");
  const path = isExample
    ? `${projectRoot}/katalogs/${name.slice("example/".length)}/katalog.yaml`
    : `${projectRoot}/tests/deputy/katalogs/${name}.yaml`;
  const { katalog, findings } = loadKatalog(
    [{ path, bytes: Deno.readFileSync(path) }],
    (file) => Deno.readFileSync(file),
  );
  if (katalog === undefined) throw new Error(`Cannot load ${path}: ${Deno.inspect(findings)}`);
  const plan = hasty(derivePlan(katalog));
  const components = new Set(["runtime"] as const);
  const objects = rbacObjects({ plan, namespace, components, leases: "process" })
    .map(({ object }) => object as unknown as JsonMap);
  const rules = boundRules(objects, { namespace, name: "orkestra" });
  return { katalog, plan, rules, objects, setup: [...definitions, ...setup] };
}

/** Resyncs often: a CR of an example may need a single pass, and the second one is attacked too. */
function hasty(plan: Plan): Plan {
  const boxes = plan.boxes.map((box) => ({ ...box, reconciler: { ...box.reconciler, resyncMs: 200 } }));
  return { ...plan, boxes };
}

/** An API server that attacks are made on. */
export interface DeputyServer {
  /** Requests as administrator. */
  readonly request: Stage["request"];
  /** Requests of the Runtime, with the permissions that it has there. */
  fetch(request: Request): Promise<Response>;
  /**
   * Makes what is there before an attack: definitions, what others have (`victims`), and a Deployment that controls some
   * of it. Returns the uid of that.
   */
  begin(definitions: readonly KubeObject[], others: readonly KubeObject[], controller: KubeObject): Promise<string>;
  /** What the API server itself did wrong. */
  faults(): string[];
  /** Ends an attack. */
  end(): Promise<void>;
}

/** A sandbox of its own for one attack, where the Runtime may do everything: `Guard` holds it to its roles. */
export function sandboxServer(): DeputyServer {
  const sandbox = createSandbox({ clock: realClock });
  const request = sandboxRequest(sandbox);
  return {
    request,
    fetch: (asked) => sandbox.fetch(asked),
    async begin(definitions, others, controller) {
      const namespaces = others.filter(({ kind }) => kind === "Namespace");
      for (const object of [...definitions, ...namespaces]) await request("POST", collectionOf(object), object);
      const { metadata: { uid } } = await request("POST", collectionOf(controller), controller);
      for (const object of others.filter(({ kind }) => kind !== "Namespace")) {
        await request("POST", collectionOf(object), controlledBy(object, uid!));
      }
      return uid!;
    },
    faults: () => sandbox.faults.map((fault) => `fault of the sandbox: ${Deno.inspect(fault)}`),
    end: () => sandbox.stop(),
  };
}

/** The object, with the uid of its controller where that is meant. */
export function controlledBy(object: KubeObject, uid: string): KubeObject {
  return JSON.parse(JSON.stringify(object).replaceAll(placeholder, uid));
}

/** Has the Runtime reconcile and then delete the CR, and looks at everything that it asks of the API server. */
export async function attempt(
  { cr, before = [], may: declared, later = [], early = false }: Attack,
  { plan, rules, setup }: Loaded,
  server: DeputyServer = sandboxServer(),
): Promise<Verdict> {
  const may = [...declared, ...later];
  const { request } = server;
  const watch = new Guard(plan, rules, cr, may, hasStatusIn(setup, cr));
  const messages: BoxMessage[] = [];
  let runtime: Runtime | undefined;
  /** After the definitions are there, which a box would otherwise look for again seconds later. */
  const start = async (): Promise<void> => {
    runtime = startRuntime({
      plan,
      host: sandboxHost(server, {
        userAgent: "ork-runtime/test",
        reportsIdle: true,
        fetch: (url, init) => watch.pass(new Request(url, init), server),
      }),
      clock: realClock,
      report: (message) => messages.push(message),
    });
    await runtime.lead();
  };
  try {
    const uid = await server.begin(setup, victims, another);
    const real = (object: KubeObject): KubeObject => controlledBy(object, uid);
    for (const { object, manager } of before) await put(request, real(object), manager);
    if (!early) await start();
    const kept = await snapshot(request, [...victims, ...before.map(({ object }) => object)]);
    const path = collectionOf(cr);
    let stored: KubeObject;
    try {
      stored = await request("POST", path, real(cr));
    } catch (error) {
      if (!(error instanceof RequestFailed) || !isRefusal(error)) throw error;
      return { outcome: "refused", violations: watch.violations, written: watch.written };
    }
    watch.owner = stored;
    if (early) await start();
    const { name } = stored.metadata;
    const key = stored.metadata.namespace === undefined ? name : `${stored.metadata.namespace}/${name}`;
    const passes = () => messages.filter((message) => message.type === "pass" && message.key === key).length;
    await waitFor(`two passes of ${key}`, () => passes() >= 2, {
      timeoutMs: 20_000,
      explain: () => messages.slice(-3),
    });
    const seen = await snapshot(request, [...victims, ...before.map(({ object }) => object)]);
    watch.deleting = true;
    await request("DELETE", `${path}/${encodeURIComponent(name)}`);
    await waitFor(
      `${key} is gone`,
      async () => await versionOf(request, `${path}/${encodeURIComponent(name)}`) === undefined,
    );
    const left = await snapshot(request, [...victims, ...before.map(({ object }) => object)]);
    const changed = [...kept].filter(([object, version]) =>
      seen.get(object) !== version || left.get(object) !== version
    )
      .map(([object]) => object).filter((object) => !may.includes(object)).map((object) =>
        `${object} was changed or deleted`
      );
    const defects = messages.flatMap((message) => message.type === "defect" ? [`defect: ${message.stack}`] : []);
    return {
      outcome: "reconciled",
      violations: [...watch.violations, ...changed, ...defects, ...server.faults()],
      written: watch.written,
    };
  } finally {
    await runtime?.stop(1000);
    await server.end();
  }
}

/** What etcd does not take comes as an internal error. */
function isRefusal({ status, message }: RequestFailed): boolean {
  return status === 422 || status === 400 || (status === 500 && message.includes("request is too large"));
}

/** The CRD of the CR has the subresource `status`. */
function hasStatusIn(setup: readonly KubeObject[], { kind }: KubeObject): boolean {
  const definition = setup.find((object) => object["spec"]?.names?.kind === kind);
  return definition?.["spec"].versions.some((version: JsonMap) => version["subresources"] !== undefined) === true;
}

/** Between the Runtime and the API server: RBAC as it is generated, and what the Katalog has it write. */
class Guard {
  readonly #plan: Plan;
  readonly #rules: readonly BoundRule[];
  readonly #cr: KubeObject;
  readonly #may: ReadonlySet<string>;
  readonly #kinds: ReadonlyMap<string, string>;
  readonly #violations = new Set<string>();
  readonly #written = new Set<string>();
  /** The CR as it is stored; absent before. */
  owner: KubeObject | undefined;
  /** The CR is being deleted. */
  deleting = false;
  readonly #writesStatus: boolean;

  constructor(plan: Plan, rules: readonly BoundRule[], cr: KubeObject, may: readonly string[], hasStatus: boolean) {
    this.#plan = plan;
    this.#writesStatus = hasStatus;
    this.#rules = rules;
    this.#cr = cr;
    this.#may = new Set(may);
    const types = plan.boxes.flatMap(({ effects }) => effects.map(({ type }) => type));
    this.#kinds = new Map(types.map(({ group, plural, kind }) => [`${plural}.${group}`, kind]));
  }

  get violations(): string[] {
    return [...this.#violations].sort();
  }

  get written(): string[] {
    return [...this.#written].sort();
  }

  async pass(request: Request, server: Pick<DeputyServer, "fetch">): Promise<Response> {
    const parsed = parseResourcePath(request.method, new URL(request.url));
    const where = `${request.method} ${new URL(request.url).pathname}`;
    if (parsed === undefined) {
      // Discovery, which every client may read (`system:discovery`).
      if (request.method !== "GET") this.#violations.add(`no resource: ${where}`);
      return await server.fetch(request);
    }
    const { group, plural, subresource, query } = parsed;
    const selected = /^metadata\.name=([^,]+)$/.exec(query.get("fieldSelector") ?? "")?.[1];
    const isCollection = parsed.verb === "list" || parsed.verb === "watch";
    const asked: RbacRequest = {
      verb: parsed.verb ?? "none",
      group,
      resource: subresource === "" ? plural : `${plural}/${subresource}`,
      name: parsed.name === "" ? isCollection ? selected : undefined : parsed.name,
      namespace: parsed.namespace === "" ? undefined : parsed.namespace,
    };
    if (!isAllowed(this.#rules, asked)) {
      // Before a finalizer is removed where no status records kinds (docs/permissions.md, "Limits").
      const isSearch = this.deleting && !this.#writesStatus && asked.verb === "list" &&
        (query.get("labelSelector") ?? "").includes(labels.ownerKind);
      if (isSearch) return forbidden();
      this.#violations.add(`not granted: ${JSON.stringify(asked)}`);
      return forbidden();
    }
    const isWrite = request.method !== "GET";
    const body = isWrite ? await bodyOf(request.clone()) : undefined;
    const response = await server.fetch(request);
    // An apply that only creates, and did not, has taken nothing over: so it learns that a name is taken.
    const isHarmless = !response.ok && request.method === "PATCH" && isCreateOnly(body);
    if (isWrite && !isHarmless) this.#checkWrite(request.method, asked, body);
    // An apply that creates is judged as a creation too.
    if (
      request.method === "PATCH" && response.status === 201 &&
      !isAllowed(this.#rules, { ...asked, verb: "create", name: undefined })
    ) {
      this.#violations.add(`not granted: create by ${where}`);
    }
    return response;
  }

  #checkWrite(
    method: string,
    { group, resource, name, namespace: place }: RbacRequest,
    body: JsonMap | undefined,
  ): void {
    const [plural, subresource] = resource.split("/");
    const kind = this.#kinds.get(`${plural}.${group}`) ?? `${plural}.${group}`;
    const metadata = (body?.["metadata"] ?? {}) as JsonMap;
    const object = name ?? String(metadata["name"]);
    const identity = `${kind} ${place === undefined ? "" : `${place}/`}${object}`;
    if (kind === "Event") return this.#checkEvent(place, body);
    if (method === "POST" && "generateName" in metadata) this.#violations.add(`a generated name: ${identity}`);
    const own = `${this.#cr.kind} ${
      this.#cr.metadata.namespace === undefined ? "" : `${this.#cr.metadata.namespace}/`
    }${this.owner?.metadata.name ?? this.#cr.metadata.name}`;
    if (identity === own && this.#plan.boxes.some(({ type }) => type.kind === kind && type.group === group)) {
      const keys = Object.keys(body ?? {}).filter((key) => !["apiVersion", "kind", "metadata", "status"].includes(key));
      if (method === "DELETE" || keys.length > 0) {
        this.#violations.add(`${method} of the CR itself: ${keys.join(", ")}`);
      }
      return;
    }
    this.#written.add(identity);
    if (!this.#may.has(identity)) this.#violations.add(`not declared: ${method} ${identity}`);
    if (subresource !== undefined && subresource !== "status") {
      this.#violations.add(`${method} of ${resource}: ${identity}`);
    }
    if (method === "DELETE" || subresource === "status") return;
    if (body?.["kind"] !== kind) this.#violations.add(`a ${body?.["kind"]} sent as ${identity}`);
    const sent = metadata["namespace"];
    if ((sent ?? undefined) !== place || metadata["name"] !== object) {
      this.#violations.add(`another object sent as ${identity}`);
    }
    this.#checkMetadata(identity, metadata);
  }

  /** What a child carries of the system is the system's. */
  #checkMetadata(identity: string, metadata: JsonMap): void {
    const uid = this.owner?.metadata.uid;
    for (const key of Object.keys(metadata)) {
      if (!sentMetadata.has(key)) this.#violations.add(`metadata.${key} sent for ${identity}`);
    }
    const references = (metadata["ownerReferences"] ?? []) as JsonMap[];
    if (references.some((each) => each["uid"] !== uid)) {
      this.#violations.add(`an owner that is not the CR: ${identity}`);
    }
    const labelled = (metadata["labels"] ?? {}) as JsonMap;
    if ((labelled[labels.ownerUid] ?? uid) !== uid) this.#violations.add(`a forged owner: ${identity}`);
    const known = new Set<string>([...Object.values(labels), ...Object.values(annotations)]);
    for (const key of [...Object.keys(labelled), ...Object.keys((metadata["annotations"] ?? {}) as JsonMap)]) {
      if (key.startsWith("orkestra.orkspace.io/") && !known.has(key)) {
        this.#violations.add(`${key} sent for ${identity}`);
      }
    }
    const annotated = (metadata["annotations"] ?? {}) as JsonMap;
    if (annotated[annotations.deletionPolicy] !== undefined || annotated[annotations.adopted] === "forged") {
      this.#violations.add(`a forged annotation: ${identity}`);
    }
  }

  /** About the CR, in its namespace; or about its definition. */
  #checkEvent(place: string | undefined, body: JsonMap | undefined): void {
    const regarding = (body?.["regarding"] ?? {}) as JsonMap;
    const { name, namespace: home = "default" } = this.owner?.metadata ?? this.#cr.metadata;
    const isAbout = regarding["kind"] === "CustomResourceDefinition" || regarding["name"] === name ||
      this.#plan.boxes.some(({ type }) => type.kind === regarding["kind"]) || body?.["regarding"] === undefined;
    if (!isAbout || (place !== home && place !== "default")) {
      this.#violations.add(`an Event in ${place} about ${regarding["kind"]} ${regarding["name"]}`);
    }
  }
}

const sentMetadata: ReadonlySet<string> = new Set([
  "name",
  "namespace",
  "labels",
  "annotations",
  "ownerReferences",
  "resourceVersion",
  "uid",
]);

async function bodyOf(request: Request): Promise<JsonMap | undefined> {
  const text = await request.text();
  const value: unknown = text === "" ? undefined : JSON.parse(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as JsonMap : undefined;
}

/** See `applyIfAbsent` of the client: no object has this version. */
function isCreateOnly(body: JsonMap | undefined): boolean {
  return (body?.["metadata"] as JsonMap | undefined)?.["resourceVersion"] === "1";
}

function forbidden(): Response {
  return Response.json({
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason: "Forbidden",
    code: 403,
    message: "no",
  }, {
    status: 403,
  });
}

const plurals: Readonly<Record<string, string>> = {
  ConfigMap: "configmaps",
  Secret: "secrets",
  Namespace: "namespaces",
  ClusterRole: "clusterroles",
  Role: "roles",
  Deployment: "deployments",
  CustomResourceDefinition: "customresourcedefinitions",
};

/** Where objects of a kind are: kinds of the tests have an s at their end, but for those of the examples. */
export function collectionOf({ apiVersion, kind, metadata }: KubeObject): string {
  const plural = plurals[kind] ?? (kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`).toLowerCase();
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`}/${plural}`;
}

async function put(request: Stage["request"], object: KubeObject, manager: string | undefined): Promise<void> {
  if (manager === undefined) return void await request("POST", collectionOf(object), object);
  const path = `${collectionOf(object)}/${object.metadata.name}?fieldManager=${manager}`;
  await request("PATCH", path, object, "application/apply-patch+yaml");
}

async function versionOf(request: Stage["request"], path: string): Promise<string | undefined> {
  try {
    const { metadata } = await request("GET", path);
    return `${metadata.uid}@${metadata.resourceVersion}`;
  } catch (error) {
    if (error instanceof RequestFailed && error.status === 404) return undefined;
    throw error;
  }
}

/** `ConfigMap victim/settings` → its version. */
async function snapshot(
  request: Stage["request"],
  objects: readonly KubeObject[],
): Promise<Map<string, string | undefined>> {
  const versions = new Map<string, string | undefined>();
  for (const object of objects) {
    const { kind, metadata: { name, namespace: place } } = object;
    versions.set(
      `${kind} ${place === undefined ? "" : `${place}/`}${name}`,
      await versionOf(request, `${collectionOf(object)}/${name}`),
    );
  }
  return versions;
}
