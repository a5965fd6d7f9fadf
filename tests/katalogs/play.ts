import assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { realClock } from "../support/clock.ts";
import { waitFor } from "../support/wait_for.ts";
import { readExample } from "./example.ts";
import { Objects } from "./objects.ts";
import { sandboxStage } from "./sandbox_stage.ts";
import { RequestFailed, type RunningOperator } from "./stage.ts";

/** An example on a sandbox, for what its README has readers try. */
export interface ExamplePlay {
  /** The CR of `cr.yaml`, which is applied. */
  readonly cr: KubeObject;
  /** Sends a request; throws for every response but 2xx. */
  send(method: string, path: string, body?: unknown): Promise<KubeObject & { items?: KubeObject[] }>;
  /** Waits for an object that `is` accepts. */
  until(path: string, is?: (object: KubeObject) => boolean): Promise<KubeObject>;
  untilGone(path: string): Promise<void>;
  isThere(path: string): Promise<boolean>;
  /** Sets fields of the spec of the CR. */
  set(spec: JsonMap): Promise<void>;
  /** Path of the CR. */
  readonly path: string;
  /** Waits until the operator has looked at the CR that often and found nothing to do. */
  idle(passes?: number): Promise<void>;
  /** Starts the operator again, with a Katalog that `change` changes. */
  restart(change?: (katalog: JsonMap) => void): Promise<void>;
}

/** Runs an example until its CR is ready, and then `play`. */
export async function playExample(name: string, play: (example: ExamplePlay) => Promise<void>): Promise<void> {
  const sandbox = createSandbox({ clock: realClock });
  const stage = sandboxStage(sandbox);
  const example = await readExample(name, stage.namespace);
  const objects = new Objects(stage, example);
  let operator: RunningOperator | undefined;
  const [cr] = example.crs;
  const path = objects.path(cr!);
  const isThere = async (wanted: string): Promise<boolean> => {
    try {
      await stage.request("GET", wanted);
      return true;
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 404) return false;
      throw error;
    }
  };
  const until: ExamplePlay["until"] = async (wanted, is = () => true) => {
    let last: KubeObject | undefined;
    return await waitFor(`${wanted} is as wanted`, async () => {
      last = await stage.request("GET", wanted);
      return is(last) ? last : undefined;
    }, { explain: () => last });
  };
  try {
    await objects.install(example);
    operator = await stage.startOperator(example.katalog);
    await objects.apply(cr!);
    await until(path, isReady);
    await play({
      cr: cr!,
      path,
      isThere,
      until,
      send: (method, where, body) => {
        return stage.request(method, where, body, ...method === "PATCH" ? ["application/merge-patch+json"] : []);
      },
      untilGone: async (wanted) => {
        await waitFor(`${wanted} is gone`, async () => !await isThere(wanted));
      },
      set: async (spec) => {
        await stage.request("PATCH", path, { spec }, "application/merge-patch+json");
      },
      idle: async (passes = 2) => {
        const before = operator!.idlePasses();
        await waitFor(`${passes} passes without a change`, () => operator!.idlePasses() >= before + passes);
      },
      restart: async (change) => {
        await operator!.stop();
        operator = undefined;
        if (change !== undefined) {
          const katalog = parse(await Deno.readTextFile(example.katalog));
          change(katalog);
          await Deno.writeTextFile(example.katalog, stringify(katalog));
        }
        operator = await stage.startOperator(example.katalog);
      },
    });
  } finally {
    await operator?.stop();
    await example.remove();
    await sandbox.stop();
  }
  assert.deepEqual(sandbox.faults, []);
}

/** The condition Ready is true, for the generation that is there. */
export function isReady({ metadata, status }: KubeObject): boolean {
  return status?.conditions?.some((each: JsonMap) =>
    each["type"] === "Ready" && each["status"] === "True" && each["observedGeneration"] === metadata["generation"]
  ) === true;
}

/** The reason of the condition Ready. */
export function readyReason({ status }: KubeObject): string | undefined {
  return status?.conditions?.find((each: JsonMap) => each["type"] === "Ready")?.reason;
}
