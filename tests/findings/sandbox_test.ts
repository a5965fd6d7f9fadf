import { createSandbox } from "../../src/sandbox/mod.ts";
import { sandboxStage } from "../katalogs/sandbox_stage.ts";
import { realClock } from "../support/clock.ts";
import { cases, playCase } from "./cases.ts";

for (const one of cases) {
  Deno.test(`on the sandbox: ${one.name}`, async () => {
    const sandbox = createSandbox({ clock: realClock });
    try {
      await playCase(one, sandboxStage(sandbox));
    } finally {
      await sandbox.stop();
    }
  });
}
