import { paint, type Terminal } from "../terminal.ts";
import { printable } from "../inspect/printable.ts";
import type { CrdReport, Failures, MigrationReport, ObjectsReport } from "./report.ts";

/** Namespaces that are printed. */
const maxNamespaces = 10;

/** A report for a person. `again`: the command line that continues. */
export function reportLines(report: CrdReport, again: string, terminal: Pick<Terminal, "colour">): string[] {
  const { name, state, storageVersion, storedVersions = [], reason, objects, migration } = report;
  const old = storedVersions.filter((version) => version !== storageVersion).join(", ");
  const line = (style: "green" | "yellow" | "red", text: string): string =>
    `${paint(terminal, style, name)}: ${printable(text)}`;
  const because = reason === undefined ? "" : `: ${reason}`;
  const lines = (): string[] => {
    switch (state) {
      case "current":
        return [line("green", `all objects are stored in ${storageVersion}`)];
      case "absent":
        return [line("green", "there is no such CRD in the cluster, so nothing is stored")];
      case "pending":
        return [
          line("yellow", `stored versions ${storedVersions.join(", ")}; storage version ${storageVersion}`),
          ...objects === undefined ? [] : objectLines(objects, old, storageVersion!),
          `  to have them stored in ${storageVersion}:  ${again}`,
        ];
      case "migrated":
        return [line("green", `all objects are stored in ${storageVersion}; stored versions ${storedVersions}`)];
      case "incomplete":
        return [line("red", `objects may still be stored in ${old}${because}`), `  continue with:  ${again}`];
      case "interrupted":
        return [
          line(
            "yellow",
            old === "" ? "interrupted before it was begun" : `interrupted; objects may still be stored in ${old}`,
          ),
          `  continue with:  ${again}`,
          "  it begins with the first object; those that are done are read and compared, not written again",
        ];
      case "blocked":
        return [line("red", `nothing may be migrated at present${because}`)];
      case "failed":
        return [line("red", `failed${because}`)];
    }
  };
  return [...lines(), ...migration === undefined ? [] : migrationLines(migration)];
}

function objectLines(objects: ObjectsReport, old: string, storageVersion: string): string[] {
  const { total, namespaces, lastWrittenInOthers: hints, unreadable } = objects;
  const shown = namespaces.slice(0, maxNamespaces).map(({ namespace, count }) => `${namespace} ${count}`);
  const more = namespaces.length > maxNamespaces ? `, ${namespaces.length - maxNamespaces} more namespaces` : "";
  const where = shown.length === 0 ? "" : `: ${shown.join(", ")}${more}`;
  return [
    `  ${total} ${total === 1 ? "object" : "objects"}, each of which may be stored in ${old}${where}`,
    ...hints.count === 0 ? [] : [
      `  ${hints.count} of them ${hints.count === 1 ? "was" : "were"} last written through another version than ` +
      `${storageVersion} (a hint, no proof):`,
      ...hints.objects.map(({ key, lastWrite: { version, manager, time } }) =>
        `    ${key}  ${version}  ${printable(manager, 60)}  ${printable(time, 40)}`
      ),
      ...andMore(hints.count - hints.objects.length),
    ],
    ...failureLines(unreadable, "cannot be read"),
  ];
}

function migrationLines(migration: MigrationReport): string[] {
  const { total, rewritten, unchanged, writtenByOthers, gone, failed } = migration;
  const parts = [
    `${rewritten} rewritten`,
    `${unchanged} stored like that before`,
    ...writtenByOthers === 0 ? [] : [`${writtenByOthers} written by others meanwhile`],
    ...gone === 0 ? [] : [`${gone} deleted meanwhile`],
    ...failed.count === 0 ? [] : [`${failed.count} failed`],
  ];
  return [`  of ${total} objects: ${parts.join(", ")}`, ...failureLines(failed, "failed")];
}

function failureLines({ objects }: Failures, what: string): string[] {
  return objects.map(({ key, reason }) => `  ${key} ${what}: ${printable(reason)}`);
}

function andMore(count: number): string[] {
  return count === 0 ? [] : [`    and ${count} more`];
}
