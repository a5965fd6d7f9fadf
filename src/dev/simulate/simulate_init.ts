import { namedFiles } from "../../files/mod.ts";
import { defaultCycles, katalogApiVersion } from "../../katalog/mod.ts";
import { type Terminal } from "../terminal.ts";
import type { Cycle } from "./operation.ts";
import { simulateOnce, type SimulatePorts } from "./simulate.ts";

export interface SimulateInitOptions {
  readonly files: readonly string[];
  readonly crs: readonly string[];
  /** Write over a file that is there. */
  readonly force: boolean;
  /** Print, and write nothing. */
  readonly dryRun: boolean;
}

const output = "simulate.yaml";

/**
 * `ork simulate init`: simulates once, and writes a document of kind Simulate that expects what was made in the first
 * cycle. Exit code 1 where there is nothing to simulate, and where there is such a file.
 */
export async function simulateInit(
  { files, crs, force, dryRun }: SimulateInitOptions,
  terminal: Terminal,
  ports: SimulatePorts,
): Promise<number> {
  const [katalog = "katalog.yaml"] = files;
  const [cr = "cr.yaml"] = crs;
  if (!dryRun && !force && namedFiles(ports.files)(output) !== undefined) {
    terminal.err(`ork: ${output} is there already: --force writes over it`);
    return 1;
  }
  const simulated = await simulateOnce([katalog], [cr], terminal, ports);
  if (simulated === undefined) return 1;
  const text = document(katalog, cr, simulated);
  if (dryRun) terminal.out(text.trimEnd());
  else {
    Deno.writeTextFileSync(output, text);
    terminal.out(`wrote ${output}; run it with: ork simulate`);
  }
  return 0;
}

function document(katalog: string, cr: string, boxes: ReadonlyMap<string, readonly Cycle[]>): string {
  const several = boxes.size > 1;
  const of = (cycles: readonly Cycle[], indent: string): string => {
    const made = (cycles[0]?.operations ?? []).filter(({ verb, resource }) =>
      verb === "create" && resource !== "status"
    );
    const rules = made.map(({ verb, resource, name }) =>
      `${indent}  - { cycle: 1, verb: ${verb}, resource: ${resource}, name: ${JSON.stringify(name)} }\n`
    );
    return `${indent}steady: true\n${indent}noErrors: true\n` +
      (rules.length === 0 ? "" : `${indent}ops:\n${rules.join("")}`);
  };
  const name = (boxes.keys().next().value ?? "katalog") + "-simulation";
  const expect = several
    ? `    crds:\n${[...boxes].map(([box, cycles]) => `      ${box}:\n${of(cycles, "        ")}`).join("")}`
    : [...boxes.values()].map((cycles) => of(cycles, "    ")).join("");
  return `# Run it with: ork simulate
apiVersion: ${katalogApiVersion}
kind: Simulate
metadata:
  name: ${name}
spec:
  katalog: ${JSON.stringify(relative(katalog))}
  cr: ${JSON.stringify(relative(cr))}
  cycles: ${defaultCycles}
  expect:
${expect}    # What must not happen:
    # absent:
    #   - { cycle: 1, verb: create, resource: jobs }
`;
}

function relative(path: string): string {
  return path.startsWith("/") || path.startsWith(".") ? path : `./${path}`;
}
