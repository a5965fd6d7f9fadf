import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import type { CrossObject, CrossSelector } from "../../input/mod.ts";
import { describeTrigger } from "../queue/trigger.ts";
import { CrossReader } from "./reader.ts";
import type { CrossUpdate } from "./update.ts";

function object(name: string, status = "", labels: Record<string, string> = {}): CrossObject {
  return { name, namespace: "x", labels, annotations: {}, spec: {}, status: { is: status } };
}

function start(...sources: string[]) {
  const clock = new FakeClock();
  const triggered: string[] = [];
  const notes: string[] = [];
  const causes: string[] = [];
  const reader = new CrossReader({
    sources,
    clock,
    changed: (key, cause) => {
      triggered.push(key);
      causes.push(describeTrigger(cause));
    },
    note: (message) => void notes.push(message),
  });
  return {
    ...{ clock, reader, notes, causes },
    receive: (source: string, objects: readonly CrossObject[], more: Partial<CrossUpdate> = {}) =>
      reader.receive({
        ...{ source, begins: false, complete: true, gone: [], omitted: 0 },
        ...more,
        objects: objects.map((each) => ({ object: each, bytes: 1 })),
      }),
    /** One decision on a CR. */
    find: (key: string, box: string, ...selectors: CrossSelector[]) => {
      const view = reader.viewOf(key);
      return selectors.map((selector) => {
        const found = view.find(box, selector);
        return typeof found === "string" ? found : found.map(({ name }) => name);
      });
    },
    triggered: () => triggered.splice(0).sort(),
  };
}

const named = (name: string): CrossSelector => ({ name, namespace: "x" });
const labelled = (labels: Record<string, string>): CrossSelector => ({ labels, namespace: "x" });

Deno.test("CrossReader does not wait for a source that cannot be reached, and follows it when it can be", async () => {
  const { receive, find, triggered, reader, notes, clock } = start("db", "db@http://other");
  let isSettled = false;
  void reader.settled().then(() => isSettled = true);
  receive("db", []);
  await clock.advance(1_000);
  assert.deepEqual([isSettled, reader.waitingFor], [false, ["db@http://other"]]);
  receive("db@http://other", [], { complete: false, unreached: true });
  await clock.advance(0);
  assert.equal(isSettled, true);
  assert.deepEqual(find("one", "db@http://other", named("a")), [[]]);
  receive("db@http://other", [object("a")], { begins: true });
  assert.deepEqual([triggered(), notes], [["one"], []]);
  assert.deepEqual(find("one", "db@http://other", named("a")), [["a"]]);
});

Deno.test("CrossReader triggers exactly the CRs that select the old or the new state", () => {
  const { receive, find, triggered, reader } = start("db");
  receive("db", [object("a"), object("b", "", { tier: "web" })]);
  assert.deepEqual(triggered(), []);
  assert.deepEqual(find("one", "db", named("a")), [["a"]]);
  assert.deepEqual(find("two", "db", named("a"), named("b")), [["a"], ["b"]]);
  assert.deepEqual(find("web", "db", labelled({ tier: "web" })), [["b"]]);
  assert.deepEqual(find("all", "db", labelled({})), [["a", "b"]]);
  assert.deepEqual(find("none", "db", { name: "a", namespace: "y" }, labelled({ tier: "none" })), [[], []]);
  const version = reader.versionOf("one");

  receive("db", [object("a", "new")]);
  assert.deepEqual(triggered(), ["all", "one", "two"]);
  assert.notEqual(reader.versionOf("one"), version);
  assert.equal(reader.versionOf("web"), 0);
  receive("db", [object("a", "new")]);
  assert.deepEqual(triggered(), [], "nothing has changed");
  receive("db", [object("b", "", { tier: "api" })]);
  assert.deepEqual(triggered(), ["all", "two", "web"], "it matched before");
  assert.deepEqual(find("web", "db", labelled({ tier: "web" })), [[]]);
  receive("db", [], { gone: ["x/a"] });
  assert.deepEqual(triggered(), ["all", "one", "two"]);
  assert.deepEqual(find("one", "db", named("a")), [[]]);
});

