import assert from "node:assert/strict";
import { annotations, labels } from "../../src/k8s/names.ts";
import { waitFor } from "../support/wait_for.ts";
import { deleteByUser } from "./delete_by_user.ts";
import { differenceFrom } from "./difference.ts";
import { type Example, readExample } from "./example.ts";
import { Objects } from "./objects.ts";
import type { OperatorCall, RunningOperator, Stage } from "./stage.ts";

/**
 * Runs one example to the end: it converges with one write a child, then nothing is asked of the API server over three
 * resyncs and a restart, every child that is deleted or changed by hand is put back, and deleting the CR leaves nothing.
 * `from`: the folder of the example, where it is none of `katalogs/`.
 */
export async function runExample(name: string, stage: Stage, from?: string): Promise<void> {
  const example = await readExample(name, stage.namespace, from);
  const play = new Play(stage, example);
  try {
    await play.install();
    await play.converge();
    await play.rest();
    await play.restart();
    await play.drift();
    await play.remove();
  } finally {
    await play.end();
    await example.remove();
  }
}

/** The garbage collector learns of a new CRD within half a minute only, and till then collects nothing of its objects. */
const patience = { timeoutMs: 120_000 };

class Play {
  readonly #stage: Stage;
  readonly #example: Example;
  readonly #objects: Objects;
  #operator: RunningOperator | undefined;

  constructor(stage: Stage, example: Example) {
    this.#stage = stage;
    this.#example = example;
    this.#objects = new Objects(stage, example);
  }

  async install(): Promise<void> {
    await this.#objects.install(this.#example);
    this.#operator = await this.#stage.startOperator(this.#example.katalog);
  }

  async converge(): Promise<void> {
    const mark = await this.#stage.mark();
    for (const cr of this.#example.crs) await this.#objects.apply(cr);
    await this.#expected("converges");
    await this.#idle();
    const calls = await mark.callsSince();
    const writes = new Map<string, number>();
    for (const [index, { what, namespace, name }] of calls.entries()) {
      if (what.trim() === "get") continue; // discovery, after a change of a CRD that has just been installed
      assert.match(what, /^(?:patch|create) /, `the operator asked for more than writes: ${inspect(calls)}`);
      if (/\/status$|^create events$|^patch events$/.test(what) || this.#isOwnObject(what, name)) continue;
      // A POST has no name in its path; that none is doubled shows in the sum.
      const key = `${what.split(" ")[1]} ${namespace}/${name === "" ? `#${index}` : name}`;
      writes.set(key, (writes.get(key) ?? 0) + 1);
    }
    for (const [child, count] of writes) {
      assert.equal(count, 1, `${child} was written ${count} times: ${inspect(calls)}`);
    }
    assert.equal(writes.size, (await this.#objects.children()).length, `one write a child: ${inspect(calls)}`);
  }

  /** Labels that the Katalog declares are written on the CR itself. */
  #isOwnObject(what: string, name: string): boolean {
    return this.#example.crs.some((cr) => {
      const type = this.#objects.types.find(({ kind }) => kind === cr.kind);
      return cr.metadata.name === name && what === `patch ${type?.plural}`;
    });
  }

  /** Three resyncs of every CR: no request at all. */
  async rest(): Promise<void> {
    const mark = await this.#stage.mark();
    await this.#idle(3 * this.#crCount());
    assert.deepEqual(await mark.callsSince(), [], "a resync asked for something");
  }

  async restart(): Promise<void> {
    await this.#operator!.stop();
    this.#operator = undefined;
    const mark = await this.#stage.mark();
    this.#operator = await this.#stage.startOperator(this.#example.katalog);
    await this.#idle(2 * this.#crCount());
    const more = (await mark.callsSince()).filter(({ what }) => !what.startsWith("list ") && what !== "get ");
    assert.deepEqual(more, [], "a restart asked for more than discovery, its first lists and watches");
  }

  async drift(): Promise<void> {
    for (const child of await this.#objects.children()) {
      const path = this.#objects.path(child);
      const what = `${child.kind} ${child.metadata.name}`;
      if (child.metadata.annotations?.[annotations.applied] !== undefined) {
        const patch = { metadata: { labels: { [labels.managedBy]: "hand", [labels.owner]: null } } };
        // A child of a child that was just deleted may be gone for a moment.
        await waitFor(`${what} takes a change by hand`, async () => {
          await this.#stage.request("PATCH", path, patch, "application/merge-patch+json");
          return true;
        }, patience);
        await waitFor(`${what} is put back after a change by hand`, async () => {
          const { metadata } = await this.#stage.request("GET", path);
          return metadata.labels?.[labels.managedBy] === "orkestra" && metadata.labels[labels.owner] !== undefined;
        }, patience);
      }
      // Storage in use is protected: it would stay on its way out for as long as a Pod mounts it.
      if (child.kind === "PersistentVolumeClaim") continue;
      await this.#stage.request("DELETE", `${path}?propagationPolicy=Background`);
      await waitFor(`${what} is back after it was deleted by hand`, async () => {
        const { metadata } = await this.#stage.request("GET", path);
        return metadata.uid !== child.metadata.uid && metadata.deletionTimestamp === undefined;
      }, patience);
    }
    await this.#expected("is as before after all children were changed and deleted by hand");
  }

  async remove(): Promise<void> {
    for (const cr of this.#example.crs) {
      await deleteByUser(this.#stage.request, this.#objects.path(cr));
    }
    await waitFor("nothing is left of the example", async () => {
      return (await this.#objects.children()).length === 0;
    }, {
      ...patience,
      explain: async () => (await this.#objects.children()).map((child) => this.#objects.path(child)),
    });
    for (const cr of this.#example.crs) {
      await waitFor(`${cr.kind} ${cr.metadata.name} is gone`, () => this.#objects.isGone(cr));
    }
  }

  async end(): Promise<void> {
    await this.#operator?.stop();
    await this.#stage.beforeUninstall?.();
    await this.#objects.uninstall(this.#example);
  }

  #crCount(): number {
    return this.#example.crs.length;
  }

  /** Waits until the operator has looked at everything once more and found nothing to do. */
  async #idle(passes = this.#crCount()): Promise<void> {
    const before = this.#operator!.idlePasses();
    await waitFor(`${passes} passes without a change`, () => this.#operator!.idlePasses() >= before + passes);
  }

  async #expected(what: string): Promise<void> {
    let last: string | undefined;
    await waitFor(`${this.#example.name} ${what}`, async () => {
      last = await differenceFrom(this.#example, this.#objects, this.#stage);
      return last === undefined;
    }, { ...patience, explain: () => last });
  }
}

function inspect(calls: readonly OperatorCall[]): string {
  return calls.map(({ what, name }) => `${what} ${name}`).join("; ");
}
