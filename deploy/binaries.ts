import { certificateVariables, gateFlags } from "../src/gateway/settings.ts";
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
  /** What it runs on threads: no import leads there, so it is named. */
  readonly threads: readonly string[];
  /** Each program in it is one file of JavaScript: it starts in two thirds of the time. The others keep their sources. */
  readonly bundled: boolean;
}

/** Asked of the environment by every binary. */
const build = ["ORK_BUILD_COMMIT"];

/** Where the API server is, and the defaults that a Deployment may set (`docs` in ARCHITECTURE.md). */
const runtime = [
  "KUBECONFIG",
  "KUBEKONFIG",
  "KUBERNETES_SERVICE_HOST",
  "KUBERNETES_SERVICE_PORT",
  "DEFAULT_WORKERS",
  "DEFAULT_RESYNC",
  "FAILURE_THRESHOLD",
  ...runFlags.flatMap(({ variable }) => variable ?? []),
  "HOSTNAME",
  "NO_COLOR",
];

const gateway = [
  "KUBECONFIG",
  "KUBEKONFIG",
  "KUBERNETES_SERVICE_HOST",
  "KUBERNETES_SERVICE_PORT",
  ...gateFlags.flatMap(({ variable }) => variable ?? []),
  ...Object.values(certificateVariables),
  "NO_COLOR",
];

/** Asked for by the YAML library, for its own debugging: treated as not set. */
const ignored = ["LOG_STREAM", "LOG_TOKENS"];

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
    include: ["katalogs"],
    threads,
    bundled: false,
  },
  {
    name: "ork-runtime",
    main: "main_runtime.ts",
    // Net and read are whole: the API server's address and the Katalog's place are known only when it runs.
    // No write, run, ffi, sys, import. SECURITY.md says what bounds the rest.
    permissions: [
      "--allow-net",
      "--allow-read",
      `--allow-env=${[...build, ...runtime].join(",")}`,
      `--ignore-env=${ignored.join(",")}`,
      "--no-prompt",
      "--no-code-cache",
      workers,
    ],
    include: [],
    threads,
    bundled: true,
  },
  {
    name: "ork-gateway",
    main: "main_gateway.ts",
    // Net and read are whole for the same reason. No write, run, ffi, sys, import: certificates stay in memory.
    permissions: [
      "--allow-net",
      "--allow-read",
      `--allow-env=${[...build, ...gateway].join(",")}`,
      `--ignore-env=${ignored.join(",")}`,
      "--no-prompt",
      "--no-code-cache",
    ],
    include: [],
    threads: [],
    // A bundle breaks a CommonJS dependency of the X.509 library; without threads there is less to win.
    bundled: false,
  },
];
