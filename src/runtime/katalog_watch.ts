import type { Clock } from "../base/clock.ts";
import { type Finding, formatFinding } from "../base/finding.ts";
import { type FileReader, RecordingReader, watchFiles } from "../files/mod.ts";
import type { Log } from "../observe/log.ts";
import { compareGateways, comparePlans, describeDifference, leftFinalizers, type Plan } from "../plan/mod.ts";
import type { KatalogDocuments, ProcessState } from "./http/mod.ts";

/** Why a Runtime cannot run a Katalog whose Gateway is alone; `undefined`: it can. */
export function whyNotOperated({ katalog, gateway }: Pick<Plan, "katalog" | "gateway">): string | undefined {
  if (gateway?.standalone !== true) return undefined;
  return `${katalog.name} is for a Gateway alone (gateway.standalone), and no operator runs: use ork-gateway gate, or ` +
    "ork gate run";
}

/** A Katalog to run. */
export interface LoadedKatalog {
  readonly plan: Plan;
  /** What the HTTP API shows of it. */
  readonly documents: KatalogDocuments;
}

/**
 * What happens when the files of a Katalog change. `report`: it is logged and shown, no more. `end`: the process ends in
 * order, for its platform to start it again. `replace`: the new Katalog takes the place of the running one.
 */
export type ReloadMode = "report" | "end" | "replace";

/** The files of a Katalog, and how they are read. */
export interface KatalogSource {
  /** What the running Katalog was read through. */
  readonly reader: RecordingReader;
  /** Reads them again, through a new reader; without a Katalog, the reason why it does not load. */
  load(): Promise<
    { readonly reader: RecordingReader } & ({ readonly loaded: LoadedKatalog } | { readonly why: string })
  >;
  readonly mode: ReloadMode;
  /** A Gateway of the Katalog runs in this process too, so what changes it alone is a change. */
  readonly withGateway?: boolean | undefined;
}

/**
 * The source of a Katalog that was read from the `named` files through `reader`; `undefined` where standard input is one
 * of them, which cannot be read again. `load` reads them through another reader.
 */
export function katalogSource(parts: {
  readonly named: readonly string[];
  readonly reader: RecordingReader;
  readonly mode: ReloadMode;
  readonly withGateway?: boolean;
  readonly newReader: () => FileReader;
  readonly load: (files: FileReader) => Promise<{
    readonly findings: readonly Finding[];
    readonly loaded?: LoadedKatalog | undefined;
  }>;
}): KatalogSource | undefined {
  const { named, reader, mode, newReader, load, withGateway } = parts;
  if (named.includes("-")) return undefined;
  return {
    reader,
    mode,
    withGateway,
    async load() {
      const next = new RecordingReader(newReader());
      const { findings, loaded } = await load(next);
      if (loaded !== undefined) return { reader: next, loaded };
      const errors = findings.filter(({ severity }) => severity === "error");
      const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
      return { reader: next, why: `${errors[0] === undefined ? "no Katalog" : formatFinding(errors[0])}${more}` };
    },
  };
}

/** What a change leads to. */
export type KatalogChange =
  | { readonly next: "end"; readonly reason: string }
  | { readonly next: "replace"; readonly loaded: LoadedKatalog; readonly reader: RecordingReader };

export interface KatalogWatch {
  /** Resolves with the first change that something follows from. */
  readonly changed: Promise<KatalogChange>;
  stop(): void;
}

/** Watches the files of the Katalog that runs. A Katalog that does not load changes nothing. */
export function watchKatalog(
  running: LoadedKatalog,
  source: KatalogSource,
  { clock, log, state }: { readonly clock: Clock; readonly log: Log; readonly state: ProcessState },
): KatalogWatch {
  const { promise: changed, resolve } = Promise.withResolvers<KatalogChange>();

  const look = async (): Promise<RecordingReader> => {
    const read = await source.load();
    const { reader } = read;
    if ("why" in read) {
      state.filesAre("broken", read.why);
      log(
        "error",
        `the files of the Katalog have changed and do not load, so the former Katalog runs on: ${read.why}`,
        { event: "katalog.broken", error: read.why },
      );
      return reader;
    }
    const [before, after] = [running.plan, read.loaded.plan];
    const differences = [
      ...comparePlans(before, after).map(describeDifference),
      ...source.withGateway === true ? compareGateways(before, after) : [],
    ];
    if (differences.length === 0) {
      state.filesAre("current");
      log("info", "the files of the Katalog have changed, and nothing that it does", { event: "katalog.unchanged" });
      return reader;
    }
    for (const { box, message } of leftFinalizers(before, after)) log("warn", message, { event: "box.note", box });
    const what = differences.join("\n");
    const said = (then: string): void =>
      log("info", `the Katalog has changed: ${differences.join(", ")}${then}`, {
        event: "katalog.changed",
        changes: differences,
      });
    switch (source.mode) {
      case "report":
        state.filesAre("changed", what);
        said("; it takes effect when the process is started again (or with --reload)");
        return reader;
      case "end":
        state.filesAre("changed", what);
        said("");
        resolve({ next: "end", reason: "the Katalog has changed" });
        return reader;
      case "replace":
        state.filesAre("current");
        said("");
        resolve({ next: "replace", loaded: read.loaded, reader });
        return reader;
      default:
        return source.mode satisfies never;
    }
  };
  return { changed, stop: watchFiles(source.reader, clock, look) };
}
