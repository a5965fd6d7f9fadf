import assert from "node:assert/strict";
import { join } from "node:path";
import type { JsonMap } from "../../src/base/json.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { RequestFailed, type RunningOperator, type Stage } from "../katalogs/stage.ts";
import { openDefinition } from "../support/open_definition.ts";
import { waitFor } from "../support/wait_for.ts";

const apply = "application/apply-patch+yaml";
const merge = "application/merge-patch+json";

/** How long a generated key is good for. The age is looked at on every resync, once in a second here. */
const rotateAfterMs = 4_000;

const motif = `apiVersion: orkestra.orkspace.io/v1
kind: Motif
metadata: { name: settings }
inputs:
  - { name: level, required: true }
  - { name: owner, default: nobody }
resources:
  configMaps:
    - name: "{{ .metadata.name }}-settings"
      data: { level: "{{ .inputs.level }}", owner: "{{ .inputs.owner }}" }
status:
  fields: [{ path: level, value: "{{ .inputs.level }}" }]
`;

/** A gate, a profile and notes of the Katalog's own, a Motif, and a Secret whose values are replaced after a while. */
const shop = (group: string, namespace: string): string =>
  `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: composed }
profiles:
  resources:
    - { name: shop, requests: { cpu: "{{ .spec.cpu }}", memory: 32Mi }, limits: { memory: 64Mi } }
notes:
  functions:
    - { name: keySecret, expression: "{{ .metadata.name }}-key" }
spec:
  crds:
    shop:
      apiTypes: { group: ${group}, version: v1, kind: Shop, plural: shops }
      namespace: ${namespace}
      imports:
        - motif: settings.yaml
          with: { level: "{{ .spec.level }}" }
      operatorBox:
        reconciler: { resync: 1s }
        preReconcile:
          reconcileGate:
            when: [{ field: spec.paused, notEquals: "true" }]
        onCreate:
          secrets:
            - name: "{{ keySecret }}"
              once: true
              rotateAfter: ${rotateAfterMs / 1000}s
              data: { key: "{{ randomAlphanumeric 24 }}" }
        onReconcile:
          deployments:
            - name: "{{ .metadata.name }}"
              image: example.com/shop:1
              replicas: 1
              resources: { profile: shop }
              env:
                - name: KEY
                  valueFrom: { secretKeyRef: { name: "{{ keySecret }}", key: key } }
`;

/** A sentinel, and a watch of objects that are nobody's children. Nothing is looked at again for an hour. */
const ledger = (group: string, namespace: string): string =>
  `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: composed-watch }
spec:
  crds:
    ledger:
      apiTypes: { group: ${group}, version: v1, kind: Ledger, plural: ledgers }
      namespace: ${namespace}
      operatorBox:
        reconciler: { resync: 1h }
        preReconcile:
          sentinels: [generationChanged]
          reconcileGate: { sentinels: [generationChanged] }
        watch:
          - apiVersion: v1
            kind: ConfigMap
            namespace: ${namespace}
            on: [create, update]
            keyFrom: { label: concerns-ledger }
        onReconcile:
          configMaps: [{ name: "{{ .metadata.name }}-text", data: { text: "{{ .spec.text }}" } }]
`;

/** The Katalogs of the scenario, in a folder, and what is done with them. */
export class ComposedOperator implements AsyncDisposable {
  readonly #stage: Stage;
  readonly #group: string;
  readonly #folder: string;
  readonly #core: string;

  constructor(stage: Stage, group: string, folder: string) {
    this.#stage = stage;
    this.#group = group;
    this.#folder = folder;
    this.#core = `/api/v1/namespaces/${stage.namespace}`;
  }

