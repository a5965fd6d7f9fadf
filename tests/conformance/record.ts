/**
 * Runs every scenario on a real API server and records the responses as goldens, against which the sandbox is tested:
 *
 *     KUBEBUILDER_ASSETS=… deno run -A tests/support/with_control_plane.ts deno run -A tests/conformance/record.ts [FILE…]
 *
 * `FILE` is a key of `scenarios`; all are recorded where none is named.
 */
import { freshNamespace } from "../support/namespace.ts";
import { sharedControlPlane } from "../support/control_plane.ts";
import { type Exchange, play } from "./exchange.ts";
import { goldenPath, printGolden } from "./golden.ts";
import { scenarios } from "./scenarios/mod.ts";

if (import.meta.main) {
  const plane = sharedControlPlane();
  if (plane === undefined) {
    throw new Error("Cannot record: there is no control plane; use tests/support/with_control_plane.ts");
  }
  for (const [file, list] of Object.entries(scenarios)) {
    if (Deno.args.length > 0 && !Deno.args.includes(file)) continue;
    const recorded: Record<string, Exchange[]> = {};
    for (const scenario of list) {
      await using namespace = await freshNamespace(plane);
      recorded[scenario.name] = await play(scenario, (path, init) => plane.adminFetch(path, init), namespace.name);
    }
    await Deno.writeTextFile(goldenPath(file), printGolden(recorded));
  }
  plane.disconnect();
}
