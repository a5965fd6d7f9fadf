import { child, typeOf } from "../child.ts";
import { commonFields, later, record, text } from "../fields.ts";
import { podFields, rollingUpdateField, servingFields } from "../pod_fields.ts";
import { podTemplate } from "../pod_template.ts";
import { mapAt, numberAt, present } from "../read.ts";
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
    replicas: text("Number of Pods; when absent, left to the API server (1) and to autoscalers", "integer", {
      min: 0,
      max: 2 ** 31 - 1,
    }),
    ...podFields,
    ...servingFields,
    rollingUpdate: rollingUpdateField,
    autoscale: later({ type: "tree", template: false, doc: "Scales the Pods by conditions" }),
  }, { required: ["image"] }),
  expand(entry, context) {
    const rollingUpdate = mapAt(entry.fields, "rollingUpdate");
    return child(type, entry, context, {
      spec: present({
        replicas: numberAt(entry.fields, "replicas"),
        selector: { matchLabels: workloadSelector(context, entry.name) },
        strategy: rollingUpdate === undefined ? undefined : { type: "RollingUpdate", rollingUpdate },
        template: podTemplate(entry, context),
      }),
    });
  },
};
