import { compareAge, heldText } from "../admission/mod.ts";
import { parseFieldPath } from "../base/field_path.ts";
import type { Json } from "../base/json.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import { isCallError } from "../cluster/mod.ts";
import type { FindHolders, HoldersQuestion, HoldersResponse } from "../gateway/mod.ts";
import { isInAllowedNamespace, isSelected } from "../input/mod.ts";
import type { KubeObject } from "../k8s/object.ts";
import type { Plan } from "../plan/mod.ts";

/** As many as `maxHolders` of the Gateway, whose libraries are not loaded for a number. */
const maxHolders = 2;

/**
 * Who has a value, asked of a sandbox itself: it is in this process and its lists cost nothing, and there may be no
 * Runtime yet.
 */
export function sandboxHolders({ boxes }: Plan, api: Pick<ClusterApi, "list">): FindHolders {
  return async ({ crd, field, value }: HoldersQuestion): Promise<HoldersResponse> => {
    const box = boxes.find(({ name }) => name === crd);
    if (box === undefined) return { unknown: `there is no operator "${crd}"` };
    const path = parseFieldPath(field) ?? [field];
    const found: KubeObject[] = [];
    const has = (cr: KubeObject): boolean =>
      isSelected(box, cr) && isInAllowedNamespace(box, cr) && heldText(cr as Json, path) === value;
    try {
      await api.list(box.type, { namespace: box.namespace }, (crs) => void found.push(...crs.filter(has)));
    } catch (error) {
      if (!isCallError(error)) throw error;
      return { unknown: error.message };
    }
    const oldest = found.map(({ metadata }) => metadata).sort(compareAge).slice(0, maxHolders);
    return { holders: oldest.map(({ name, namespace }) => ({ name, namespace })) };
  };
}
