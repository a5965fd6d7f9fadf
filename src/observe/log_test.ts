import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { jsonLog, textLog } from "./log.ts";

function linesOf(open: (write: (line: string) => void) => ReturnType<typeof jsonLog>) {
  const lines: string[] = [];
  return { lines, log: open((line) => lines.push(line)) };
}

Deno.test("textLog() writes one line, whatever a message quotes", () => {
  const { lines, log } = linesOf((write) => textLog(write, new FakeClock(), "info", false));
  log("info", 'holder "a\nFAKE \x1b[31m\x9b" é', { event: "run.stopped" });
  assert.deepEqual(lines, ['03:04:05 holder "a\\nFAKE \\x1b[31m\\x9b" é']);
});

Deno.test("textLog() writes the lines of a stack, without control characters", () => {
  const { lines, log } = linesOf((write) => textLog(write, new FakeClock(), "info", false));
  const fields = { event: "http.error", path: "/x", error: "Ouch", stack: "Error: Ouch\n    at \x1b[2Ja.ts" } as const;
  log("error", "Ouch", fields);
  assert.deepEqual(lines, ["03:04:05 error: Ouch\nError: Ouch\n    at \\x1b[2Ja.ts"]);
});

Deno.test("jsonLog() writes time, level, event and message, then the fields that are there", () => {
  const { lines, log } = linesOf((write) => jsonLog(write, new FakeClock(), "info"));
  log("debug", "left out", { event: "run.stopped" });
  log("warn", "a\nb", { event: "box.note", box: "web", key: undefined, pass: "run-1" });
  assert.deepEqual(lines, [
    '{"time":"2026-01-02T03:04:05.000Z","level":"warn","event":"box.note","message":"a\\nb","box":"web","pass":"run-1"}',
  ]);
});

Deno.test("jsonLog() and textLog() mask what looks like a credential, in the message and in every field", () => {
  const review = { webhook: "w", uid: "u", operation: "DELETE", resource: "r", user: "Bearer planted", dryRun: false };
  const audit = { reason: "password=planted" };
  const fields = { event: "review.overridden", ...review, name: "x?token=planted", namespace: "", audit } as const;
  for (const open of [jsonLog, textLog]) {
    const { lines, log } = linesOf((write) => open(write, new FakeClock(), "info", false));
    log("info", "Authorization: Bearer planted", fields);
    log("error", "x", { event: "box.panic", box: "b", error: "token=planted", stack: "at https://u:planted@h/a.ts" });
    assert.equal(lines.length, 2);
    for (const line of lines) assert.doesNotMatch(line, /planted/);
  }
});
