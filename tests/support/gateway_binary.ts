import { fileURLToPath } from "node:url";
import { readPorts } from "./listening.ts";
import { type BinaryOptions, runBinary, type RunningBinary } from "./run_binary.ts";
import { waitFor } from "./wait_for.ts";

/** How the Gateway is started: the compiled one (`deno task build`); `ORK_TEST_GATEWAY` names another command. */
export const gatewayCommand: readonly string[] = Deno.env.get("ORK_TEST_GATEWAY")?.split(" ") ??
  [fileURLToPath(new URL("../../build/ork-gateway", import.meta.url))];

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The Gateway without a build, for tests that need no compiled one. */
export const gatewayFromSource: readonly string[] = [
  ...[Deno.execPath(), "run", "-A", "--no-check", "--config", `${root}deno.json`, `${root}main_gateway.ts`],
];

export interface GatewayProcess extends AsyncDisposable {
  readonly process: RunningBinary;
  readonly httpsPort: number;
  /** Of its HTTP API. */
  readonly url: string;
  /** Waits until `/ready` says so. */
  ready(): Promise<void>;
}

/** Starts a Gateway for a Katalog, on free ports and registered by URL, and waits until it listens. */
export async function startGatewayBinary(
  {
    katalog,
    kubeconfig,
    namespace,
    advertiseUrl = "https://127.0.0.1:0",
    args = [],
    binary = {},
    program = gatewayCommand,
  }: {
    readonly katalog: string;
    readonly kubeconfig: string;
    readonly namespace: string;
    /** Port 0 stands for its own; replicas share one URL. */
    readonly advertiseUrl?: string;
    readonly args?: readonly string[];
    readonly binary?: BinaryOptions;
    readonly program?: readonly string[];
  },
): Promise<GatewayProcess> {
  const process = runBinary([
    ...program,
    ...["gate", "-f", katalog, "--kubeconfig", kubeconfig, "--namespace", namespace, "--log-format", "json"],
    ...["--port", "0", "--http-port", "0", "--advertise-url", advertiseUrl, ...args],
  ], binary);
  await process.waitForOutput('"listening"', 60_000);
  const { https, http } = readPorts(process.stdout);
  const url = `http://127.0.0.1:${http}`;
  return {
    process,
    httpsPort: https!,
    url,
    async ready() {
      await waitFor("the Gateway is ready", async () => {
        const response = await fetch(`${url}/ready`);
        const body = await response.text();
        if (response.status !== 200) throw new Error(`${body}${process.stderr}`);
        return true;
      }, { timeoutMs: 60_000 });
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