Deno.test("CrossReader follows what the last decision on a CR looked up", () => {
  const { receive, find, triggered, causes, reader } = start("db");
  receive("db", [object("a"), object("b")]);
  find("one", "db", named("a"), labelled({ k: "v" }));
  find("one", "db", named("b"));
  receive("db", [object("a", "new", { k: "v" })]);
  assert.deepEqual(triggered(), []);
  receive("db", [object("b", "new")]);
  assert.deepEqual([triggered(), causes], [["one"], ['x/b of "db" changed']]);
  reader.forget("one");
  receive("db", [object("b", "newer")]);
  assert.deepEqual([triggered(), reader.versionOf("one")], [[], 0]);
});

Deno.test("CrossReader is settled when each source is complete", async () => {
  const { receive, reader, clock, notes } = start("db", "mail", "db");
  let isSettled = false;
  void reader.settled().then(() => isSettled = true);
  receive("db", [object("a")], { begins: true, complete: false });
  receive("db", []);
  await clock.advance(1);
  assert.deepEqual([isSettled, reader.waitingFor], [false, ["mail"]]);
  receive("mail", [], { begins: true });
  receive("other", []);
  await clock.advance(0);
  assert.deepEqual([isSettled, reader.waitingFor], [true, []]);
  await clock.advance(60_000);
  assert.deepEqual([notes, clock.pendingMs], [[], []]);
});

Deno.test("CrossReader does not wait for ever: what stays silent has no objects, until it is heard of", async () => {
  const { receive, reader, find, clock, notes, triggered } = start("db");
  let isSettled = false;
  await clock.advance(60_000);
  void reader.settled().then(() => isSettled = true);
  await clock.advance(14_999);
  assert.equal(isSettled, false);
  await clock.advance(1);
  assert.equal(isSettled, true);
  assert.deepEqual(notes, ['nothing was heard of "db" for 15 s: its objects count as not found']);
  assert.deepEqual(find("one", "db", named("a")), [[]]);
  receive("db", [object("a")], { begins: true });
  assert.deepEqual(triggered(), ["one"]);
});

Deno.test("CrossReader does not take for absent what a source leaves out", () => {
  const { receive, find, triggered, causes } = start("db");
  receive("db", [object("a")]);
  find("one", "db", named("b"));
  receive("db", [], { omitted: 2 });
  assert.deepEqual([triggered(), causes], [["one"], ['what is known of "db" changed']]);
  const unknown = '"db" has more or larger objects than can be observed: 2 are left out';
  assert.deepEqual(find("one", "db", named("b"), labelled({}), named("a")), [unknown, unknown, ["a"]]);
  receive("db", [], { omitted: 1 });
  assert.deepEqual(triggered(), []);
  receive("db", []);
  assert.deepEqual(triggered(), ["one"]);
});

Deno.test("CrossReader rejects who waits when it is stopped", async () => {
  const { reader, clock } = start("db");
  const settled = reader.settled();
  reader.stop();
  await assert.rejects(settled, { name: "AbortError" });
  assert.deepEqual(clock.pendingMs, []);
  await assert.rejects(reader.settled(), { name: "AbortError" });
  assert.deepEqual(clock.pendingMs, [], "nor does anything wait afterwards");
});

Deno.test("CrossReader finds who selects by several labels, whichever of them is rare", () => {
  const { receive, find, triggered } = start("db");
  receive("db", [object("a", "", { team: "one" }), object("b", "", { team: "one" })]);
  const both = labelled({ team: "one", tier: "web" });
  assert.deepEqual(find("first", "db", both), [[]]);
  receive("db", [object("c", "", { tier: "web" }), object("d", "", { team: "two", tier: "web" })]);
  assert.deepEqual(triggered(), []);
  // By now the other label is as rare: the same selector is found in two places.
  assert.deepEqual(find("second", "db", both, labelled({ team: "two" })), [[], ["d"]]);
  receive("db", [object("e", "", { team: "one", tier: "web" })]);
  assert.deepEqual(triggered(), ["first", "second"]);
  assert.deepEqual(find("first", "db", both), [["e"]]);
  receive("db", [object("e", "", { team: "two", tier: "web" })]);
  assert.deepEqual(triggered(), ["first", "second"]);
});
