import type { Clock } from "../base/clock.ts";
import { type ClusterConfig, isNotFound } from "../cluster/mod.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import { type KubeObject, type ResourceType, valueAt } from "../k8s/object.ts";
import { builtInType } from "../k8s/resource_types.ts";
import type { Plan } from "../plan/mod.ts";
import { type KatalogDocuments, katalogDocuments } from "../runtime/mod.ts";
import { applyObjects, readObjects } from "./apply_files.ts";
import { loadPlan } from "./load_plan.ts";
import { listPacks } from "./packs.ts";
import type { RunPorts } from "./run.ts";
import { paint, type Terminal } from "./terminal.ts";
import { waitUntil } from "./wait_until.ts";

export interface DemoPorts extends Pick<RunPorts, "clock" | "files" | "openSandbox" | "connect"> {
  /**
   * Starts operators that report what they do, line by line, until they are stopped. With `documents` they have an HTTP
   * API, at `url`.
   */
  readonly startOperator: (
    plan: Plan,
    cluster: ClusterConfig,
    print: (line: string) => void,
    documents?: KatalogDocuments,
  ) => RunningOperator;
  /** Opens the web interface on the HTTP API at `url`. */
  readonly openControlCenter: (url: string) => Promise<{ readonly url: string; close(): Promise<void> }>;
  /** Resolves with the name of the signal that stops the process. */
  readonly until: () => Promise<string>;
}

export interface RunningOperator {
  readonly url?: string | undefined;
  stop(): Promise<void>;
}

/** No step takes a tenth of it. */
const stepMs = 10_000;

const deployments = builtInType("Deployment")!;
const services = builtInType("Service")!;

/**
 * `ork demo`: the life of a Website on a sandbox. Each step is checked; exit code 1 when one is not as it should be. With
 * `ui` the web interface shows it, and afterwards a Website that stays, until a signal comes.
 */
export async function demo(terminal: Terminal, ports: DemoPorts, ui = false): Promise<number> {
  const startMs = ports.clock.nowMs();
  const pack = listPacks().find(({ name }) => name === "hello-website")!;
  const { plan, katalog, documents } = await loadPlan([`${pack.folder}/katalog.yaml`], ports.files);
  const crd = await readObjects([`${pack.folder}/crd.yaml`], terminal, ports.files);
  const [cr] = await readObjects([`${pack.folder}/cr.yaml`], terminal, ports.files) ?? [];
  if (plan === undefined || crd === undefined || cr === undefined) throw new Error("The example of the demo is broken");
  const sandbox = await ports.openSandbox({});
  const api = ports.connect(sandbox.cluster);
  const print = (line: string): void => terminal.out(paint(terminal, "grey", `    operator | ${line}`));
  const shown = ui ? katalogDocuments(katalog!, documents!) : undefined;
  let center: Awaited<ReturnType<DemoPorts["openControlCenter"]>> | undefined;
  const startOperator = async () => {
    const operator = ports.startOperator(plan, sandbox.cluster, print, shown);
    if (operator.url === undefined) return operator;
    center = await ports.openControlCenter(operator.url);
    terminal.out(paint(terminal, "cyan", `Control Center: ${center.url}`));
    return operator;
  };
  const demo = new Demo(terminal, ports.clock, api, plan.boxes[0]!.type, crd, cr);
  try {
    await demo.play(startOperator);
    const seconds = ((ports.clock.nowMs() - startMs) / 1000).toFixed(1);
    terminal.out(paint(terminal, "green", `Everything went as it should, in ${seconds} s.`));
    if (center !== undefined) {
      await demo.again();
      terminal.out(`The Website is there again, to be looked at: ${center.url}  (Ctrl-C ends the demo)`);
      await ports.until();
    }
    terminal.out("Next: ork init my-website && cd my-website && ork run --sandbox");
    return 0;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    terminal.err(`${paint(terminal, "red", "failed:")} ${error.message}`);
    return 1;
  } finally {
    await center?.close();
    await demo.stop();
    api.close();
    await sandbox.stop();
  }
}

/** A step did not come out as it should; the message is what was seen instead. */
class StepFailed extends Error {
  override name = "StepFailed";
}

class Demo {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #api: ClusterApi;
  readonly #type: ResourceType;
  readonly #crd: readonly KubeObject[];
  readonly #cr: KubeObject;
  readonly #target: { name: string; namespace: string };
  #number = 0;
  #operator: RunningOperator | undefined;

