import { checkNameLength, child, typeOf } from "../child.ts";
import { commonFields, record, text, word } from "../fields.ts";
import { podFields } from "../pod_fields.ts";
import { podTemplate } from "../pod_template.ts";
import { flagAt, numberAt, present, textAt } from "../read.ts";
import type { Shorthand } from "../shorthand.ts";
import { podLabels } from "../stamp.ts";

const type = typeOf("CronJob");
const count = { min: 0, max: 2 ** 31 - 1 } as const;

/** `cronJobs`: a CronJob whose Jobs have one container. */
export const cronJobs: Shorthand = {
  key: "cronJobs",
  type,
  defaultSuffix: "cronjob",
  upkeep: "apply",
  workload: false,
  shape: record("A CronJob whose Jobs have one container", {
    ...commonFields,
    schedule: text("When, in five cron fields", "cron"),
    timeZone: text("Time zone of the schedule, such as `Europe/Berlin`; that of kube-controller-manager when absent"),
    suspend: text("Start no more Jobs; false when absent", "boolean"),
    concurrencyPolicy: word("What happens when the last Job still runs; Allow when absent", [
      "Allow",
      "Forbid",
      "Replace",
    ]),
    startingDeadlineSeconds: text("How late a Job may still start", "integer", { min: 1 }),
    successfulJobsHistoryLimit: text("How many finished Jobs are kept; 3 when absent", "integer", count),
    failedJobsHistoryLimit: text("How many failed Jobs are kept; 1 when absent", "integer", count),
    backoffLimit: text("How often each Job is tried again; 6 when absent", "integer", count),
    activeDeadlineSeconds: text("How long each Job may run", "integer", { min: 1 }),
    ...podFields,
  }, { required: ["schedule", "image"] }),
  expand(entry, context) {
    const { fields } = entry;
    // Eleven characters are left for what the controller appends to name a Job.
    checkNameLength(entry, "CronJob", 52);
    return child(type, entry, context, {
      spec: present({
        schedule: textAt(fields, "schedule"),
        timeZone: textAt(fields, "timeZone"),
        suspend: flagAt(fields, "suspend") ?? false,
        concurrencyPolicy: textAt(fields, "concurrencyPolicy"),
        startingDeadlineSeconds: numberAt(fields, "startingDeadlineSeconds"),
        successfulJobsHistoryLimit: numberAt(fields, "successfulJobsHistoryLimit") ?? 3,
        failedJobsHistoryLimit: numberAt(fields, "failedJobsHistoryLimit") ?? 1,
        jobTemplate: {
          metadata: { labels: podLabels(entry, context) },
          spec: present({
            backoffLimit: numberAt(fields, "backoffLimit"),
            activeDeadlineSeconds: numberAt(fields, "activeDeadlineSeconds"),
            template: podTemplate(entry, context, { restartPolicy: "OnFailure" }),
          }),
        },
      }),
    });
  },
};
