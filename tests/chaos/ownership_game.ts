/**
 * Ownership, played (rulings 20 to 22, 41, 61, 62): four operators with six boxes, users, other people with objects of
 * their own, and kills. At the end everything that is declared is there, everything of other people is as it was, and
 * after the last CR is gone nothing of the operators is left.
 */
import assert from "node:assert/strict";
import { canonicalJson, isMap, type Json } from "../../src/base/json.ts";
import { annotations, fieldManager, labels } from "../../src/k8s/names.ts";
import { controllerOf, groupKind, type KubeObject, type OwnerReference } from "../../src/k8s/object.ts";
import { RequestFailed, type Stage } from "../katalogs/stage.ts";
import { waitFor } from "../support/wait_for.ts";
import { isFull } from "./extent.ts";
import {
  boxesOf,
  boxNames,
  childPlurals,
  type Claim,
  claimsOf,
  crPlurals,
  definitions,
  firstKeys,
  type Ground,
  idOf,
  type KatalogName,
  katalogNames,
  katalogText,
  type Keys,
  leftovers,
  pathOf,
  type Place,
  typeOf,
  valuesOf,
} from "./ownership_boxes.ts";
import { randomNumbers } from "./random.ts";

/** One operator of the game: all boxes of one Katalog. */
export interface GameOperator {
  /** Ends it at once, wherever it is; what it has sent may still be carried out. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Defects and the like. */
  problems(): readonly string[];
  /** Its messages, one line each. */
  log(): readonly string[];
}

/** A write of an operator that the API server has carried out, where the stage can see it. */
export interface OperatorWrite {
  readonly method: string;
  readonly path: string;
  /** The body of the response: the object, or a Status for a deletion. */
  readonly response: KubeObject;
}

/** An API server with its administrator, and operators that can be killed. */
export interface GameStage {
  readonly ground: Ground;
  readonly request: Stage["request"];
  start(katalog: string, onWrite: (write: OperatorWrite) => void): Promise<GameOperator>;
  /** Maximum pause of the game between two operations. */
  readonly maxPauseMs: number;
  /** How long everything may take to settle. */
  readonly restMs: number;
}

export interface GameOptions {
  readonly operations: number;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  /** Objects of other people to begin with. */
  readonly others: number;
  /** Operations between two looks at the whole. */
  readonly lookEvery: number;
}

/** The games of a test run: one short one, or those of `deno task chaos`. `SEED=N` begins with that seed. */
export function ownershipGames(): { seed: number; random: () => number; play: GameOptions }[] {
  const first = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 31));
  const extent = isFull ? { games: 10, operations: 2_000, others: 200 } : { games: 1, operations: 150, others: 60 };
  const { games, ...sizes } = extent;
  return Array.from({ length: games }, (_, index) => {
    const random = randomNumbers(first + index);
    return { seed: first + index, random, play: { ...sizes, random, lookEvery: 250 } };
  });
}

/** An object of another client. */
interface Foreign extends Place {
  readonly uid: string;
  readonly made: KubeObject;
  /** No controller: an entry with `adopt` may take it. */
  readonly adoptable: boolean;
  /** Uids of CRs that are among its owners: the garbage collector acts on them. */
  readonly owners: readonly string[];
}

/** Labels or a controller reference that were removed, and not restored yet. */
interface Strip extends Place {
  readonly uid: string;
  readonly owner: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly references: readonly OwnerReference[];
  readonly at: number;
}

const long = "a-name-that-is-longer-than-a-label-value-may-be-so-it-is-shortened";
/** Names of CRs of every kind: those of some children collide. The last looks like a shortened one. */
const names = ["web", "web-web", `${long}-one`, `${long}-two`, `${"s".repeat(52)}-0123456789`];
const items = ["one", "two", "once"];
const merge = "application/merge-patch+json";
/** Strips of this age, in operations, are undone by hand if the operator has not done so. */
const maxStripAge = 4;
const brewSides = ["tea", "coffee", "milk"];

/** Plays one game to its end. Throws with everything that is not as it has to be. */
export async function playOwnership(stage: GameStage, options: GameOptions): Promise<void> {
  const game = new Game(stage, options);
  await game.play();
}

class Game {
  readonly #stage: GameStage;
  readonly #options: GameOptions;
  readonly #random: () => number;
  readonly #foreign = new Map<string, Foreign>();
  /** Uids of CRs whose children were orphaned. */
  readonly #orphaned = new Set<string>();
  readonly #operators = new Map<KatalogName, GameOperator>();
  /** Operators that are down, and the operation after which they come back. */
  readonly #down = new Map<KatalogName, number>();
  readonly #log: string[] = [];
  readonly #faults: string[] = [];
  readonly #apart: boolean;
  #strips: Strip[] = [];
  #keys: Keys = firstKeys;
  #at = 0;
  #renames = 0;
  #neighbours = 0;
  #dead: GameOperator[] = [];

  constructor(stage: GameStage, options: GameOptions) {
    this.#stage = stage;
    this.#options = options;
    this.#random = options.random;
    this.#apart = options.random() < 0.5;
  }