  constructor(
    terminal: Terminal,
    clock: Clock,
    api: ClusterApi,
    type: ResourceType,
    crd: readonly KubeObject[],
    cr: KubeObject,
  ) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#api = api;
    this.#type = type;
    this.#crd = crd;
    this.#cr = cr;
    this.#target = { name: cr.metadata.name, namespace: cr.metadata.namespace ?? "default" };
  }

  async stop(): Promise<void> {
    await this.#operator?.stop();
  }

  /** The Website once more. */
  async again(): Promise<void> {
    await this.#apply([this.#cr]);
    await this.#see(this.#type, statusText, (it) => it["status"]?.phase === "Ready");
  }

  async play(startOperator: () => Promise<RunningOperator>): Promise<void> {
    const { name } = this.#target;
    const replicas = this.#cr["spec"].replicas;
    const image = this.#cr["spec"].image;

    this.#step("An API server in memory is up: install the CRD, and start the operator of katalogs/hello-website");
    await this.#apply(this.#crd);
    this.#operator = await startOperator();

    this.#step(`Create a Website "${name}": a Deployment and a Service appear, and become ready`);
    await this.#apply([this.#cr]);
    await this.#see(
      deployments,
      (it) => `readyReplicas ${it["status"]?.readyReplicas}`,
      (it) => it["status"]?.readyReplicas === replicas,
    );
    await this.#see(services, (it) => `port ${it["spec"].ports[0].port}`, () => true);
    await this.#see(
      this.#type,
      statusText,
      (it) => it["status"]?.phase === "Ready" && it["status"].readyReplicas === replicas,
    );

    this.#step("Delete the Service by hand: it comes back");
    const before = await this.#api.get(services, this.#target);
    await this.#api.delete(services, this.#target);
    await this.#see(
      services,
      (it) => `a new one, uid ${it.metadata.uid?.slice(0, 8)}…`,
      (it) => it.metadata.uid !== before.metadata.uid,
    );

    this.#step("Change the image by hand: it is corrected");
    const drifted = await this.#api.get(deployments, this.#target);
    const container = { name: drifted["spec"].template.spec.containers[0].name, image: "example.com/evil:6.6.6" };
    const patch = { spec: { template: { spec: { containers: [container] } } } };
    const { metadata: { generation = 0 } } = await this.#api.mergePatch(deployments, this.#target, patch);
    await this.#see(
      deployments,
      (it) => `image ${imageOf(it)}`,
      (it) => imageOf(it) === image && (it.metadata.generation ?? 0) > generation,
    );

    this.#step(`Ask for ${replicas + 1} replicas in the Website: the Deployment and the status follow`);
    await this.#api.mergePatch(this.#type, this.#target, { spec: { replicas: replicas + 1 } });
    await this.#see(
      deployments,
      (it) => `replicas ${it["spec"].replicas}, ready ${it["status"]?.readyReplicas}`,
      (it) => it["spec"].replicas === replicas + 1 && it["status"]?.readyReplicas === replicas + 1,
    );
    await this.#see(this.#type, statusText, (it) => it["status"]?.readyReplicas === replicas + 1);

    this.#step("Delete the Website: everything goes");
    await this.#api.delete(this.#type, this.#target);
    for (const type of [this.#type, deployments, services]) await this.#seeGone(type);
  }

  #step(text: string): void {
    this.#terminal.out(paint(this.#terminal, "bold", `${++this.#number}. ${text}`));
  }

  async #apply(objects: readonly KubeObject[]): Promise<void> {
    await applyObjects(this.#api, this.#clock, objects, (text) => this.#saw(text));
  }

  /** Waits until the object is in the expected state, and prints it. */
  async #see(
    type: ResourceType,
    describe: (it: KubeObject) => string,
    good: (it: KubeObject) => boolean,
  ): Promise<void> {
    let last: KubeObject | undefined;
    const seen = await waitUntil(this.#clock, stepMs, async () => {
      last = await this.#get(type);
      return last !== undefined && good(last) ? last : undefined;
    });
    const what = `${type.kind} ${this.#target.name}`;
    if (seen !== undefined) return this.#saw(`${what}: ${describe(seen)}`);
    throw new StepFailed(last === undefined ? `${what} is not there` : `${what} stays at: ${describe(last)}`);
  }

  async #seeGone(type: ResourceType): Promise<void> {
    const gone = await waitUntil(this.#clock, stepMs, async () => (await this.#get(type)) === undefined || undefined);
    const what = `${type.kind} ${this.#target.name}`;
    if (gone !== true) throw new StepFailed(`${what} is still there`);
    this.#saw(`${what}: gone`);
  }

  async #get(type: ResourceType): Promise<KubeObject | undefined> {
    try {
      return await this.#api.get(type, this.#target);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #saw(text: string): void {
    this.#terminal.out(`  ${paint(this.#terminal, "green", "✓")} ${text}`);
  }
}

function imageOf(deployment: KubeObject): string {
  return String(valueAt(deployment["spec"], ["template", "spec", "containers", "0", "image"]));
}

function statusText(cr: KubeObject): string {
  const { phase, readyReplicas, url } = cr["status"] ?? {};
  return `phase ${phase}, readyReplicas ${readyReplicas}, url ${url}`;
}
