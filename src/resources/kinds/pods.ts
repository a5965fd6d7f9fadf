import { child, typeOf } from "../child.ts";
import { commonFields, record } from "../fields.ts";
import { podFields, servingFields } from "../pod_fields.ts";
import { podTemplate } from "../pod_template.ts";
import type { Shorthand } from "../shorthand.ts";

const type = typeOf("Pod");

/** `pods`: a Pod with one container. Most of it cannot be changed: it is recreated. */
export const pods: Shorthand = {
  key: "pods",
  type,
  defaultSuffix: "pod",
  upkeep: "apply",
  replaces: true,
  workload: false,
  shape: record("A Pod with one container", { ...commonFields, ...podFields, ...servingFields }, {
    required: ["image"],
  }),
  expand: (entry, context) => child(type, entry, context, { spec: podTemplate(entry, context)["spec"]! }),
};
