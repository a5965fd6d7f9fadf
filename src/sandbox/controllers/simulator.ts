import type { JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";

/** One step of a simulated controller for one object. Returns after how many milliseconds to look again, if at all. */
export type Simulator = (object: KubeObject, tools: Tools) => number | undefined;

/** What simulators may do; every write goes through the rules of the API server. */
export interface Tools {
  readonly nowMs: number;
  /** RFC 3339. */
  readonly now: string;
  /** The objects of a kind that name `owner` their controller. */
  owned(owner: KubeObject, storageKey: string): KubeObject[];
  /** The objects of a kind in a namespace. */
  inNamespace(storageKey: string, namespace: string): KubeObject[];
  exists(storageKey: string, key: string): boolean;
  create(plural: string, group: string, body: JsonMap): void;
  /** Writes the status when it differs. */
  setStatus(object: KubeObject, status: JsonMap): void;
  /** Changes the object itself. */
  change(object: KubeObject, change: (body: JsonMap) => JsonMap): void;
  /** Adds annotations without a new generation, as controllers do through the status endpoint. */
  annotate(object: KubeObject, annotations: Record<string, string>): void;
  remove(object: KubeObject): void;
}

/** The one node that simulated Pods run on. */
export const nodeName = "sandbox";
