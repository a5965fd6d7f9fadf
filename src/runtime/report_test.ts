import assert from "node:assert/strict";
import type { BoxMessage } from "../box/mod.ts";
import type { JsonMap } from "../base/json.ts";
import { logMessages } from "./report.ts";

function logged(message: BoxMessage): [level: string, text: string, fields: JsonMap | undefined] {
  const lines: [string, string, JsonMap | undefined][] = [];
  logMessages((level, text, fields) => void lines.push([level, text, fields]))(message);
  assert.equal(lines.length, 1);
  return lines[0]!;
}

Deno.test("logMessages() says why a cell was ended, what was at work, and when it comes back", () => {
  const message = { type: "cell", box: "web", reason: "it hung", restartInMs: 2000 } as const;
  assert.equal(logged({ ...message, suspects: [] })[1], "web: its cell was ended: it hung; starting again in 2 s");
  const [level, text, fields] = logged({ ...message, suspects: ["team/a", "team/b"] });
  assert.equal(level, "error");
  assert.equal(text, "web: its cell was ended: it hung; at work: team/a, team/b; starting again in 2 s");
  assert.deepEqual(fields, { box: "web", reason: "it hung", restartInMs: 2000, suspects: ["team/a", "team/b"] });
});

Deno.test("logMessages() writes a caught defect with its whole stack", () => {
  const [level, text, fields] = logged({ type: "defect", box: "web", key: "team/a", error: "Ouch", stack: "at x.ts" });
  assert.equal(level, "error");
  assert.equal(text, "web team/a: reconciler panic recovered: Ouch");
  assert.equal(fields!["stack"], "at x.ts");
});

Deno.test("logMessages() tells when a box falls ill and when it is well again", () => {
  assert.deepEqual(logged({ type: "health", box: "web", state: "degraded", reason: "it fails" }).slice(0, 2), [
    "error",
    "web: degraded: it fails",
  ]);
  assert.deepEqual(logged({ type: "health", box: "web", state: "healthy" }).slice(0, 2), [
    "info",
    "web: healthy again",
  ]);
});

Deno.test("logMessages() sums up failures that were too many", () => {
  const message: BoxMessage = { type: "more", box: "web", count: 312, lastMs: 9500, last: "team/a: Ouch" };
  assert.equal(logged(message)[1], "web: 312 more failures in 10 s; the last: team/a: Ouch");
});
