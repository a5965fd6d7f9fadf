import { checkNameLength, child, typeOf } from "../child.ts";
import { commonFields, record, text } from "../fields.ts";
import { podFields } from "../pod_fields.ts";
import { podTemplate } from "../pod_template.ts";
import { numberAt, present } from "../read.ts";
import type { Shorthand } from "../shorthand.ts";

const type = typeOf("Job");

/** `jobs`: a Job with one container. Its Pod template cannot be changed, so it runs once. */
export const jobs: Shorthand = {
  key: "jobs",
  type,
  defaultSuffix: "job",
  upkeep: "make",
  workload: false,
  shape: record("A Job with one container", {
    ...commonFields,
    backoffLimit: text("How often it is tried again; 3 when absent", "integer", { min: 0, max: 2 ** 31 - 1 }),
    activeDeadlineSeconds: text("How long it may run, all tries together", "integer", { min: 1 }),
    ...podFields,
  }, { required: ["image"] }),
  expand(entry, context) {
    // The Job controller puts the Job's name into a label of its Pods.
    checkNameLength(entry, "Job", 63);
    return child(type, entry, context, {
      spec: present({
        backoffLimit: numberAt(entry.fields, "backoffLimit") ?? 3,
        activeDeadlineSeconds: numberAt(entry.fields, "activeDeadlineSeconds"),
        template: podTemplate(entry, context, { restartPolicy: "OnFailure" }),
      }),
    });
  },
};
