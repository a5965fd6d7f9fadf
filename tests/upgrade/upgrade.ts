/**
 * Upgrades of a Katalog, and from commit bc329e1 to this version, on live objects: everything is found and carried over
 * once, nothing is written twice, and nothing is left when the CRs go.
 */
import assert from "node:assert/strict";
import { cleanupFinalizer, formerBoxLabel, labels } from "../../src/k8s/names.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { recordedKinds } from "../../src/reconcile/mod.ts";
import type { Stage } from "../katalogs/stage.ts";
import { waitFor } from "../support/wait_for.ts";
import {
  appsOf,
  before,
  type Box,
  childPlurals,
  definitionOf,
  entries,
  type EntryName,
  katalogText,
} from "./katalogs.ts";
import type { Place } from "./katalogs.ts";
import former from "./former_writes.json" with { type: "json" };

/** An API server with an operator whose writes are counted. */
export interface UpgradeStage {
  readonly place: Place;
  readonly request: Stage["request"];
  start(katalog: string): Promise<UpgradeOperator>;
  /** `PATCH /path` of every write but Events that the API server carried out for the operators, without queries. */
  readonly writes: readonly string[];
}

export interface UpgradeOperator {
  /** Passes that ended without a change, those that failed because a name is taken among them. */
  idlePasses(): number;
  log(): string;
  stop(): Promise<void>;
}

/** What is there before: objects as commit bc329e1 wrote them, or those of this version. */
export type Origin = "former" | "present";

export interface Upgrade {
  readonly name: string;
  readonly boxes: readonly Box[];
  /** A kind has left the Katalog: the record of kinds in the status is renewed once more when it is cleaned up. */
  readonly kindLeaves?: true;
  /** Apps whose box has another key, without `formerNames`. */
  readonly forgetsNames?: readonly string[];
  /** Finalizers of a box that no Katalog names. */
  readonly leavesFinalizer?: true;
}

const without = (...names: EntryName[]): EntryName[] => before.filter((name) => !names.includes(name));
const app = (names: readonly EntryName[]): Box[] => [{ key: "app", entries: names }];

const upgrades: readonly Upgrade[] = [
  { name: "nothing changed", boxes: app(before) },
  { name: "children renamed, near and far", boxes: app([...without("conf", "far"), "settings", "distant"]) },
  { name: "entries dropped, near and far", boxes: app(without("conf", "far")) },
  { name: "the last entry of a kind dropped, near", boxes: app(without("creds")), kindLeaves: true },
  { name: "the last entry of a kind dropped, far", boxes: app(without("account")), kindLeaves: true },
  { name: "all far entries dropped", boxes: app(without("account", "far")), kindLeaves: true },
  { name: "the key renamed", boxes: [{ key: "site", aside: "formerNames: [app]", entries: before }] },
  {
    name: "the key renamed without formerNames",
    boxes: [{ key: "site", entries: before }],
    forgetsNames: ["one", "two"],
    leavesFinalizer: true,
  },
  {
    name: "the box split in two by selectors",
    boxes: [
      { key: "gold", aside: "labelSelector: { tier: gold }; formerNames: [app]", entries: before },
      // A former name belongs to one box.
      { key: "plain", aside: "labelSelector: { tier: plain }", entries: before },
    ],
    forgetsNames: ["two"],
  },
];

/** Plays one upgrade to the deletion of the CRs. Leaves nothing behind but the namespaces. */
export async function playUpgrade(stage: UpgradeStage, origin: Origin, upgrade: Upgrade): Promise<void> {
  const play = new Play(stage, origin, upgrade);
  await play.run();
}

class Play {
  readonly #stage: UpgradeStage;
  readonly #origin: Origin;
  readonly #upgrade: Upgrade;

  constructor(stage: UpgradeStage, origin: Origin, upgrade: Upgrade) {
    this.#stage = stage;
    this.#origin = origin;
    this.#upgrade = upgrade;
  }

