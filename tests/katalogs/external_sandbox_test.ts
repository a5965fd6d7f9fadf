import { createSandbox } from "../../src/sandbox/mod.ts";
import { realClock } from "../support/clock.ts";
import { externalOf } from "../support/external_calls.ts";
import { examplesFor, flagsService } from "./flags_service.ts";
import { sandboxStage } from "./sandbox_stage.ts";
import { runExample } from "./suite.ts";

Deno.test("an example with HTTP calls does on the sandbox what its folder says", async () => {
  await using service = flagsService();
  await using examples = await examplesFor(service);
  const sandbox = createSandbox({ clock: realClock });
  try {
    await runExample("feature-flags", sandboxStage(sandbox, externalOf(sandbox, realClock)), examples.folder);
  } finally {
    await sandbox.stop();
  }
});
