import assert from "node:assert/strict";
import { parse } from "yaml";
import type { Json } from "../../../src/base/json.ts";
import { printYaml } from "../../../src/dev/print_yaml.ts";
import type { Condition } from "../../../src/k8s/object.ts";
import { logMessages } from "../../../src/runtime/report.ts";
import { conditionOf, demos, type Operator, operatorFor } from "../../box/operator.ts";
import { realClock } from "../../support/clock.ts";
import { waitFor } from "../../support/wait_for.ts";
import { WriteFaults } from "../../support/write_faults.ts";
import { type Way, ways } from "./ways.ts";

/**
 * What the user of a CR sees of each way in which things go wrong: its conditions, its Events, and the log.
 * UPDATE_GOLDENS=1 writes the files anew; read the difference as the user would.
 */
const folder = new URL("./", import.meta.url);
const update = Deno.env.get("UPDATE_GOLDENS") === "1";

interface EventLine {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
}

interface Event extends EventLine {
  readonly metadata: { readonly name: string };
  readonly regarding: { readonly name: string };
}

/** What is seen of one CR. */
interface Seen {
  readonly conditions: readonly Pick<Condition, "type" | "status" | "reason" | "message">[];
  readonly events: readonly EventLine[];
  readonly log: readonly string[];
}

async function see(way: Way, expected: Seen | undefined): Promise<Seen> {
  const { box, more, crd, kinds = [], spec = {}, fault, before, then, simulateWorkloads = true } = way;
  const faults = new WriteFaults();
  if (fault !== undefined) faults.set(...fault);
  const lines: string[] = [];
  const log = logMessages((level, message) => {
    if (level !== "debug") lines.push(level === "info" ? message : `${level}: ${message}`);
  }, realClock);
  await using operator = await operatorFor(
    { box, ...(more === undefined ? {} : { more }), reconciler: way.reconciler ?? "resync: 1h" },
    crd,
    (request, forward) => faults.between(request, () => way.between?.(request, forward) ?? forward()),
    {
      simulateWorkloads,
      kinds: [...kinds],
      limits: { requestMs: way.requestMs ?? 30_000 },
      reportsIdle: false,
      report: (message) => message.type === "ready" || log(message),
    },
  );
  await before?.(operator);
  await operator.demo("shop", spec);
  const [type, reason] = way.first ?? ["Ready", "Ready"];
  await operator.until(`${demos}/shop`, (cr) => conditionOf(cr, type)?.reason === reason);
  await then?.(operator, faults);
  if (way.isGone === true) await operator.untilGone(`${demos}/shop`);
  else {
    const [lastType, lastReason] = way.last ?? [type, reason];
    await operator.until(`${demos}/shop`, (cr) => conditionOf(cr, lastType)?.reason === lastReason);
  }
  // Events and log come after the status.
  if (expected === undefined) await new Promise((resolve) => setTimeout(resolve, way.settleMs ?? 400));
  else {
    const { events, log: { length } } = expected;
    const explain = () => lines;
    await waitFor(
      "Events and lines of the log are as many",
      async () => (await eventsOf(operator)).length >= events.length && lines.length >= length,
      { timeoutMs: 5_000, explain },
    );
  }
  const conditions: Condition[] = (await operator.get(`${demos}/shop`))?.["status"]?.conditions ?? [];
  return {
    conditions: conditions.map(({ type, status, reason, message }) => ({
      type,
      status,
      reason,
      message: normalized(message),
    })),
    events: await eventsOf(operator),
    log: lines.map(normalized),
  };
}

async function eventsOf(operator: Operator): Promise<EventLine[]> {
  const { items } = await operator.request("GET", "/apis/events.k8s.io/v1/events") as unknown as { items: Event[] };
  return items.filter(({ regarding }) => regarding.name === "shop")
    .sort((a, b) => orderOf(a) - orderOf(b))
    .map(({ type, reason, note }) => ({ type, reason, note: normalized(note) }));
}

/** Names of Events end in a counter. */
function orderOf({ metadata: { name } }: Event): number {
  return parseInt(name.slice(-4), 16);
}

/** Without what differs from run to run. */
function normalized(text: string): string {
  return text.replaceAll(/\b(in|after|for) \d+(?:\.\d+)?(?:ms|m|s| s)(?:\d+(?:\.\d+)?s)?\b/g, "$1 <time>")
    .replaceAll(/after \d+ failures?/g, "after <number> failures")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uid>");
}

function read(name: string): Seen | undefined {
  if (update) return undefined;
  return parse(Deno.readTextFileSync(new URL(`${name}.yaml`, folder))) as Seen;
}

for (const [name, way] of Object.entries(ways)) {
  Deno.test(`${way.what}: conditions, Events and log are as read`, async () => {
    const expected = read(name);
    const seen = await see(way, expected);
    const file = new URL(`${name}.yaml`, folder);
    const { box, more = "", reconciler = "", spec = {} } = way;
    const katalog = [more, reconciler, `operatorBox:\n${box.replaceAll(/^/gm, "  ")}`].filter((text) => text !== "");
    const text = `# ${way.what}.\n${printYaml({ katalog: katalog.join("\n"), spec, ...seen } as unknown as Json)}`;
    if (update) return Deno.writeTextFileSync(file, text);
    assert.equal(text, Deno.readTextFileSync(file));
  });
}

Deno.test("every golden of the truth belongs to a way", () => {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".yaml"));
  assert.deepEqual(files.sort(), Object.keys(ways).map((name) => `${name}.yaml`).sort());
});
