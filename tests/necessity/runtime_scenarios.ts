import type { JsonMap } from "../../src/base/json.ts";
import { annotations, labels } from "../../src/k8s/names.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { differenceFrom } from "../katalogs/difference.ts";
import { RequestFailed } from "../katalogs/stage.ts";
import type { ProxiedCall } from "../support/fault_proxy.ts";
import { runBinary, type RunningBinary } from "../support/run_binary.ts";
import { runtimeCommand } from "../support/runtime_binary.ts";
import type { Account, Installation } from "./installation.ts";
import { type Scenario, waitUnlessCancelled } from "./scenario.ts";

const apply = "application/apply-patch+yaml";
const merge = "application/merge-patch+json";
/** The garbage collector learns of a new kind within half a minute; nothing here waits for it. */
const prepareMs = 90_000;

/** A Runtime on an installation. */
class Stage {
  readonly installation: Installation;
  readonly account: Account;
  limitMs = prepareMs;
  isCancelled = false;
  process: RunningBinary | undefined;

  constructor(installation: Installation, account: Account) {
    this.installation = installation;
    this.account = account;
  }

  start(katalog = this.installation.example.katalog): void {
    const { namespace, kubeconfig } = this.account;
    this.process = runBinary([
      ...[...runtimeCommand, "run", "-f", katalog, "--namespace", namespace, "--kubeconfig", kubeconfig],
      ...["--isolation", "shared"],
    ], { env: { LEADER_ELECTION: "true" } });
  }

  async until(
    what: string,
    probe: () => Promise<boolean> | boolean,
    timeoutMs = this.limitMs,
    explain?: () => unknown,
  ): Promise<void> {
    const isCancelled = () => this.isCancelled;
    await waitUnlessCancelled(what, probe, { timeoutMs, isCancelled, ...(explain === undefined ? {} : { explain }) });
  }

  async watching(timeoutMs = this.limitMs): Promise<void> {
    const { plan, request, namespace } = this.installation;
    await this.until("every operator watches", () => {
      return (this.process!.stdout.match(/: watching, /g) ?? []).length >= plan.boxes.length;
    }, timeoutMs);
    await this.until("it leads, and renews the Lease", async () => {
      const lease = await request(
        "GET",
        `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/orkestra-konductor`,
      );
      return lease["spec"].renewTime !== lease["spec"].acquireTime;
    }, timeoutMs);
  }

  async applyCrs(): Promise<void> {
    const { example, known, request } = this.installation;
    for (const cr of example.crs) await request("PATCH", `${known.path(cr)}?fieldManager=tester`, cr, apply);
  }

  async converged(timeoutMs = this.limitMs): Promise<void> {
    const { example, known, stage } = this.installation;
    let last: string | undefined;
    await this.until(
      `${example.name} is as expected`,
      async () => {
        last = await differenceFrom(example, known, stage);
        return last === undefined;
      },
      timeoutMs,
      () => last,
    );
  }

  cr(): Promise<KubeObject> {
    const { example, known, request } = this.installation;
    return request("GET", known.path(example.crs[0]!));
  }

