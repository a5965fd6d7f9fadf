import { createSandbox } from "../../src/sandbox/mod.ts";
import { realClock } from "../support/clock.ts";
import { exampleNames } from "./example.ts";
import { sandboxStage } from "./sandbox_stage.ts";
import { runExample } from "./suite.ts";

for (const name of exampleNames()) {
  Deno.test(`katalogs/${name} does on the sandbox what its folder says`, async () => {
    const sandbox = createSandbox({ clock: realClock });
    try {
      await runExample(name, sandboxStage(sandbox));
    } finally {
      await sandbox.stop();
    }
  });
}
