import { child, typeOf } from "../child.ts";
import { commonFields, record } from "../fields.ts";
import type { Shorthand } from "../shorthand.ts";

const type = typeOf("ServiceAccount");

/** `serviceAccounts`: a ServiceAccount with nothing of its own. Clusters write into it, so it is never changed. */
export const serviceAccounts: Shorthand = {
  key: "serviceAccounts",
  type,
  defaultSuffix: "sa",
  upkeep: "make",
  workload: false,
  shape: record("A ServiceAccount", commonFields),
  expand: (entry, context) => child(type, entry, context, {}),
};
