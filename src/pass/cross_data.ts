import type { JsonMap } from "../base/json.ts";
import { crossData, type CrossView } from "../input/mod.ts";
import type { KubeObject } from "../k8s/object.ts";
import type { CompiledPass } from "./compile.ts";

/** `data` with `.cross`, which comes after validation (ruling 8). Throws `RenderError`. */
export function withCross(
  { box }: CompiledPass,
  cr: KubeObject,
  data: JsonMap,
  view: CrossView | undefined,
): JsonMap {
  return box.cross.length === 0 ? data : { ...data, cross: crossData(box.cross, cr, data, view) };
}
