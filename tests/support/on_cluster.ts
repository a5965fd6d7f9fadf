import { type ControlPlane, controlPlaneVariable, sharedControlPlane } from "./control_plane.ts";
import { freshNamespace } from "./namespace.ts";

/** What a test on a real API server gets. */
export interface ClusterTest {
  readonly plane: ControlPlane;
  /** A namespace of its own, removed afterwards. */
  readonly namespace: string;
}

/** What a test needs besides an API server. */
export interface ClusterNeeds {
  /** kube-controller-manager: garbage collection, ReplicaSets. */
  readonly controllers?: boolean;
  /** Pods that become ready: controllers, scheduler and simulated nodes. */
  readonly nodes?: boolean;
  /** What else this machine lacks for it. */
  readonly missing?: string | undefined;
}

/** A test that needs a real API server, and is ignored without one: `deno task test:cluster` gives it. */
export function clusterTest(
  name: string,
  run: (test: ClusterTest) => Promise<void>,
  needs: ClusterNeeds = {},
): void {
  const plane = sharedControlPlane();
  const missing = plane === undefined
    ? controlPlaneVariable
    : needs.nodes && plane.nodes === 0
    ? "kube-scheduler and kwok"
    : needs.controllers && !plane.controllers
    ? "kube-controller-manager"
    : needs.missing;
  Deno.test({
    name: missing === undefined ? name : `${name} (needs ${missing})`,
    ignore: missing !== undefined,
    async fn() {
      try {
        await using namespace = await freshNamespace(plane!);
        await withinLimit(run({ plane: plane!, namespace: namespace.name }));
      } finally {
        plane!.disconnect();
      }
    },
  });
}

/** More than any test takes, so that one that hangs fails alone and does not take all tests after it along. */
const limitMinutes = Deno.env.get("ORK_CHAOS") === "full" ? 120 : 12;

async function withinLimit(run: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Has not ended within ${limitMinutes} minutes`)), limitMinutes * 60_000);
  });
  try {
    await Promise.race([run, limit]);
  } finally {
    clearTimeout(timer);
  }
}