  async play(): Promise<void> {
    try {
      await this.#install();
      const { operations, lookEvery } = this.#options;
      for (this.#at = 1; this.#at <= operations; this.#at++) {
        await this.#operate();
        for (const [katalog, until] of this.#down) if (until <= this.#at) await this.#start(katalog);
        await new Promise((resolve) => setTimeout(resolve, this.#random() * this.#stage.maxPauseMs));
        if (this.#at % lookEvery === 0 && this.#at < operations) await this.#rest();
      }
      await this.#rest();
      await this.#end();
    } finally {
      await Promise.all([...this.#operators.values()].map((operator) => operator.stop()));
    }
    for (const operator of [...this.#dead, ...this.#operators.values()]) this.#faults.push(...operator.problems());
    assert.deepEqual(this.#faults, []);
  }

  async #install(): Promise<void> {
    const { ground, request } = this.#stage;
    for (const namespace of [...ground.homes, ground.away]) {
      await request("POST", "/api/v1/namespaces", {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: namespace },
      }).catch(tolerate(409));
    }
    for (const definition of definitions(ground)) {
      const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
      await request("POST", path, definition);
      const { plural } = definition["spec"].names;
      const namespace = definition["spec"].scope === "Cluster" ? "" : ground.away;
      await waitFor(`${plural} are served`, async () => {
        const { items = [] } = await request("GET", pathOf({ plural, namespace }, ground));
        return items.length === 0;
      });
    }
    // Owners of other people's objects: they stay to the end.
    for (const namespace of [...ground.homes, ground.away]) {
      await this.#makeForeign({ plural: "configmaps", namespace, name: "anchor" }, {});
    }
    for (let count = 0; count < this.#options.others; count++) await this.#otherPeople();
    for (const katalog of katalogNames) await this.#start(katalog);
  }

  async #start(katalog: KatalogName): Promise<void> {
    this.#down.delete(katalog);
    const text = katalogText(katalog, this.#apart, this.#keys, this.#stage.ground);
    this.#operators.set(katalog, await this.#stage.start(text, (write) => this.#judge(katalog, write)));
  }

  /** No operator may write to a foreign object. */
  #judge(katalog: string, { method, path, response }: OperatorWrite): void {
    const uid = method === "DELETE" ? response["details"]?.uid ?? response.metadata?.uid : response.metadata?.uid;
    for (const foreign of this.#foreign.values()) {
      if (foreign.uid !== uid || foreign.plural === "notes" || foreign.adoptable) continue;
      this.#faults.push(`after ${this.#at}: ${katalog} wrote to a foreign object: ${method} ${path}`);
    }
  }

  async #operate(): Promise<void> {
    const acts: readonly (readonly [weight: number, name: string, act: () => Promise<string | undefined>])[] = [
      [14, "create", () => this.#create()],
      [14, "edit", () => this.#edit()],
      [8, "move", () => this.#move()],
      [8, "delete", () => this.#delete()],
      [6, "drift", () => this.#drift()],
      [8, "delete child", () => this.#deleteChild()],
      [6, "strip labels", () => this.#strip("labels")],
      [6, "strip owner", () => this.#strip("owner")],
      [3, "put on", () => this.#putOn(() => true)],
      [14, "other people", () => this.#otherPeople()],
      [8, "copy", () => this.#copy()],
      [12, "tidy", () => this.#tidy()],
      [3, "restore", () => this.#restore()],
      [4, "kill", () => this.#kill()],
      [2, "rename", () => this.#rename()],
    ];
    let left = this.#random() * acts.reduce((sum, [weight]) => sum + weight, 0);
    const [, name, act] = acts.find(([weight]) => (left -= weight) < 0)!;
    await this.#putOn(({ at }) => at + maxStripAge < this.#at);
    const what = await act();
    if (what !== undefined) this.#log.push(`${this.#at} ${name}: ${what}`);
  }

  // What users do

  async #create(): Promise<string | undefined> {
    const plural = this.#pick(["brews", "brews", "shops", "shops", "shops", "fleets", "fleets", "zones", "notes"]);
    const name = plural === "notes" ? `${this.#pick(names)}-memo` : this.#pick(names);
    const place = { plural, namespace: plural === "zones" ? "" : this.#pick(this.#stage.ground.homes), name };
    return await this.#post(place, {
      metadata: { name, labels: plural === "brews" ? { side: this.#pick(brewSides) } : {} },
      spec: this.#spec(),
    }, "user");
  }

  #spec(): Record<string, unknown> {
    return {
      n: String(Math.floor(this.#random() * 1e6)),
      on: this.#pick(["yes", "no"]),
      // One of them is the name of a child that is only created.
      items: items.slice(0, 2).filter(() => this.#random() < 0.6),
    };
  }

  async #edit(): Promise<string | undefined> {
    const cr = await this.#anyCr();
    if (cr === undefined) return undefined;
    await this.#putOn(({ owner }) => owner === cr.metadata.uid);
    return await this.#patch(placeOf(cr), { spec: this.#spec() }, "user");
  }

  /** A Brew changes sides. */
  async #move(): Promise<string | undefined> {
    const cr = await this.#anyCr(["brews"]);
    if (cr === undefined) return undefined;
    await this.#putOn(({ owner }) => owner === cr.metadata.uid);
    return await this.#patch(placeOf(cr), { metadata: { labels: { side: this.#pick(brewSides) } } }, "user");
  }

  async #delete(): Promise<string | undefined> {
    const cr = await this.#anyCr();
    if (cr === undefined) return undefined;
    const policy = this.#pick(["Background", "Background", "Background", "Foreground", "Orphan"]);
    return await this.#remove(cr, policy);
  }

  async #remove(cr: KubeObject, policy: string): Promise<string> {
    // A child with a removed mark would count as orphaned.
    await this.#putOn(() => true);
    const uid = cr.metadata.uid!;
    // A Note that a user created under the name of a child is both.
    if (this.#foreign.get(idOf(placeOf(cr)))?.uid === uid) this.#foreign.delete(idOf(placeOf(cr)));
    if (policy === "Orphan") this.#orphaned.add(uid);
    const body = { propagationPolicy: policy, preconditions: { uid } };
    await this.#stage.request("DELETE", this.#path(placeOf(cr)), body).catch(tolerate(404, 409));
    return `${idOf(placeOf(cr))} ${uid} ${policy}`;
  }

  async #drift(): Promise<string | undefined> {
    const child = await this.#anyChild();
    if (child === undefined) return undefined;
    const field = child.kind === "Secret" ? "stringData" : child.kind === "ConfigMap" ? "data" : "spec";
    const patch = child.kind === "Deployment" || child.kind === "ServiceAccount"
      ? { metadata: { annotations: { note: "mine" } } }
      : { [field]: { n: "drifted", extra: "kept" } };
    return await this.#patch(placeOf(child), patch, "kubectl-edit");
  }

  async #deleteChild(): Promise<string | undefined> {
    const child = await this.#anyChild();
    if (child === undefined) return undefined;
    await this.#putOn(() => true);
    const body = { propagationPolicy: "Background", preconditions: { uid: child.metadata.uid } };
    await this.#stage.request("DELETE", this.#path(placeOf(child)), body).catch(tolerate(404, 409));
    return idOf(placeOf(child));
  }

  /** Removes one of two marks of a child, never both: the other has to prove it. */
  async #strip(what: "labels" | "owner"): Promise<string | undefined> {
    const child = await this.#anyChild();
    if (child === undefined) return undefined;
    const { metadata } = child;
    const controller = controllerOf(metadata);
    const ours = metadata.labels?.[labels.ownerUid];
    if (this.#strips.some(({ uid }) => uid === metadata.uid) || ours === undefined) return undefined;
    // If its CR is deleted meanwhile it would be orphaned.
    const crs = await this.#crs();
    if (!crs.some((cr) => cr.metadata.uid === ours && cr.metadata.deletionTimestamp === undefined)) return undefined;
    if (what === "owner" && controller?.uid !== ours) return undefined;
    const place = placeOf(child);
    // Without a controller only the operator's memory is left, so it must not be lost meanwhile.
    if (what === "labels" && controller === undefined && this.#down.size > 0) return undefined;
    const taken = this.#pick([[labels.ownerUid], [labels.ownerKind], Object.values(labels)]);
    this.#strips.push({
      ...place,
      uid: metadata.uid!,
      owner: ours,
      labels: metadata.labels ?? {},
      references: metadata.ownerReferences ?? [],
      at: this.#at,
    });
    const patch = what === "owner" ? { ownerReferences: null } : {
      labels: Object.fromEntries(taken.map((key) => [key, null])),
    };
    const guard = { uid: metadata.uid, resourceVersion: metadata.resourceVersion };
    return await this.#patch(place, { metadata: { ...guard, ...patch } }, "kubectl-edit");
  }

  /** Restores what was removed, where the operator has not done so. */
  async #putOn(which: (strip: Strip) => boolean): Promise<undefined> {
    const due = this.#strips.filter(which);
    this.#strips = this.#strips.filter((strip) => !due.includes(strip));
    for (const strip of due) {
      for (let tries = 0; tries < 20; tries++) {
        const now = await this.#get(strip);
        if (now?.metadata.uid !== strip.uid || now.metadata.deletionTimestamp !== undefined) break;
        const missing = Object.entries(strip.labels).filter(([key]) => now.metadata.labels?.[key] === undefined);
        const unowned = strip.references.length > 0 && now.metadata.ownerReferences === undefined;
        if (missing.length === 0 && !unowned) break;
        const { resourceVersion, uid } = now.metadata;
        const marks = { labels: Object.fromEntries(missing), ...unowned && { ownerReferences: strip.references } };
        const patch = { metadata: { resourceVersion, uid, ...marks } };
        const done = await this.#patch(strip, patch, "kubectl-edit");
        if (done !== undefined) this.#log.push(`${this.#at} put on: ${done}`);
      }
    }
    return undefined;
  }

  // What other people do

  /** Makes an object under a name that a box wants, or beside one. */
  async #otherPeople(): Promise<string | undefined> {
    const place = this.#random() < 0.4 ? this.#wantedPlace() : this.#ownPlace();
    const anchor = place.namespace === "" ? undefined : this.#foreign.get(
      idOf({ plural: "configmaps", namespace: place.namespace, name: "anchor" }),
    );
    const metadata: Partial<KubeObject["metadata"]> = {};
    const chance = this.#random();
    if (chance < 0.2) metadata.labels = { [labels.managed]: "true", [labels.managedBy]: "orkestra" };
    else if (chance < 0.4 && anchor !== undefined) metadata.ownerReferences = [referenceTo(anchor.made, true)];
    else if (chance < 0.6) {
      const cr = await this.#anyCr();
      if (cr !== undefined && mayHave(place, cr)) metadata.ownerReferences = [referenceTo(cr, false)];
    }
    return await this.#makeForeign(place, metadata);
  }

  #ownPlace(): Place {
    const { homes, away } = this.#stage.ground;
    const plural = this.#pick(["configmaps", "configmaps", "secrets", "serviceaccounts", "plots"]);
    const namespace = plural === "plots" ? "" : this.#pick([...homes, away]);
    return { plural, namespace, name: `${this.#pick(names)}-other-${++this.#neighbours}` };
  }

  #wantedPlace(): Place {
    const { ground } = this.#stage;
    const kind = this.#pick(["Brew", "Shop", "Shop", "Fleet", "Zone", "Note"]);
    const namespace = kind === "Zone" ? undefined : this.#pick(ground.homes);
    const name = kind === "Note" ? `${this.#pick(names)}-note` : this.#pick(names);
    const metadata = { name, namespace, labels: { side: this.#pick(["tea", "coffee"]) } } as KubeObject["metadata"];
    const cr = { apiVersion: `${ground.group}/v1`, kind, metadata, spec: { n: "1", on: "yes", items } };
    return this.#pick(claimsOf(cr, ground).filter(({ plural }) => plural !== "notes" && plural !== "deployments"));
  }

  /** A user saves a child in a file and creates another object from it, including labels and annotations. */
  async #copy(): Promise<string | undefined> {
    const child = await this.#anyChild(["configmaps", "secrets", "serviceaccounts", "plots"]);
    if (child === undefined) return undefined;
    const { metadata } = child;
    const wanted = this.#random() < 0.4;
    const place = { ...placeOf(child), name: `${metadata.name}-copy-${++this.#neighbours}` };
    if (wanted) Object.assign(place, this.#wantedPlace());
    const chance = this.#random();
    const owner = metadata.ownerReferences?.find(() => place.namespace === (metadata.namespace ?? ""));
    const ownerReferences = owner === undefined || chance < 0.5
      ? undefined
      : [chance < 0.75 ? owner : { ...owner, controller: false }];
    const { labels, annotations } = metadata;
    return await this.#makeForeign(place, { labels, annotations, ...ownerReferences && { ownerReferences } });
  }

  async #makeForeign(place: Place, metadata: Partial<KubeObject["metadata"]>): Promise<string | undefined> {
    const manager = this.#pick(["kubectl-create", "helm", "velero", "argocd-controller"]);
    const values = place.plural === "plots"
      ? { spec: { n: "theirs" } }
      : place.plural === "secrets"
      ? { stringData: { n: "theirs" } }
      : place.plural === "serviceaccounts"
      ? {}
      : { data: { n: "theirs" } };
    return await this.#post(place, { metadata: { ...metadata, name: place.name }, ...values }, manager);
  }

  /** A user deletes a foreign object: a name becomes free. */
  async #tidy(): Promise<string | undefined> {
    const foreign = this.#pick([...this.#foreign.values()].filter(({ name }) => name !== "anchor"));
    if (foreign === undefined) return undefined;
    await this.#putOn(() => true);
    this.#foreign.delete(idOf(foreign));
    const body = { propagationPolicy: "Background", preconditions: { uid: foreign.uid } };
    await this.#stage.request("DELETE", this.#path(foreign), body).catch(tolerate(404, 409));
    return idOf(foreign);
  }

  /** A backup of a CR and its children is played back after the CR was deleted: new uids, another field manager. */
  async #restore(): Promise<string | undefined> {
    const cr = await this.#anyCr(["brews", "shops", "fleets", "zones"]);
    if (cr === undefined) return undefined;
    const all = await this.#all();
    const children = [...all.values()].filter((object) =>
      object.metadata.labels?.[labels.ownerUid] === cr.metadata.uid && !this.#foreign.has(idOf(placeOf(object)))
    );
    await this.#remove(cr, "Background");
    await this.#allRun();
    let last: KubeObject | undefined;
    await waitFor(`${idOf(placeOf(cr))} is gone before its restore`, async () => {
      last = await this.#get(placeOf(cr));
      return last?.metadata.uid !== cr.metadata.uid;
    }, { timeoutMs: this.#stage.restMs, explain: () => [last?.metadata.finalizers, ...this.#about(cr.metadata.name)] });
    const parts = children.filter(() => this.#random() < 0.7);
    const restored = this.#random() < 0.5 ? [cr, ...parts] : [...parts, cr];
    for (const object of restored) {
      const { labels, annotations, name, finalizers } = object.metadata;
      const { apiVersion: _version, kind: _kind, metadata: _metadata, status: _status, ...rest } = object;
      const kept = object === cr && this.#random() < 0.5 ? { finalizers } : {};
      await this.#post(placeOf(object), { metadata: { labels, annotations, name, ...kept }, ...rest }, "velero");
    }
    return `${idOf(placeOf(cr))} with ${parts.map((part) => idOf(placeOf(part))).join(", ")}`;
  }

  // What happens to the operators

  async #kill(): Promise<string | undefined> {
    // A far child without its labels is known by memory alone.
    await this.#putOn(() => true);
    const running = [...this.#operators.keys()].filter((katalog) => !this.#down.has(katalog));
    const chosen = this.#random() < 0.3 ? running : running.length === 0 ? [] : [this.#pick(running)];
    for (const katalog of chosen) await this.#end1(katalog, "kill");
    const until = this.#at + Math.floor(this.#random() * 6);
    for (const katalog of chosen) this.#down.set(katalog, until);
    return chosen.length === 0 ? undefined : `${chosen.join()} until ${until}`;
  }

  async #end1(katalog: KatalogName, how: "kill" | "stop"): Promise<void> {
    const operator = this.#operators.get(katalog);
    if (operator === undefined) return;
    this.#operators.delete(katalog);
    await operator[how]();
    this.#dead.push(operator);
  }

  /** A box gets another key; now and then its author forgets `formerNames` at first. */
  async #rename(): Promise<string | undefined> {
    await this.#putOn(() => true);
    const box = this.#pick(boxNames);
    const { name, formerNames } = this.#keys[box];
    const next = `${box}-${++this.#renames}`;
    const forgets = this.#random() < 0.3;
    const renamed = { name: next, formerNames: [...formerNames, name] };
    this.#keys = { ...this.#keys, [box]: forgets ? { name: next, formerNames: [] } : renamed };
    await this.#restartWith(box);
    if (forgets) this.#forgotten.set(box, [...this.#forgotten.get(box) ?? [], ...formerNames, name]);
    return `${box}: ${name} to ${next}${forgets ? ", without formerNames" : ""}`;
  }

  readonly #forgotten = new Map<(typeof boxNames)[number], string[]>();

  async #restartWith(box: (typeof boxNames)[number]): Promise<void> {
    const katalog = katalogNames.find((name) => boxesOf(name, this.#apart).includes(box))!;
    await this.#end1(katalog, this.#random() < 0.5 ? "kill" : "stop");
    await this.#start(katalog);
  }

  // The look at the whole

  /** Everything runs, and reaches its desired state. */
  async #rest(): Promise<void> {
    await this.#putOn(() => true);
    await this.#allRun();
    await this.#until(`all is as it has to be after ${this.#at} operations`, () => this.#problems());
  }

  /** Every operator runs, and every box knows its former names: only then does each deletion end. */
  async #allRun(): Promise<void> {
    for (const katalog of [...this.#down.keys()]) await this.#start(katalog);
    for (const [box, names] of this.#forgotten) {
      const { name, formerNames } = this.#keys[box];
      const all = [...new Set([...names, ...formerNames])].filter((each) => each !== name);
      this.#keys = { ...this.#keys, [box]: { name, formerNames: all } };
      await this.#restartWith(box);
    }
    this.#forgotten.clear();
  }

  async #end(): Promise<void> {
    for (let left = await this.#crs(); left.length > 0; left = []) {
      for (const cr of left) await this.#remove(cr, this.#pick(["Background", "Background", "Foreground"]));
    }
    await this.#until("nothing of ours is left", async () => {
      // An orphaned Note is a user's from then on.
      const crs = await this.#crs();
      for (const cr of crs.filter(({ metadata }) => metadata.deletionTimestamp === undefined)) {
        await this.#remove(cr, "Background");
      }
      return [...crs.map((cr) => `${idOf(placeOf(cr))} is there still`), ...await this.#problems()];
    });
  }

  async #until(what: string, look: () => Promise<string[]>): Promise<void> {
    let found: string[] = [];
    await waitFor(what, async () => {
      found = await look();
      return found.length === 0 || this.#faults.length > 0;
    }, {
      timeoutMs: this.#stage.restMs,
      explain: () => [found, ...this.#about(...found.map((text) => / \S*\/(\S+)/.exec(text)?.[1] ?? "-"))],
    });
    assert.deepEqual(this.#faults, []);
  }

  /** Operations of the game and messages of the operators about the objects with these names. */
  #about(...about: readonly string[]): string[] {
    const crs = names.filter((name) => about.slice(0, 3).some((text) => text.includes(name)));
    const lines = this.#log.filter((line) =>
      about.slice(0, 3).some((name) => line.includes(name)) || /kill|rename/.test(line)
    );
    const messages = [...this.#operators].flatMap(([katalog, operator]) =>
      operator.log().filter((line, index, all) =>
        crs.some((name) => line.includes(name)) && !all.slice(0, index).includes(line)
      ).slice(-12).map((line) => `${katalog}: ${line}`)
    );
    return [...lines.slice(-40), ...messages];
  }

  /** Everything that is not as the Katalogs, the CRs and other people say. */
  async #problems(): Promise<string[]> {
    const { ground } = this.#stage;
    const crs = await this.#crs();
    const all = await this.#all();
    const problems: string[] = [];
    const byUid = new Map(crs.map((cr) => [cr.metadata.uid!, cr]));
    const claims = new Map<string, { cr: KubeObject; claim: Claim }[]>();
    for (const cr of crs) {
      if (cr.metadata.deletionTimestamp !== undefined) {
        problems.push(`${idOf(placeOf(cr))} is still being deleted: ${cr.metadata.finalizers}`);
        continue;
      }
      for (const claim of claimsOf(cr, ground)) {
        claims.set(idOf(claim), [...claims.get(idOf(claim)) ?? [], { cr, claim }]);
      }
    }
    /** Ids of what a CR declares and has not. */
    const lost = new Map<string, string[]>();
    const undeclared: { readonly cr: KubeObject; readonly id: string }[] = [];
    for (const id of new Set([...claims.keys(), ...all.keys()])) {
      const wanted = claims.get(id) ?? [];
      const { problem, holder, of } = this.#holderOf(id, all.get(id), wanted, byUid);
      if (of !== undefined) undeclared.push({ cr: of, id });
      if (problem !== undefined) problems.push(`${id} ${problem}`);
      for (const { cr, claim } of wanted) {
        const uid = cr.metadata.uid!;
        if (!claim.onCreate && holder !== uid) lost.set(uid, [...lost.get(uid) ?? [], id]);
      }
    }
    for (const { cr, id } of undeclared) {
      // Where a name is taken, nothing of its kind is removed: it may be that of the child before (ruling 63).
      const [plural] = id.split(" ");
      if (lost.get(cr.metadata.uid!)?.some((other) => other.startsWith(`${plural} `))) continue;
      problems.push(`${id} belongs to ${idOf(placeOf(cr))}, which does not declare it`);
    }
    for (const [id, foreign] of this.#foreign) problems.push(...this.#changesOf(id, foreign, all.get(id), byUid));
    for (const cr of crs) {
      if (cr.metadata.deletionTimestamp === undefined) problems.push(...this.#statusProblems(cr, lost));
    }
    return problems;
  }

  /** The owner of an object: the uid of a CR that exists, or `undefined`. */
  #holderOf(
    id: string,
    object: KubeObject | undefined,
    wanted: readonly { readonly cr: KubeObject; readonly claim: Claim }[],
    byUid: ReadonlyMap<string, KubeObject>,
  ): { problem?: string | undefined; holder?: string; of?: KubeObject } {
    if (object === undefined) return { problem: "is not there" };
    const { metadata } = object;
    const foreign = this.#foreign.get(id);
    const managed = isManaged(object);
    if (foreign?.uid === metadata.uid && !(foreign?.adoptable && managed && foreign.plural !== "notes")) {
      const adopts = foreign?.adoptable && wanted.some(({ claim }) => claim.adopt);
      return adopts ? { problem: "was not adopted" } : {};
    }
    const owner = metadata.labels?.[labels.ownerUid] ?? "";
    const cr = byUid.get(owner);
    if (cr !== undefined) {
      const own = wanted.find((each) => each.cr === cr);
      if (own !== undefined) return { holder: owner, problem: wrongIn(object, own.claim, cr) };
      if (leftovers(cr, this.#stage.ground).some((claim) => idOf(claim) === id)) return { holder: owner };
      if (cr.metadata.deletionTimestamp !== undefined) return {};
      if (placeOf(object).plural === "notes" && wanted.length === 0 && metadata.name.endsWith("-memo")) return {};
      return { of: cr };
    }
    if (placeOf(object).plural === "notes" && owner === "") return {}; // a user's
    const retained = metadata.annotations?.[annotations.deletionPolicy] === "Retain" && metadata.name.endsWith("-kept");
    // The garbage collector leaves an object of which another owner is there; one that was adopted may have such.
    const isOthersToo = metadata.annotations?.[annotations.adopted] !== undefined &&
      (metadata.ownerReferences ?? []).some(({ uid }) => byUid.has(uid));
    if (!managed || !(this.#orphaned.has(owner) || retained || isOthersToo)) {
      return { problem: `has no owner: ${JSON.stringify(metadata)}` };
    }
    const heir = wanted.find(({ cr, claim }) => !claim.onCreate && isHeir(cr, object));
    return heir === undefined ? {} : { problem: `was not taken over by ${idOf(placeOf(heir.cr))}` };
  }

  /** How a foreign object differs from its former state. */
  #changesOf(
    id: string,
    foreign: Foreign,
    now: KubeObject | undefined,
    byUid: ReadonlyMap<string, KubeObject>,
  ): string[] {
    const collected = foreign.owners.length > 0 && foreign.owners.every((uid) => !byUid.has(uid));
    if (now?.metadata.uid !== foreign.uid) {
      // The garbage collector took it with its owners, or an entry adopted it, and it went with its CR.
      if (collected || (foreign.adoptable && this.#mayBeAdopted(id))) return [];
      return [`${id} of another client is ${now === undefined ? "gone" : "another object"}`];
    }
    if (foreign.adoptable && foreign.plural !== "notes" && isManaged(now)) {
      return this.#mayBeAdopted(id) ? [] : [`${id} of another client is ours`];
    }
    const [before, after] = [foreign.made, now].map((object) => this.#comparable(object, foreign));
    const difference = differenceOf(before as unknown as Json, after as unknown as Json);
    return difference === undefined ? [] : [`${id} of another client was changed: ${difference}`];
  }

  #mayBeAdopted(id: string): boolean {
    return /^configmaps \S+(-wanted|-fleet)$/.test(id);
  }

  #comparable(object: KubeObject, { owners, plural }: Foreign): unknown {
    const { resourceVersion: _version, managedFields, ownerReferences, ...metadata } = object.metadata;
    const { status: _status, ...rest } = object;
    // Expected: the garbage collector on a former child, its box on a Note, its controller on a Deployment.
    if (plural === "notes" || plural === "deployments") {
      const { generation: _generation, labels: _labels, annotations, ...own } = metadata;
      const { "deployment.kubernetes.io/revision": _revision, ...notes } = annotations ?? {};
      return { ...rest, metadata: { ...own, annotations: notes } };
    }
    if (owners.length > 0) return { ...rest, metadata };
    const fields = managedFields?.map(({ time: _time, ...entry }) => entry);
    const marks = { ...ownerReferences && { ownerReferences }, ...fields && { managedFields: fields } };
    return { ...object, metadata: { ...metadata, ...marks } };
  }

  #statusProblems(cr: KubeObject, lost: ReadonlyMap<string, readonly string[]>): string[] {
    const { metadata, status, spec } = cr;
    const what = idOf(placeOf(cr));
    const found: string[] = [];
    if (cr.kind === "Note" && metadata.labels?.[`${this.#stage.ground.group}/n`] !== spec.n) {
      found.push(`${what} has not the label of its box`);
    }
    if (cr.kind === "Brew" && !["tea", "coffee"].includes(metadata.labels?.["side"] ?? "")) return found;
    const synced = (status?.conditions ?? []).find(({ type }: { type: string }) => type === "Synced");
    const lacks = lost.get(metadata.uid!) ?? [];
    const wanted = lacks.length === 0 ? "True Synced" : "False NameTaken";
    const got = `${synced?.status} ${synced?.reason}`;
    if (got !== wanted || synced?.observedGeneration !== metadata["generation"]) {
      found.push(`${what} is ${got} ("${synced?.message}"), not ${wanted} (${lacks.join(", ")})`);
    }
    return found;
  }

  // The API server

  async #crs(plurals: readonly string[] = crPlurals): Promise<KubeObject[]> {
    return await this.#lists(plurals);
  }

  async #all(): Promise<Map<string, KubeObject>> {
    const objects = await this.#lists(childPlurals);
    return new Map(objects.filter((object) => !isOfNamespace(object)).map((object) => [idOf(placeOf(object)), object]));
  }

  async #lists(plurals: readonly string[]): Promise<KubeObject[]> {
    const { ground, request } = this.#stage;
    const found: KubeObject[] = [];
    for (const plural of plurals) {
      const type = typeOf(plural, ground);
      const apiVersion = type.group === "" ? type.version : `${type.group}/${type.version}`;
      const namespaces = type.namespaced ? [...ground.homes, ground.away] : [""];
      for (const namespace of namespaces) {
        const { items = [] } = await request("GET", pathOf({ plural, namespace }, ground));
        found.push(...items.map((item) => ({ ...item, apiVersion, kind: type.kind })));
      }
    }
    return found;
  }

  async #anyCr(plurals: readonly string[] = crPlurals): Promise<KubeObject | undefined> {
    const crs = await this.#crs([this.#pick(plurals)]);
    return this.#pick(crs.filter((cr) => {
      const { uid, deletionTimestamp } = cr.metadata;
      return deletionTimestamp === undefined && this.#foreign.get(idOf(placeOf(cr)))?.uid !== uid;
    }));
  }

  /** A child of a CR that is not being deleted. */
  async #anyChild(plurals: readonly string[] = childPlurals): Promise<KubeObject | undefined> {
    const objects = await this.#lists([this.#pick(plurals)]);
    return this.#pick(objects.filter(({ metadata, ...object }) => {
      const foreign = this.#foreign.get(idOf(placeOf({ ...object, metadata } as KubeObject)));
      return metadata.labels?.[labels.ownerUid] !== undefined && foreign?.uid !== metadata.uid &&
        metadata.deletionTimestamp === undefined;
    }));
  }

  async #get(place: Place): Promise<KubeObject | undefined> {
    const found = await this.#stage.request("GET", this.#path(place)).catch(tolerate(404));
    return found ?? undefined;
  }

