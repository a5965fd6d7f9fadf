import { type Command, InvalidArgumentError, Option } from "commander";
import type { Terminal } from "../terminal.ts";
import type { SimulateOptions, SimulatePorts } from "./simulate.ts";
import type { SimulateInitOptions } from "./simulate_init.ts";

interface SimulateFlags {
  readonly file?: string[];
  readonly cr?: string[];
  readonly crd?: string;
  readonly cycles?: number;
  readonly skip?: string[];
  readonly skipExternal?: boolean;
  readonly debugOps?: boolean;
}

interface InitFlags {
  readonly file?: string[];
  readonly cr?: string[];
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

const maxCycles = 1_000;

/** Adds `ork simulate` and `ork simulate init`. Their code is loaded when one of them is used. */
export function addSimulateCommands(
  simulate: Command,
  collected: (flags: string, description: string) => Option,
  subcommand: (parent: Command, name: string, summary: string, lines: readonly string[]) => Command,
  terminal: Terminal,
  ports: SimulatePorts,
  done: (code: number) => void,
): void {
  simulate
    .addOption(collected("--cr <FILE>", "with Katalogs: files with CRs; cr.yaml when left out"))
    .option("--crd <KEY>", "simulate this CRD alone, by its key under spec.crds")
    .addOption(
      new Option("--cycles <N>", "maximum number of cycles of each CRD; 10 when left out").argParser(readCycles),
    )
    .addOption(collected("--skip <TEXT>", "with FOLDER/...: leave out files whose path has this"))
    .option("--skip-external", "make no HTTP calls of lists external: each comes to status 200 and an empty body")
    .option("--debug-ops", "print each operation with its reason")
    .action(async (named: string[], { file = [], cr = [], skip = [], ...flags }: SimulateFlags) => {
      const { simulate: run } = await import("./simulate.ts");
      const options: SimulateOptions = {
        files: [...named, ...file],
        crs: cr,
        skip,
        crd: flags.crd,
        cycles: flags.cycles,
        skipExternal: flags.skipExternal ?? false,
        debugOps: flags.debugOps ?? false,
      };
      done(await run(options, terminal, ports));
    });
  subcommand(simulate, "init", "Write a simulate.yaml that expects what a Katalog does now", [
    "ork simulate init",
    "ork simulate init -f katalog.yaml --cr cr.yaml --dry-run",
  ])
    .addOption(collected("--cr <FILE>", "file with CRs; cr.yaml when left out"))
    .option("--force", "write over a simulate.yaml that is there")
    .option("--dry-run", "print, and write nothing")
    .action(async (named: string[], { file = [], cr = [], force = false, dryRun = false }: InitFlags) => {
      const { simulateInit } = await import("./simulate_init.ts");
      // Options of the command above are taken by it, wherever they stand.
      const above = simulate.opts<SimulateFlags>();
      const options: SimulateInitOptions = {
        files: [...named, ...above.file ?? [], ...file],
        crs: [...above.cr ?? [], ...cr],
        force,
        dryRun,
      };
      done(await simulateInit(options, terminal, ports));
    });
}

function readCycles(text: string): number {
  const cycles = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  if (!(cycles >= 1 && cycles <= maxCycles)) throw new InvalidArgumentError(`Give a number from 1 to ${maxCycles}`);
  return cycles;
}
