import type { JsonMap } from "../../../base/json.ts";
import type { FileReader } from "../../../files/mod.ts";
import { derivePlan } from "../../../plan/mod.ts";
import type { Terminal } from "../../terminal.ts";
import { UsageError } from "../../usage_error.ts";
import type { GenerateOptions } from "../generate_options.ts";
import { loadKatalogs } from "../load_katalog.ts";
import { ForeignFolderError, writeFolder } from "../write_folder.ts";
import { manifestText } from "../write_manifests.ts";
import { boxDashboard } from "./box.ts";
import { overviewDashboard } from "./overview.ts";
import { prometheusRule, ruleFile } from "./rules.ts";
import { type Subject, subjectOf } from "./subject.ts";

/** What is printed instead of a folder. */
export const printedForms = ["rules", "prometheusrule", "overview", "box"] as const;

export interface DashboardsOptions extends GenerateOptions {
  readonly as?: (typeof printedForms)[number] | undefined;
  /** Key of the operator, for `box`. */
  readonly box?: string | undefined;
  /** Of the PrometheusRule. */
  readonly namespace: string;
  readonly runbooks?: string | undefined;
}

const mark = "# Made by ork generate dashboards";

/**
 * `ork generate dashboards`: dashboards of Grafana and alerts of Prometheus for the operators of a Katalog, into a folder;
 * with `as` one of them alone, into a file or to standard output. Exit code 1 for a Katalog with errors.
 */
export async function generateDashboards(
  options: DashboardsOptions,
  terminal: Terminal,
  files: FileReader,
): Promise<number> {
  const { as, output } = options;
  if (as === undefined && output === undefined) {
    throw new UsageError(`Name the folder with -o, or what is to be printed with --as ${printedForms.join(", ")}`);
  }
  const katalog = await loadKatalogs(options.files, files, terminal);
  if (katalog === undefined) return 1;
  const subject = subjectOf(derivePlan(katalog));
  if (as !== undefined) {
    const text = printed(as, subject, options);
    if (output === undefined) terminal.out(text.trimEnd());
    else Deno.writeTextFileSync(output, text);
    return 0;
  }
  const written = new Map([
    ["rules.yaml", `${mark}\n${rules(subject, options)}`],
    ["dashboards/overview.json", jsonText(overviewDashboard(subject))],
    ...subject.boxes.map((box) => [`dashboards/${box.key}.box.json`, jsonText(boxDashboard(subject, box))] as const),
  ]);
  try {
    writeFolder(output!, written, { owner: "rules.yaml", mark, replaced: ["dashboards"] });
  } catch (error) {
    if (!(error instanceof ForeignFolderError)) throw error;
    terminal.err(error.message);
    return 1;
  }
  terminal.err(`${output}: ${subject.boxes.length + 1} dashboards, and the rules in rules.yaml`);
  return 0;
}

function printed(as: NonNullable<DashboardsOptions["as"]>, subject: Subject, options: DashboardsOptions): string {
  switch (as) {
    case "rules":
      return rules(subject, options);
    case "prometheusrule":
      return manifestText({ object: prometheusRule(subject, options.namespace, options), comments: [] });
    case "overview":
      return jsonText(overviewDashboard(subject));
    case "box": {
      const keys = subject.boxes.map(({ key }) => key);
      const box = subject.boxes.find(({ key }) => options.box === undefined ? keys.length === 1 : key === options.box);
      if (box === undefined) throw new UsageError(`Choose one with --box: ${keys.join(", ")}`);
      return jsonText(boxDashboard(subject, box));
    }
    default:
      return as satisfies never;
  }
}

function rules(subject: Subject, options: DashboardsOptions): string {
  return manifestText({ object: ruleFile(subject, options), comments: [] });
}

function jsonText(value: JsonMap): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