  /** Makes an object; one that no box will count as its own is noted. */
  async #post(place: Place, body: Record<string, unknown>, manager: string): Promise<string | undefined> {
    const { ground, request } = this.#stage;
    const { kind, group, version } = typeOf(place.plural, ground);
    const apiVersion = group === "" ? version : `${group}/${version}`;
    const { name: _name, ...collection } = place;
    const path = `${pathOf(collection, ground)}?fieldManager=${manager}`;
    const made = await request("POST", path, { apiVersion, kind, ...body }).catch(tolerate(409));
    if (made === undefined) return undefined;
    const isCr = (crPlurals as readonly string[]).includes(place.plural) && !place.name.endsWith("-note");
    if (!isCr) {
      const references = made.metadata.ownerReferences ?? [];
      this.#foreign.set(idOf(place), {
        plural: place.plural,
        namespace: place.namespace,
        name: place.name,
        uid: made.metadata.uid!,
        made: { ...made, apiVersion, kind },
        adoptable: controllerOf(made.metadata) === undefined,
        owners: references.filter(({ kind }) => kind !== "ConfigMap").map(({ uid }) => uid),
      });
    }
    return `${idOf(place)} by ${manager} ${made.metadata.uid}`;
  }

  async #patch(place: Place, patch: unknown, manager: string): Promise<string | undefined> {
    const path = `${this.#path(place)}?fieldManager=${manager}`;
    const done = await this.#stage.request("PATCH", path, patch, merge).catch(tolerate(404, 409, 422));
    return done === undefined ? undefined : `${idOf(place)} ${JSON.stringify(patch)}`;
  }

  #path(place: Place): string {
    return pathOf(place, this.#stage.ground);
  }

  #pick<T>(from: readonly [T, ...T[]]): T;
  #pick<T>(from: readonly T[]): T;
  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)]!;
  }
}

