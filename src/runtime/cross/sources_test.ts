import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clock.ts";
import { planOf } from "../../../tests/support/plans.ts";
import { stringifyJson } from "../../base/json.ts";
import { CrossTable } from "../../box/mod.ts";
import { CrossHub } from "./hub.ts";
import { printPage } from "./page.ts";
import { startCrossSources } from "./sources.ts";

const entry = (name: string, ...sources: string[]) =>
  `${name}: {apiTypes: {group: a.example.org, version: v1, kind: ${name.toUpperCase()}}, operatorBox: {cross: [${
    sources.map((crd, n) => `{crd: ${crd}, as: a${n}, selector: {name: x}, source: {host: "http://other"}}`).join(", ")
  }]}}\n`;

Deno.test("startCrossSources() reads each source once, for all boxes of all hubs", async () => {
  const { boxes } = planOf(entry("a", "q", "r") + entry("b", "q") + entry("c"));
  const clock = new FakeClock();
  const requests: string[] = [];
  let closed = 0;
  const sources = startCrossSources(boxes, {
    connect: ({ key }) => ({
      request: (url) => {
        requests.push(url);
        if (key.startsWith("r@")) return Promise.reject(new TypeError("Refused"));
        const object = { name: "x", labels: {}, annotations: {}, spec: {}, status: {} };
        const body = stringifyJson(printPage("q", { items: [object], total: 1, omitted: 0 }, undefined));
        return Promise.resolve({ status: 200, body });
      },
      close: () => void closed++,
    }),
    openApi: () => {
      throw new Error("No Secret is needed");
    },
    readTextFile: () => Promise.reject(new Error("No file is needed")),
    clock,
    random: () => 0,
    log: () => {},
  });
  // As with a Lease for each group of boxes.
  const tables = boxes.map((box) => {
    const table = new CrossTable();
    new CrossHub([box], clock, sources.observed).linkOf(box).open((update) =>
      Promise.resolve(void table.apply(update))
    );
    return table;
  });
  await settle();
  assert.deepEqual(requests, ["q", "r"].map((crd) => `http://other/katalog/${crd}/cr?view=cross`));
  assert.deepEqual(boxes.map(({ name }, n) => [name, [...tables[n]!.keys()]]), [["a", ["x"]], ["b", ["x"]], ["c", []]]);
  const statesOf = (n: number) => sources.statesOf(boxes[n]!)?.map(({ source, state }) => `${source} ${state}`);
  assert.deepEqual([0, 1, 2].map(statesOf), [
    ["q@http://other current", "r@http://other unreached"],
    ["q@http://other current"],
    undefined,
  ]);
  assert.equal(sources.states().length, 2);
  await sources.stop();
  assert.deepEqual([closed, clock.pendingMs], [2, []]);
});