  /** Events about the first CR. */
  async events(): Promise<KubeObject[]> {
    const { request, example } = this.installation;
    // Those about cluster-scoped objects are in `default`.
    const { namespace = "default" } = example.crs[0]!.metadata;
    const { items = [] } = await request("GET", `/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
    return items.filter((event) => event["regarding"]?.name === example.crs[0]!.metadata.name);
  }

  /** A condition of the first CR. */
  async condition(type: string): Promise<{ status: string; reason: string; message: string } | undefined> {
    return (await this.cr()).status?.conditions?.find((each: { type: string }) => each.type === type);
  }

  async isThere(path: string): Promise<boolean> {
    try {
      await this.installation.request("GET", path);
      return true;
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 404) return false;
      throw error;
    }
  }
}

/** Is in the namespace, made by others, under the name of a child. */
function foreign({ apiVersion, kind, metadata, ...rest }: KubeObject): KubeObject {
  const { status: _status, ...content } = rest;
  const spec = content["spec"] as JsonMap | undefined;
  if (kind === "Service") { for (const key of ["clusterIP", "clusterIPs"]) delete spec?.[key]; }
  if (kind === "PersistentVolumeClaim") delete spec?.["volumeName"];
  if (kind === "Job") {
    delete spec?.["selector"];
    delete ((spec?.["template"] as JsonMap)["metadata"] as JsonMap)["labels"];
  }
  return { ...content, apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace! } };
}

/** The same for several, Namespaces before what is in them. */
function foreigners(objects: readonly KubeObject[]): KubeObject[] {
  const ofCluster = objects.filter(({ metadata }) => metadata.namespace === undefined);
  return [...ofCluster, ...objects.filter((object) => !ofCluster.includes(object))].map(foreign);
}

/** How long it is waited for names that may never be tried. */
const lateMs = 10_000;

const neverCondition = { field: "metadata.name", equals: "nobody-is-called-so" };

/** Every entry of children is changed; `jobs` are lists of their own, since their conditions prune nothing. */
function changeEntries(entries: Record<string, JsonMap>, change: (entry: JsonMap, list: string) => void): void {
  for (const { operatorBox } of Object.values(entries) as unknown as { operatorBox: Record<string, JsonMap> }[]) {
    for (const block of [operatorBox["onCreate"], operatorBox["onReconcile"]]) {
      for (const [list, items] of Object.entries(block ?? {})) {
        if (Array.isArray(items)) { for (const item of items) change(item as JsonMap, list); }
      }
    }
  }
}

/** What a Runtime does, each from its start; the first that uses a permission shows that it is missing. */
export function runtimeScenarios(installation: Installation, account: Account): Scenario[] {
  const { example, known, request, namespace, plan } = installation;
  const scenario = (
    name: string,
    run: (stage: Stage) => Promise<void>,
    prepare?: (stage: Stage) => Promise<void>,
  ): Scenario => {
    const stage = new Stage(installation, account);
    const end = async (): Promise<string> => {
      account.proxy.onCall = undefined;
      const { process } = stage;
      stage.process = undefined;
      await process?.stop();
      return `${process?.stdout ?? ""}${process?.stderr ?? ""}`;
    };
    return {
      name,
      reset: () => installation.reset(),
      prepare: async () => {
        stage.limitMs = prepareMs;
        stage.isCancelled = false;
        await prepare?.(stage);
        if (stage.process !== undefined) await end();
      },
      run: (limitMs) => {
        stage.limitMs = limitMs;
        stage.isCancelled = false;
        return run(stage);
      },
      printed: () => `${stage.process?.stdout ?? ""}${stage.process?.stderr ?? ""}`,
      cancel: () => void (stage.isCancelled = true),
      end,
      told: async () => {
        const crs = await Promise.all(
          example.crs.map(async (cr) => await known.isGone(cr) ? undefined : await request("GET", known.path(cr))),
        );
        return JSON.stringify([
          crs.map((cr) => cr?.status ?? null),
          (await stage.events()).map((event) => event["note"]),
        ]);
      },
    };
  };
  const running = async (stage: Stage, katalog?: string): Promise<void> => {
    stage.start(katalog);
    await stage.watching();
  };
  const made = async (stage: Stage): Promise<void> => {
    stage.start();
    await stage.watching(prepareMs);
    await stage.applyCrs();
    await stage.converged(prepareMs);
  };

  // Only those that are reconciled go when they are declared no more.
  const keepsJobs = plan.boxes.some(({ entries }) =>
    entries.some(({ shorthand, mode }) => shorthand === "jobs" && mode === "apply")
  );
  const saysTaken = (stage: Stage): Promise<void> =>
    stage.until(
      "the CR says whose the names are",
      async () => (await stage.condition("Ready"))?.reason === "NameTaken",
    );
  const create = (object: KubeObject) => request("POST", known.path(object).replace(/\/[^/]+$/, ""), object);
  /** What others could have in the place of the children, which were made and are gone again. */
  const othersOf = async (stage: Stage, isWanted = (_child: KubeObject) => true): Promise<KubeObject[]> => {
    await made(stage);
    const others = foreigners((await known.children()).filter(isWanted));
    await stage.process!.stop();
    await installation.reset();
    return others;
  };
  let lateNames: readonly KubeObject[] = [];
  return [
    scenario("start", (stage) => running(stage)),
    scenario("create", async (stage) => {
      await running(stage);
      await stage.applyCrs();
      await stage.converged();
      await stage.until("an Event says so", async () => (await stage.events()).length > 0);
    }),
    scenario("change", async (stage) => {
      await running(stage);
      await stage.converged();
      for (const child of await known.children()) {
        const path = known.path(child);
        if (child.metadata.annotations?.[annotations.applied] !== undefined) {
          const patch = { metadata: { labels: { [labels.managedBy]: "hand", [labels.owner]: null } } };
          // What belongs to a child that was deleted just before may be gone with it, and is made again.
          await stage.until(`${path} is there`, () => stage.isThere(path));
          await request("PATCH", path, patch, merge);
          await stage.until(`${path} is put back`, async () => {
            const { metadata } = await request("GET", path);
            return metadata.labels?.[labels.managedBy] === "orkestra" && metadata.labels[labels.owner] !== undefined;
          });
        }
        if (child.kind === "PersistentVolumeClaim") continue;
        await request("DELETE", `${path}?propagationPolicy=Background`);
        await stage.until(`${path} is back`, async () => {
          const { metadata } = await request("GET", path);
          return metadata.uid !== child.metadata.uid && metadata.deletionTimestamp === undefined;
        });
      }
    }, made),
    scenario("broken watches", async (stage) => {
      await running(stage);
      await stage.converged();
      const { proxy } = account;
      const before = proxy.watches;
      proxy.cutWatches();
      await stage.until("every watch is open again", () => proxy.watches >= before);
      // What a watch of children, or of CRs, would report.
      for (const child of await known.children()) {
        if (child.kind === "PersistentVolumeClaim") continue;
        const path = known.path(child);
        await request("DELETE", `${path}?propagationPolicy=Background`);
        await stage.until(
          `${path} is back`,
          async () => (await request("GET", path)).metadata.uid !== child.metadata.uid,
        );
      }
      for (const cr of example.crs) await request("DELETE", known.path(cr));
      await stage.until("the CRs are let go", async () => {
        return (await Promise.all(example.crs.map((cr) => known.isGone(cr)))).every(Boolean);
      }, stage.limitMs);
    }, made),
    scenario("names that are taken", async (stage) => {
      await running(stage);
      await stage.applyCrs();
      await saysTaken(stage);
    }, async (stage) => {
      for (const object of await othersOf(stage)) await create(object);
    }),
    // What comes after a Job, or stands in a Namespace of the CR's, is not tried while that is another's.
    scenario("names that are taken in the last moment", async (stage) => {
      const left = new Map(lateNames.map((object) => [known.path(object), object]));
      account.proxy.onCall = async ({ method, path }) => {
        const object = method === "PATCH" ? left.get(path.split("?")[0]!) : undefined;
        if (object === undefined) return;
        left.delete(known.path(object));
        await create(object);
      };
      await running(stage);
      await stage.applyCrs();
      await saysTaken(stage);
      const isRead = (object: KubeObject) =>
        account.proxy.calls.some(({ kind, path, status }) =>
          kind === "get" && status === 200 && path.split("?")[0] === known.path(object)
        );
      await stage.until("whose the names are was read", () => lateNames.every(isRead), lateMs).catch(() => {
        // Some are never tried, since they wait for one whose name is taken.
      });
    }, async (stage) => {
      lateNames = await othersOf(
        stage,
        ({ kind, metadata }) => kind !== "Namespace" && metadata.annotations?.[annotations.applied] !== undefined,
      );
    }),
    scenario("a Warning that recurs", async (stage) => {
      await running(stage);
      await stage.applyCrs();
      await stage.until(
        "a Warning is counted",
        async () => (await stage.events()).some((event) => (event["series"]?.count ?? 0) > 1),
      );
    }, async (stage) => {
      for (const object of await othersOf(stage)) await create(object);
    }),
    scenario("children that are not wanted any more", async (stage) => {
      const katalog = await installation.katalogWith((entries) => {
        changeEntries(entries, (entry) => entry["when"] = [...entry["when"] as JsonMap[] ?? [], neverCondition]);
      }, "fewer.yaml");
      await running(stage, katalog);
      await stage.until(
        "what is reconciled is gone",
        async () =>
          (await known.children()).every(({ kind, metadata }) =>
            kind === "Job" || metadata.annotations?.[annotations.applied] === undefined
          ),
      );
    }, made),
    ...(!keepsJobs ? [] : [scenario("Jobs under another name", async (stage) => {
      const katalog = await installation.katalogWith((entries) => {
        changeEntries(entries, (entry, list) => list === "jobs" && (entry["name"] = `${entry["name"]}-next`));
      }, "renamed.yaml");
      const jobs = (await known.children()).filter(({ kind, metadata }) =>
        kind === "Job" && metadata.annotations?.[annotations.applied] !== undefined
      );
      await running(stage, katalog);
      for (const job of jobs) {
        const path = known.path(job);
        await stage.until(`${path} is gone`, async () => !await stage.isThere(path));
      }
    }, async (stage) => {
      // Pods that are never made keep Jobs from ending.
      const quota = {
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { name: "none" },
        spec: { hard: { pods: "0" } },
      };
      await request("POST", `/api/v1/namespaces/${namespace}/resourcequotas`, quota);
      stage.start();
      await stage.watching(prepareMs);
      await stage.applyCrs();
      await stage.until("the first children are there", async () => (await known.children()).length > 0, prepareMs);
    })]),
    scenario("delete", async (stage) => {
      await running(stage);
      for (const cr of example.crs) await request("DELETE", known.path(cr));
      await stage.until("the CRs are let go", async () => {
        return (await Promise.all(example.crs.map((cr) => known.isGone(cr)))).every(Boolean);
      }, stage.limitMs);
    }, made),
    scenario("a Job of onDelete whose name is taken", async (stage) => {
      const jobs = plan.boxes.flatMap(({ onDelete }) => onDelete?.groups ?? []).flatMap(({ jobs }) => jobs);
      await running(stage);
      if (jobs.length === 0) return;
      account.proxy.onCall = async ({ method, path, body }) => {
        if (method === "GET" || !/\/jobs(?:\/|\?|$)/.test(path)) return;
        account.proxy.onCall = undefined;
        const { metadata, spec } = JSON.parse(body) as KubeObject & { spec: JsonMap };
        const job = foreign({
          apiVersion: "batch/v1",
          kind: "Job",
          metadata: { name: metadata.name, namespace },
          spec,
        });
        await request("POST", `/apis/batch/v1/namespaces/${namespace}/jobs`, job);
      };
      for (const cr of example.crs) await request("DELETE", known.path(cr));
      await stage.until(
        "the CR says whose the name is",
        async () => JSON.stringify((await stage.cr()).status?.conditions ?? []).includes("NameTaken"),
      );
    }, made),
    scenario("a status that is not found", async (stage) => {
      await running(stage);
      const writing = plan.boxes.filter(({ writesStatus }) => writesStatus).map(({ type }) => type.kind);
      const left = new Map(example.crs.filter(({ kind }) => writing.includes(kind)).map((cr) => [cr.kind, cr]));
      const wanted = [...left.values()];
      account.proxy.onCall = async ({ method, path }) => {
        const cr = [...left.values()].find((each) => path.startsWith(`${known.path(each)}/status`));
        if (method !== "PATCH" || cr === undefined) return;
        left.delete(cr.kind);
        // What its definition would do that has no such subresource.
        await request("PATCH", known.path(cr), { metadata: { finalizers: null } }, merge);
        await request("DELETE", known.path(cr));
      };
      await stage.applyCrs();
      await stage.until("a status of each kind was not found", () => left.size === 0);
      const isRead = (cr: KubeObject) => ({ kind, path, status }: ProxiedCall) =>
        kind === "get" && status === 404 && path.startsWith(known.path(cr));
      await stage.until("its CR was looked for", () => wanted.every((cr) => account.proxy.calls.some(isRead(cr))));
    }),
    scenario("a Lease that somebody else makes", async (stage) => {
      const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
      let isMade = false;
      account.proxy.onCall = async ({ method, path }) => {
        if (isMade || method !== "POST" || !path.startsWith(leases)) return;
        isMade = true;
        await request("POST", leases, {
          apiVersion: "coordination.k8s.io/v1",
          kind: "Lease",
          metadata: { name: "orkestra-konductor" },
          spec: { holderIdentity: "another", leaseDurationSeconds: 1, renewTime: "2020-01-01T00:00:00.000000Z" },
        });
      };
      stage.start();
      await stage.until("somebody else was faster", () => isMade);
      await stage.until(
        "the Lease was read",
        () =>
          account.proxy.calls.some(({ kind, path, status }) =>
            kind === "get" && path.startsWith(leases) && status === 200
          ),
      );
      await stage.watching();
    }),
  ];
}