/** The first path at which two values differ, and both values. */
function differenceOf(before: Json | undefined, after: Json | undefined, path = ""): string | undefined {
  if (isMap(before) && isMap(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const found = differenceOf(before[key], after[key], `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const [was, is] = [before, after].map((value) => value === undefined ? "absent" : canonicalJson(value));
  return was === is ? undefined : `${path} was ${was} and is ${is}`;
}

/** Responses to late operations (404, 409) are expected. */
function tolerate(...statuses: readonly number[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof RequestFailed && statuses.includes(error.status)) return undefined;
    throw error;
  };
}

const plurals: Readonly<Record<string, string>> = {
  Brew: "brews",
  Shop: "shops",
  Fleet: "fleets",
  Zone: "zones",
  Note: "notes",
  Plot: "plots",
  ConfigMap: "configmaps",
  Secret: "secrets",
  ServiceAccount: "serviceaccounts",
  Deployment: "deployments",
};

function placeOf({ kind, metadata }: KubeObject): Place {
  return { plural: plurals[kind]!, namespace: metadata.namespace ?? "", name: metadata.name };
}

function isOfNamespace({ kind, metadata: { name } }: KubeObject): boolean {
  return (kind === "ConfigMap" && name === "kube-root-ca.crt") || (kind === "ServiceAccount" && name === "default");
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject, controller: boolean): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid!, controller };
}

function isManaged({ metadata: { managedFields = [] } }: KubeObject): boolean {
  return managedFields.some(({ manager }) => manager === fieldManager);
}

/** An owner in another namespace would be none. */
function mayHave(place: Place, owner: KubeObject): boolean {
  return owner.metadata.namespace === undefined || owner.metadata.namespace === place.namespace;
}

/** The CR has kind, namespace and name of one that does not exist any more. */
function isHeir(cr: KubeObject, { metadata }: KubeObject): boolean {
  const group = cr.apiVersion.split("/")[0]!;
  const { name, namespace = "" } = cr.metadata;
  const said = metadata.labels?.[labels.owner] ?? "";
  // A name that is too long for a label is compared by its beginning: those of the game differ later.
  const same = name.length <= 63 && !name.startsWith("sss") ? said === name : said.startsWith(name.slice(0, 52)) &&
    (metadata.name.startsWith(name) || metadata.name.includes(`-${name}`));
  return metadata.labels?.[labels.ownerKind] === groupKind({ group, kind: cr.kind }) && same &&
    metadata.labels?.[labels.ownerNamespace] === namespace;
}

/** What is wrong in a child that is its CR's own. */
function wrongIn(object: KubeObject, claim: Claim, cr: KubeObject): string | undefined {
  const { metadata } = object;
  const uid = cr.metadata.uid!;
  if (metadata.deletionTimestamp !== undefined) return "is being deleted";
  if (!isManaged(object)) return "is not managed by us";
  const controller = controllerOf(metadata)?.uid;
  if (controller !== (claim.controlled ? uid : undefined)) return `has the controller ${controller}`;
  const kind = groupKind({ group: cr.apiVersion.split("/")[0]!, kind: cr.kind });
  if (metadata.labels?.[labels.ownerKind] !== kind) return `has no label ${labels.ownerKind}`;
  if (claim.onCreate) return undefined;
  if (metadata.annotations?.[annotations.applied] === undefined) return `has no annotation ${annotations.applied}`;
  const values = valuesOf(object);
  const wrong = Object.entries(claim.values).find(([key, value]) => values[key] !== value);
  return wrong === undefined ? undefined : `has ${wrong[0]} ${values[wrong[0]]}, not ${wrong[1]}`;
}
