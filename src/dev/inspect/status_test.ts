import assert from "node:assert/strict";
import { serveOnLoopback } from "../../../tests/support/loopback_server.ts";
import { realClock } from "../../../tests/support/clock.ts";
import { crdOf, katalogOf } from "../../../tests/support/katalog_response.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { katalogResponse } from "./responses.ts";
import { status, statusLines, type StatusOptions } from "./status.ts";

const ill = { state: "degraded", healthy: false, consecutiveFails: 5, reason: "5 passes failed", lastError: "no\nway" };

Deno.test("statusLines() has a table, then why what is not healthy is not", () => {
  const katalog = katalogResponse.parse(katalogOf([
    crdOf("website"),
    crdOf("db", ill),
    { name: "hidden", state: "pending", healthy: false },
  ]));
  assert.deepEqual(statusLines(katalog, { colour: false }), [
    "CRD      STATE     WORKERS  QUEUE  FAILS  RECONCILES  FAILED  RESOURCES  UPTIME",
    "website  healthy   3/3      0      0/5    7           0       1          11m47s",
    "db       degraded  3/3      0      5/5    7           0       1          11m47s",
    "hidden   pending   -        -      -      -           -       -          -",
    "",
    "db is degraded: 5 passes failed",
    "  last error: no way",
    "",
    "hidden is pending",
  ]);
});

Deno.test("statusLines() says when the files of the Katalog are not those that run", () => {
  const linesOf = (more: object) =>
    statusLines(katalogResponse.parse({ ...katalogOf([crdOf("website")]), ...more }), { colour: false }).slice(2);
  assert.deepEqual(linesOf({ katalogFiles: "current" }), []);
  assert.deepEqual(linesOf({}), []);
  assert.deepEqual(linesOf({ katalogFiles: "changed", katalogFilesReason: "~ website: workers: 3 → 5" }), [
    "",
    "The files of the Katalog have changed since it was loaded: ~ website: workers: 3 → 5",
  ]);
  assert.deepEqual(linesOf({ katalogFiles: "broken", katalogFilesReason: "k.yaml:1:1: error: No\n    hint: yes" }), [
    "",
    "The files of the Katalog do not load, so the former Katalog runs on: k.yaml:1:1: error: No hint: yes",
  ]);
});

/** `ork status` with a Runtime whose responses come from `respond`. */
async function play(
  respond: (count: number) => Response,
  options: Partial<StatusOptions>,
  until: (seen: { out: string[]; err: string[] }) => Promise<unknown> = () => new Promise(() => {}),
) {
  let count = 0;
  await using server = serveOnLoopback(() => respond(count++));
  const seen = { out: [] as string[], err: [] as string[], drawn: 0 };
  const terminal = {
    out: (text: string) => void seen.out.push(text),
    err: (text: string) => void seen.err.push(text),
    redraw: (text: string) => {
      seen.drawn++;
      seen.out.push(text);
    },
    colour: false,
  };
  const unexpected = () => {
    throw new Error("Nothing but the URL was to be asked");
  };
  const url = `http://127.0.0.1:${server.port}`;
  const code = await status(
    { url, watch: false, intervalMs: 10, timeoutMs: 5_000, output: "text", ...options },
    terminal,
    {
      clock: realClock,
      env: () => undefined,
      findCluster: unexpected,
      connect: unexpected,
      forward: unexpected,
      until: async () => {
        await until(seen);
        return "SIGINT";
      },
    },
  );
  return { code, ...seen };
}

const healthy = () => Response.json(katalogOf([crdOf("website"), crdOf("db")]));
const degraded = () => Response.json(katalogOf([crdOf("website"), crdOf("db", ill)]), { status: 503 });

Deno.test("status() is 1 when a CRD that it shows is degraded, else 0", async () => {
  assert.equal((await play(healthy, {})).code, 0);
  assert.equal((await play(degraded, {})).code, 1);
  const one = await play(degraded, { crd: "website" });
  assert.equal(one.code, 0);
  assert.doesNotMatch(one.out.join(""), /db/);
  const json = await play(degraded, { output: "json" });
  assert.equal(json.code, 1);
  assert.equal(JSON.parse(json.out[0]!).crds[1].reason, "5 passes failed");
});

Deno.test("status() with --watch draws until the signal, also while there is no sensible response in between", async () => {
  const respond = (count: number) => count === 2 ? new Response("<html>") : count < 5 ? healthy() : degraded();
  const { code, out, err, drawn } = await play(
    respond,
    { watch: true },
    (seen) => waitFor("it is degraded", () => seen.out.some((text) => text.includes("degraded"))),
  );
  assert.equal(code, 1, "as it was last");
  assert.equal(drawn, out.length);
  assert.ok(out.length >= 4);
  assert.match(err.join("\n"), /is no JSON/);
});

Deno.test("status() with --watch and -o json prints one line each", async () => {
  const { out } = await play(
    healthy,
    { watch: true, output: "json" },
    (seen) => waitFor("two lines", () => seen.out.length >= 2),
  );
  for (const line of out) assert.equal(JSON.parse(line).crds.length, 2);
  assert.ok(out.every((line) => !line.includes("\n")));
});
