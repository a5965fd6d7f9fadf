import { autoscaleField, replicasOf } from "../autoscale.ts";
import { child, typeOf } from "../child.ts";
import { commonFields, record } from "../fields.ts";
import { podFields, replicasField, rollingUpdateField, servingFields } from "../pod_fields.ts";
import { podTemplate } from "../pod_template.ts";
import { mapAt, present } from "../read.ts";
import type { Shorthand } from "../shorthand.ts";
import { workloadSelector } from "../stamp.ts";

const type = typeOf("Deployment");

/** `deployments`: a Deployment with one container. */
export const deployments: Shorthand = {
  key: "deployments",
  type,
  defaultSuffix: "deployment",
  upkeep: "apply",
  workload: true,
  shape: record("A Deployment with one container", {
    ...commonFields,
    replicas: replicasField,
    ...podFields,
    ...servingFields,
    rollingUpdate: rollingUpdateField,
    autoscale: autoscaleField,
  }, { required: ["image"] }),
  expand(entry, context) {
    const rollingUpdate = mapAt(entry.fields, "rollingUpdate");
    return child(type, entry, context, {
      spec: present({
        replicas: replicasOf(entry.fields),
        selector: { matchLabels: workloadSelector(context, entry.name) },
        strategy: rollingUpdate === undefined ? undefined : { type: "RollingUpdate", rollingUpdate },
        template: podTemplate(entry, context),
      }),
    });
  },
};