  async run(): Promise<void> {
    const { request, place } = this.#stage;
    await request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definitionOf(place));
    await waitFor("the kind is served", async () => (await this.#apps()).length === 0);
    for (const cr of appsOf(place)) await request("POST", `${this.#root()}?fieldManager=user`, cr);
    await this.#makeBefore();
    const made = await this.#children();
    assert.deepEqual([...made.keys()].sort(), childrenOf(before), "what is there before");
    for (const [id, child] of made) {
      if (!id.startsWith("deployments ")) continue;
      await waitFor(`${id} has its ReplicaSet`, async () => await this.#replicaSetsOf(child) === 1);
    }

    const mark = this.#stage.writes.length;
    let operator = await this.#stage.start(katalogText(this.#upgrade.boxes, place));
    try {
      await this.#carriedOver(operator, made);
      // Cleaning up a kind that left takes its own time, and ends with a status: the last one on record.
      await waitFor(
        "no kind that left is on record",
        async () => (await this.#apps()).every((cr) => this.#isClean(cr)),
        {
          explain: () => operator.log().slice(-3000),
        },
      );
      await this.#idle(operator);
      this.#countWrites(this.#stage.writes.slice(mark));
      let total = this.#stage.writes.length;
      await this.#idle(operator);
      assert.deepEqual(this.#stage.writes.slice(total), [], "a second pass writes");

      await operator.stop();
      operator = await this.#stage.start(katalogText(this.#upgrade.boxes, place));
      total = this.#stage.writes.length;
      await this.#idle(operator);
      assert.deepEqual(this.#stage.writes.slice(total), [], "a restart writes");

      await this.#deleteAll(operator);
    } finally {
      await operator.stop();
    }
  }

  /** The state before the upgrade, with no operator running. */
  async #makeBefore(): Promise<void> {
    if (this.#origin === "present") {
      const operator = await this.#stage.start(katalogText([{ key: "app", entries: before }], this.#stage.place));
      await waitFor("all is made", async () => (await this.#apps()).every((cr) => this.#isSynced(cr)), {
        explain: () => operator.log().slice(-2000),
      });
      await this.#idle(operator);
      return await operator.stop();
    }
    const { request, place } = this.#stage;
    const uids = new Map((await this.#apps()).map(({ metadata }) => [metadata.name, metadata.uid!]));
    for (const call of former.calls) {
      let text = JSON.stringify([call.path, call.body]);
      for (const [name, uid] of uids) text = text.replaceAll(`uid-of-${name}`, uid);
      text = text.replaceAll("upgrade.example.com", place.group)
        .replaceAll("/namespaces/home", `/namespaces/${place.home}`)
        .replaceAll("/namespaces/away", `/namespaces/${place.away}`)
        .replaceAll(/"(namespace|[^"]*owner-namespace)":"home"/g, `"$1":"${place.home}"`)
        .replaceAll(/"namespace":"away"/g, `"namespace":"${place.away}"`);
      const [path, body] = JSON.parse(text);
      const type = call.method === "POST"
        ? "application/json"
        : path.includes("force=true")
        ? "application/apply-patch+yaml"
        : "application/merge-patch+json";
      await request(call.method, path, body, type);
    }
  }

  /** Waits until the children are those of the new Katalog, the same objects as before where they were there. */
  async #carriedOver(operator: UpgradeOperator, made: ReadonlyMap<string, KubeObject>): Promise<void> {
    const wanted = childrenOf(this.#upgrade.boxes[0]!.entries);
    let found: unknown;
    await waitFor("all is carried over", async () => {
      const apps = await this.#apps();
      const children = await this.#children();
      const wrong = [...children].filter(([id, child]) => !this.#isCarriedOver(id, child)).map(([id]) => id);
      const synced = apps.filter((cr) => !this.#isSynced(cr)).map(({ status }) => status);
      found = { children: [...children.keys()].sort(), wanted, wrong, synced };
      const same = JSON.stringify([...children.keys()].sort()) === JSON.stringify(wanted);
      return same && wrong.length === 0 && synced.length === 0;
    }, { timeoutMs: 60_000, explain: () => [found, operator.log().slice(-3000)] });
    const children = await this.#children();
    for (const [id, child] of children) {
      const known = made.get(id);
      if (known !== undefined) assert.equal(child.metadata.uid, known.metadata.uid, `${id} was created again`);
      if (!id.startsWith("deployments ")) continue;
      // The Pod template lost one label, `orkestra.orkspace.io/box`: the Pods are replaced once, and not again.
      const rollouts = this.#origin === "former" ? 2 : 1;
      await waitFor(`${id} has ${rollouts} ReplicaSets`, async () => await this.#replicaSetsOf(child) >= rollouts);
      assert.equal(await this.#replicaSetsOf(child), rollouts, `${id} was rolled out`);
    }
  }

  async #replicaSetsOf({ metadata: { uid } }: KubeObject): Promise<number> {
    const path = `/apis/apps/v1/namespaces/${this.#stage.place.home}/replicasets`;
    const { items = [] } = await this.#stage.request("GET", path);
    return items.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid)).length;
  }

  /** Far children of a former version that carry the key of a box which nobody says this box had. */
  #takesNames(app: string): boolean {
    return this.#origin === "former" && this.#upgrade.forgetsNames?.includes(app) === true;
  }

  #isCarriedOver(id: string, { metadata }: KubeObject): boolean {
    // What is only created is not changed, and what is not known for its own is not touched.
    const app = id.replace(/.*\/(\w+)-.*/, "$1");
    if (id.endsWith("-once") || (this.#takesNames(app) && id.includes(" away/"))) return true;
    // A label that a POST has put on stays: an apply takes off what an apply has put on.
    const marked = id.endsWith("-account") || metadata.labels?.[formerBoxLabel] === undefined;
    return metadata.labels?.[labels.ownerUid] !== undefined && marked;
  }

  #isSynced(cr: KubeObject): boolean {
    const synced = conditionOf(cr, "Synced");
    if (this.#takesNames(cr.metadata.name)) return synced?.reason === "NameTaken";
    return synced?.status === "True" && synced.observedGeneration === cr.metadata.generation;
  }

  #isClean(cr: KubeObject): boolean {
    const made = this.#upgrade.boxes.flatMap((box) => box.entries).map((name) => entries[name].list.toLowerCase());
    return recordedKinds(cr)?.every((kind) => made.includes(`${kind.split(".")[0]!.toLowerCase()}s`)) !== false;
  }

  #countWrites(writes: readonly string[]): void {
    const counts = new Map<string, number>();
    for (const write of writes) {
      const path = write.slice(write.indexOf(" ") + 1);
      counts.set(path, (counts.get(path) ?? 0) + 1);
    }
    // The Pods that are replaced are a progress and its end. A kind that leaves is on record until it is cleaned up;
    // a former version had no record, so it is put there first.
    const former = this.#origin === "former";
    // Deployments count a changed annotation as a new generation, so a mark that is renewed is a progress too.
    const marksAgain = this.#upgrade.boxes.some(({ key }) => key !== "app");
    const statuses = (former || marksAgain ? 2 : 1) + (this.#upgrade.kindLeaves ? former ? 2 : 1 : 0);
    const tooMany = [...counts].filter(([path, count]) => count > (path.endsWith("/status") ? statuses : 1));
    assert.deepEqual(tooMany, [], writes.join("\n"));
  }

  async #deleteAll(operator: UpgradeOperator): Promise<void> {
    for (const cr of await this.#apps()) {
      await this.#stage.request("DELETE", `${this.#root()}/${cr.metadata.name}`, { propagationPolicy: "Background" });
    }
    // One finalizer has a name that nobody knows: it is taken off by hand, as its Event says, and nothing else is left.
    const held = this.#upgrade.leavesFinalizer === true && this.#origin === "present";
    if (held) {
      const stays = (cr: KubeObject) => cr.metadata.finalizers?.join() === cleanupFinalizer("app");
      await waitFor("one finalizer stays", async () => (await this.#apps()).every(stays), {
        explain: () => operator.log().slice(-3000),
      });
      assert.equal((await this.#apps()).length, 2);
      const far = [...(await this.#children()).keys()].filter((id) => id.includes(" away/"));
      assert.deepEqual(far, [], "far children are left");
      for (const { metadata } of await this.#apps()) {
        const patch = { metadata: { finalizers: null } };
        await this.#stage.request("PATCH", `${this.#root()}/${metadata.name}`, patch, "application/merge-patch+json");
      }
    }
    let left: string[] = [];
    await waitFor("nothing is left", async () => {
      left = [...(await this.#apps()).map((cr) => cr.metadata.name), ...(await this.#children()).keys()];
      return left.length === 0;
    }, { timeoutMs: 60_000, explain: () => [left, operator.log().slice(-3000)] });
  }

  /** Two passes of each CR that change nothing. */
  async #idle(operator: UpgradeOperator): Promise<void> {
    const since = operator.idlePasses();
    const passes = 2 * (await this.#apps()).length;
    await waitFor("passes change nothing", () => operator.idlePasses() >= since + passes, {
      explain: () => operator.log().slice(-3000),
    });
  }

  #root(): string {
    const { group, home } = this.#stage.place;
    return `/apis/${group}/v1/namespaces/${home}/apps`;
  }

  async #apps(): Promise<KubeObject[]> {
    return (await this.#stage.request("GET", this.#root())).items ?? [];
  }

  async #children(): Promise<Map<string, KubeObject>> {
    const { place, request } = this.#stage;
    const found = new Map<string, KubeObject>();
    for (const plural of childPlurals) {
      for (const at of ["home", "away"] as const) {
        const root = plural === "deployments" ? "/apis/apps/v1" : "/api/v1";
        const { items = [] } = await request("GET", `${root}/namespaces/${place[at]}/${plural}`);
        for (const item of items) {
          const { name } = item.metadata;
          if (name !== "kube-root-ca.crt" && name !== "default") found.set(`${plural} ${at}/${name}`, item);
        }
      }
    }
    return found;
  }
}

/** Of both CRs. */
function childrenOf(names: readonly EntryName[]): string[] {
  const one = names.map((name) => entries[name].child);
  return [...one, ...one.map((id) => id.replace("/one-", "/two-"))].sort();
}

function conditionOf(cr: KubeObject, type: string) {
  return cr["status"]?.conditions?.find((item: { type: string }) => item.type === type);
}

/** Every upgrade from what `origin` wrote; `ORK_UPGRADE=NAME` plays that one alone. */
export function upgradesFrom(origin: Origin): { name: string; upgrade: Upgrade }[] {
  const only = Deno.env.get("ORK_UPGRADE");
  return upgrades.filter(({ name }) => only === undefined || name === only).map((upgrade) => ({
    name: `upgrade from ${origin === "former" ? "bc329e1" : "this version"}: ${upgrade.name}`,
    upgrade,
  }));
}

export async function makeNamespaces({ request, place }: UpgradeStage): Promise<void> {
  for (const name of [place.home, place.away]) {
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    await request("POST", "/api/v1/namespaces", body).catch(() => request("GET", `/api/v1/namespaces/${name}`));
  }
}
