import type { KubeObject } from "../../k8s/object.ts";
import type { Tools } from "./simulator.ts";

/** A CronJob waits: its Jobs are not simulated. */
export function simulateCronJob(_cronJob: KubeObject, _tools: Tools): undefined {
  return undefined;
}
