import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import type { EventRecorder } from "../../cluster/mod.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { BoxPlan } from "../../plan/plan.ts";
import { Aftermath, type Suspect } from "./former_run.ts";
import { WorkQueue } from "../queue/queue.ts";

type EventText = Parameters<EventRecorder["record"]>[0];

function after(suspects: readonly Suspect[], group = "demo.dev") {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock });
  const events: EventText[] = [];
  const recorder: EventRecorder = {
    record: (event) => void events.push(event),
    dropped: 0,
    stop: () => Promise.resolve(),
  };
  const type = { group, version: "v1", kind: "Demo", plural: "demos", namespaced: true };
  const reason = "231 MB of its 256 MB of memory in use";
  const aftermath = new Aftermath({ reason, suspects }, { type } as BoxPlan, queue, recorder);
  return { aftermath, clock, queue, events };
}

function demo(name: string, generation: number): KubeObject {
  return {
    apiVersion: "demo.dev/v1",
    kind: "Demo",
    metadata: { name, namespace: "team", uid: `uid-${name}`, generation },
  };
}

const bad: Suspect = { key: "team/bad", generation: 3, waitMs: 5000, fresh: true };

Deno.test("Aftermath records the restart on the definition, and on each object that was being reconciled", () => {
  const { aftermath, events } = after([bad, { ...bad, key: "team/earlier", fresh: false }]);
  assert.equal(events.length, 1);
  const [ofBox] = events;
  assert.deepEqual(ofBox!.regarding, {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "demos.demo.dev" },
  });
  assert.equal(ofBox!.type, "Warning");
  assert.equal(ofBox!.reason, "CellRestarted");
  assert.match(
    ofBox!.message,
    /started again: 231 MB of its 256 MB of memory in use; being reconciled: team\/bad\. If it/,
  );
  for (const name of ["good", "bad", "earlier", "bad"]) aftermath.seen(demo(name, 3));
  assert.equal(events.length, 2);
  assert.equal(events[1]!.reason, "CellEnded");
  assert.equal(events[1]!.regarding.metadata.uid, "uid-bad");
  assert.match(events[1]!.message, /being reconciled when the operator was ended: 231 MB.* tried again in 5 s/);
});

Deno.test("Aftermath records nothing for a built-in kind", () => {
  assert.deepEqual(after([], "apps").events, []);
});

Deno.test("Aftermath holds a suspect back, until it is changed", async () => {
  const { aftermath, clock, queue } = after([bad]);
  aftermath.seen(demo("bad", 3));
  queue.add("team/bad");
  let taken: string | undefined;
  void queue.take().then((key) => taken = key);
  await clock.advance(4999);
  assert.equal(taken, undefined);
  aftermath.seen(demo("bad", 4));
  await clock.advance(0);
  assert.equal(taken, "team/bad");
});

Deno.test("Aftermath returns the suspects that do not exist any more", () => {
  const { aftermath } = after([bad, { ...bad, key: "team/gone" }]);
  aftermath.seen(demo("bad", 3));
  assert.deepEqual(aftermath.gone(), ["team/gone"]);
  assert.deepEqual(aftermath.gone(), []);
});
