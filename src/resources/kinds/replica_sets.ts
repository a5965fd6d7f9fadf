import { autoscaleField, replicasOf } from "../autoscale.ts";
import { child, typeOf } from "../child.ts";
import { commonFields, record } from "../fields.ts";
import { podFields, replicasField, rollingUpdateField, servingFields } from "../pod_fields.ts";
import { podTemplate } from "../pod_template.ts";
import { present } from "../read.ts";
import type { Shorthand } from "../shorthand.ts";
import { workloadSelector } from "../stamp.ts";

const type = typeOf("ReplicaSet");

/** `replicaSets`: a ReplicaSet with one container. It replaces no Pods: a changed template is for new ones. */
export const replicaSets: Shorthand = {
  key: "replicaSets",
  type,
  defaultSuffix: "replicaset",
  upkeep: "apply",
  workload: true,
  shape: record("A ReplicaSet with one container", {
    ...commonFields,
    replicas: replicasField,
    ...podFields,
    ...servingFields,
    rollingUpdate: { ...rollingUpdateField, doc: "Accepted and without effect: a ReplicaSet replaces no Pods" },
    autoscale: autoscaleField,
  }, { required: ["image"] }),
  expand(entry, context) {
    return child(type, entry, context, {
      spec: present({
        replicas: replicasOf(entry.fields),
        selector: { matchLabels: workloadSelector(context, entry.name) },
        template: podTemplate(entry, context),
      }),
    });
  },
};
