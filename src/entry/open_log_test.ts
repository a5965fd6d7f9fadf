import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { createLog } from "./open_log.ts";

Deno.test("createLog() stops writing when its reader is gone, reports that once, and throws nothing", async () => {
  const lines: string[] = [];
  let open = true;
  let writes = 0;
  const output = {
    isTerminal: () => false,
    writeSync(bytes: Uint8Array) {
      writes++;
      if (!open) throw new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
      lines.push(new TextDecoder().decode(bytes));
      return bytes.length;
    },
  };
  const { log, closed } = createLog(new FakeClock(), { logLevel: "info", logFormat: undefined }, output);
  log("info", "one", { event: "run.stopped" });
  open = false;
  log("info", "two", { event: "run.stopped" });
  log("info", "three", { event: "run.stopped" });
  assert.equal(await closed, "standard output was closed");
  assert.equal(lines.length, 1);
  assert.equal(writes, 2);
});

Deno.test("createLog() throws what else keeps it from writing", () => {
  const output = {
    isTerminal: () => false,
    writeSync: (): number => {
      throw new Error("No space left on device");
    },
  };
  const { log } = createLog(new FakeClock(), { logLevel: "info", logFormat: "json" }, output);
  assert.throws(() => log("info", "one", { event: "run.stopped" }), /No space/);
});
