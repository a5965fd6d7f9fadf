import { type ControlPlane, controlPlaneVariable, sharedControlPlane } from "./control_plane.ts";
import { freshNamespace } from "./namespace.ts";

/** What a test on a real API server gets. */
export interface ClusterTest {
  readonly plane: ControlPlane;
  /** A namespace of its own, removed afterwards. */
  readonly namespace: string;
}

/**
 * A test that needs a real API server, and is ignored without one: `deno task test:cluster` gives it.
 * `nodes`: it needs Pods that become ready, so controllers, scheduler and simulated nodes.
 */
export function clusterTest(
  name: string,
  run: (test: ClusterTest) => Promise<void>,
  options: { nodes?: boolean } = {},
): void {
  const plane = sharedControlPlane();
  const enough = plane !== undefined && (options.nodes !== true || plane.nodes > 0);
  Deno.test({
    name: enough ? name : `${name} (needs ${controlPlaneVariable}${options.nodes ? " with nodes" : ""})`,
    ignore: !enough,
    async fn() {
      try {
        await using namespace = await freshNamespace(plane!);
        await run({ plane: plane!, namespace: namespace.name });
      } finally {
        plane!.disconnect();
      }
    },
  });
}
