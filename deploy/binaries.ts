import { variablesWithoutEffect, withSpellings } from "../src/base/variables.ts";
import { katalogPathVariable } from "../src/files/mod.ts";
import { certificateVariables, gateFlags } from "../src/gateway/settings.ts";
import { katalogVariables } from "../src/katalog/mod.ts";
import { traceVariables } from "../src/observe/trace/mod.ts";
import { runFlags } from "../src/runtime/settings.ts";

/**
 * One binary of the project and what it may do: the flags are baked in by `deno compile` and cannot be widened later.
 */
export interface Binary {
  readonly name: string;
  readonly main: string;
  readonly permissions: readonly string[];
  /** Data that it carries along, from the project's root. */
  readonly include: readonly string[];
  /** Packages of `deno.json` of which files are among that data: no import leads to them, and their licenses count. */
  readonly vendored: readonly string[];
  /** What it runs on threads: no import leads there, so it is named. */
  readonly threads: readonly string[];
  /** It loads no file but its own, see `closedImports`. */
  readonly closed: boolean;
  /** Each program in it is one file of JavaScript: it starts in two thirds of the time. The others keep their sources. */
  readonly bundled: boolean;
}

/** Asked of the environment by every binary. */
const build = ["ORK_BUILD_COMMIT"];

/** Where the API server and the Katalog are, what completes the Katalog, and where traces go. */
const both = [
  "KUBECONFIG",
  "KUBERNETES_SERVICE_HOST",
  "KUBERNETES_SERVICE_PORT",
  katalogPathVariable,
  ...katalogVariables.map(({ name }) => name),
  ...variablesWithoutEffect,
  "NO_COLOR",
  ...traceVariables,
];

const runtime = withSpellings([...both, ...runFlags.flatMap(({ variable }) => variable ?? []), "HOSTNAME"]);

const gateway = withSpellings([
  ...both,
  ...gateFlags.flatMap(({ variable }) => variable ?? []),
  ...Object.values(certificateVariables),
]);

/** Asked for by the YAML library, for its own debugging: treated as not set. */
const ignored = ["LOG_STREAM", "LOG_TOKENS"];

/**
 * No host to import code from. Left out, there are some (deno.land, jsr.io, esm.sh and others), which `--deny-import` on
 * its own does not take away (Deno 2.7): a list in their place does, and nothing is left of that either.
 */
const noImport = ["--allow-import=nowhere.invalid", "--deny-import=nowhere.invalid"];

/** A worker may have fewer rights than the program: what cells are made of. */
const workers = "--unstable-worker-options";

const threads = ["src/cell/jail.ts", "src/entry/cell.ts"];

/**
 * Of each isolate: how large the space for young objects may grow, in MB, and by how many percent the rest of the heap
 * before it is collected. V8's defaults are made for browsers: an operator fills them with garbage in every burst and
 * keeps them, a quarter of its memory for no time saved.
 */
export const v8Flags: readonly string[] = ["--max-semi-space-size=4", "--heap-growing-percent=40"];

export const binaries: readonly Binary[] = [
  {
    name: "ork",
    main: "main_dev.ts",
    permissions: ["--allow-all", "--no-prompt", workers],
    include: ["katalogs", "src/controlcenter/assets"],
    vendored: ["uplot"],
    threads,
    closed: false,
    bundled: false,
  },
  {
    name: "ork-runtime",
    main: "main_runtime.ts",
    // Net and read are whole: the API server's address, that of a collector of traces, and the Katalog's place are
    // known only when it runs. Cells have the API server alone: their spans go through the process.
    // No write, run, ffi, sys, import. SECURITY.md says what bounds the rest.
    permissions: [
      "--allow-net",
      "--allow-read",
      ...noImport,
      `--allow-env=${[...build, ...runtime].join(",")}`,
      `--ignore-env=${ignored.join(",")}`,
      "--no-prompt",
      "--no-code-cache",
      workers,
    ],
    include: [],
    vendored: [],
    threads,
    closed: true,
    bundled: true,
  },
  {
    name: "ork-gateway",
    main: "main_gateway.ts",
    // Net and read are whole for the same reason. No write, run, ffi, sys, import: certificates stay in memory.
    permissions: [
      "--allow-net",
      "--allow-read",
      ...noImport,
      `--allow-env=${[...build, ...gateway].join(",")}`,
      `--ignore-env=${ignored.join(",")}`,
      "--no-prompt",
      "--no-code-cache",
    ],
    include: [],
    vendored: [],
    threads: [],
    closed: true,
    // A bundle breaks a CommonJS dependency of the X.509 library; without threads there is less to win.
    bundled: false,
  },
];