  /** Writes the Katalogs and creates the definitions, which are in a group of the test's own. */
  static async open(stage: Stage, group: string): Promise<ComposedOperator> {
    const folder = await Deno.makeTempDir({ prefix: "ork-composed-" });
    await Deno.writeTextFile(join(folder, "settings.yaml"), motif);
    await Deno.writeTextFile(join(folder, "shop.yaml"), shop(group, stage.namespace));
    await Deno.writeTextFile(join(folder, "ledger.yaml"), ledger(group, stage.namespace));
    const composed = new ComposedOperator(stage, group, folder);
    for (const kind of ["Shop", "Ledger"]) {
      await stage.request(
        "POST",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        openDefinition({ group, kind }),
      );
      await waitFor(`${kind} is served`, async () => {
        await stage.request("GET", composed.#crs(kind));
        return true;
      });
    }
    return composed;
  }

  /** The same with the operators of another stage, on the same API server. */
  on(stage: Stage): ComposedOperator {
    return new ComposedOperator(stage, this.#group, this.#folder);
  }

  /** Paths of the Katalogs. */
  get katalogs(): readonly string[] {
    return ["shop.yaml", "ledger.yaml"].map((file) => join(this.#folder, file));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** Profiles, notes, a Motif, a gate and rotation, of one Shop. */
  async playShop(): Promise<void> {
    const deployment = `/apis/apps/v1/namespaces/${this.#stage.namespace}/deployments/web`;
    const settings = `${this.#core}/configmaps/web-settings`;
    const secret = `${this.#core}/secrets/web-key`;
    await this.#running("shop.yaml", async () => {
      await this.#put("Shop", "web", { level: "low", cpu: "50m" });
      const { spec } = await this.#until(deployment);
      assert.deepEqual(spec.template.spec.containers[0].resources, {
        requests: { cpu: "50m", memory: "32Mi" },
        limits: { memory: "64Mi" },
      });
      await this.#until(settings, ({ data }) => data.level === "low" && data.owner === "nobody");
      await this.#until(`${this.#crs("Shop")}/web`, ({ status }) => status?.level === "low");

      // Twice, so that the second time counts from the first.
      let made = await this.#until(secret);
      assert.match(keyOf(made), /^[A-Za-z0-9]{24}$/);
      for (let turn = 0; turn < 2; turn++) {
        const before = made;
        made = await this.#until(secret, (object) => keyOf(object) !== keyOf(before));
        assert.equal(made.metadata.uid, before.metadata.uid, "values change in place");
        const ageMs = generatedMs(made) - generatedMs(before);
        assert.ok(ageMs >= rotateAfterMs, `it was replaced after ${ageMs} ms`);
      }

      await this.#put("Shop", "web", { level: "high", cpu: "100m", paused: true });
      await this.#remove(settings);
      await this.#put("Shop", "other", { level: "low", cpu: "50m" });
      // By then the operator has seen what came before.
      await this.#until(`${this.#core}/configmaps/other-settings`);
      await this.#until(`${this.#core}/secrets/other-key`);
      assert.equal(await this.#isThere(settings), false, "nothing is done while the gate is closed");
      const { status } = await this.#stage.request("GET", `${this.#crs("Shop")}/web`);
      assert.equal(status!["level"], "low", "the status stays");

      await this.#put("Shop", "web", { level: "high", cpu: "100m" });
      await this.#until(settings, ({ data }) => data.level === "high");
      const isUpdated = ({ spec }: KubeObject) => spec.template.spec.containers[0].resources.requests.cpu === "100m";
      await this.#until(deployment, isUpdated);

      await this.#put("Shop", "web", { level: "high", cpu: "100m", paused: true });
      await this.#remove(`${this.#crs("Shop")}/web`);
      await this.#untilGone(`${this.#crs("Shop")}/web`);
    });
  }

  /** A sentinel and a watch, of two Ledgers. */
  async playLedger(): Promise<void> {
    const text = (name: string) => `${this.#core}/configmaps/${name}-text`;
    await this.#running("ledger.yaml", async (operator) => {
      for (const name of ["a", "b"]) {
        await this.#put("Ledger", name, { text: "one" });
        await this.#until(text(name));
        await this.#until(`${this.#crs("Ledger")}/${name}`, isReady);
      }

      // The gate is closed until the CR changes: a child that is deleted stays away, a pass later too.
      await this.#looks(operator, 1, () => this.#remove(text("a")));
      assert.equal(await this.#isThere(text("a")), false);
      await this.#put("Ledger", "a", { text: "two" });
      await this.#until(text("a"), ({ data }) => data.text === "two");
      await this.#until(`${this.#crs("Ledger")}/a`, isReady);

      // What concerns nobody, or goes, comes first: the count shows that only the last one was a reason to look.
      await this.#looks(operator, 1, async () => {
        await this.#putMap("stranger");
        await this.#putMap("nobodys", { "concerns-ledger": "c" });
        await this.#putMap("price-list", { "concerns-ledger": "b" });
      });
      // The Ledger that it concerned before, and the one that it concerns now.
      await this.#looks(operator, 2, () => this.#putMap("price-list", { "concerns-ledger": "a" }));
      await this.#looks(operator, 1, async () => {
        await this.#remove(`${this.#core}/configmaps/price-list`);
        await this.#putMap("other-list", { "concerns-ledger": "b" });
      });
    });
  }

  async #running(file: string, play: (operator: RunningOperator) => Promise<void>): Promise<void> {
    const operator = await this.#stage.startOperator(join(this.#folder, file));
    try {
      await play(operator);
    } finally {
      await operator.stop();
    }
  }

  /** Waits for exactly that many passes, which change nothing, after what `act` does. */
  async #looks(operator: RunningOperator, count: number, act: () => Promise<unknown>): Promise<void> {
    await this.#settled(operator);
    const before = operator.idlePasses();
    await act();
    await waitFor(`${count} passes`, () => operator.idlePasses() >= before + count);
    await this.#settled(operator);
    assert.equal(operator.idlePasses() - before, count);
  }

  /** No more passes: their number is the same over several looks. */
  async #settled(operator: RunningOperator): Promise<void> {
    let [last, same] = [-1, 0];
    await waitFor("no pass comes any more", () => {
      const passes = operator.idlePasses();
      same = passes === last ? same + 1 : 0;
      last = passes;
      return same >= 5;
    }, { pollMs: 100 });
  }

  #crs(kind: string): string {
    return `/apis/${this.#group}/v1/namespaces/${this.#stage.namespace}/${kind.toLowerCase()}s`;
  }

  async #put(kind: string, name: string, spec: JsonMap): Promise<void> {
    const object = { apiVersion: `${this.#group}/v1`, kind, metadata: { name }, spec };
    await this.#stage.request("PATCH", `${this.#crs(kind)}/${name}?fieldManager=tester`, object, apply);
  }

  async #putMap(name: string, labels: Record<string, string> = {}): Promise<void> {
    const path = `${this.#core}/configmaps/${name}`;
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels } };
    if (await this.#isThere(path)) await this.#stage.request("PATCH", path, { metadata: { labels } }, merge);
    else await this.#stage.request("POST", `${this.#core}/configmaps`, object);
  }

  async #remove(path: string): Promise<void> {
    await this.#stage.request("DELETE", path);
  }

  async #isThere(path: string): Promise<boolean> {
    try {
      await this.#stage.request("GET", path);
      return true;
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 404) return false;
      throw error;
    }
  }

  async #until(path: string, is: (object: KubeObject) => boolean = () => true): Promise<KubeObject> {
    let last: KubeObject | undefined;
    return await waitFor(`${path} is as wanted`, async () => {
      last = await this.#stage.request("GET", path);
      return is(last) ? last : undefined;
    }, { explain: () => last });
  }

  async #untilGone(path: string): Promise<void> {
    await waitFor(`${path} is gone`, async () => !await this.#isThere(path));
  }
}

function keyOf(secret: KubeObject): string {
  return atob(secret["data"].key);
}

function generatedMs({ metadata }: KubeObject): number {
  return Date.parse(metadata.annotations!["orkestra.orkspace.io/generated-at"]!);
}

function isReady({ status }: KubeObject): boolean {
  return status?.conditions?.some((each: JsonMap) => each["type"] === "Ready" && each["status"] === "True") === true;
}
