import { fileURLToPath } from "node:url";
import type { JsonMap } from "../../src/base/json.ts";
import { certificateAuthority } from "../../tests/support/pki.ts";
import { runBinary, runToEnd } from "../../tests/support/run_binary.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import type { Running } from "./contestants.ts";
import { ok, type Place } from "./place.ts";
import { group, resource } from "./releases.ts";

const source = fileURLToPath(new URL("webhook", import.meta.url));
const configurations = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

/** Builds the webhook in `webhook/` into a temporary folder, starts it and registers it. */
export async function startWebhook(place: Place, leftOut: (reason: string) => void): Promise<Running | undefined> {
  const go = await findGo();
  if (go === undefined) return leftOut("there is no Go: neither `go` in PATH nor /usr/local/go/bin/go"), undefined;
  const folder = await Deno.makeTempDir({ prefix: "ork-admission-webhook-" });
  const cleanUp: (() => Promise<unknown>)[] = [() => Deno.remove(folder, { recursive: true })];
  const dispose = async (): Promise<void> => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  };
  try {
    const { code, stderr } = await runToEnd([go, "build", "-o", `${folder}/webhook`, "."], {
      cwd: source,
      timeoutMs: 600_000,
      env: goEnvironment(),
    });
    if (code !== 0) throw new Error(`Cannot build the webhook of controller-runtime: ${stderr}`);
    const authority = await certificateAuthority();
    const { certPem, keyPem } = await authority.issue({ commonName: "webhook", addresses: ["127.0.0.1"] });
    await Deno.writeTextFile(`${folder}/tls.crt`, certPem);
    await Deno.writeTextFile(`${folder}/tls.key`, keyPem, { mode: 0o600 });
    const [port, metricsPort] = freePorts();
    const process = runBinary([
      `${folder}/webhook`,
      ...["-certs", folder, "-port", `${port}`, "-metrics-port", `${metricsPort}`],
    ]);
    cleanUp.push(() => process.stop());
    const times = {
      url: `http://127.0.0.1:${metricsPort}/metrics`,
      histogram: "controller_runtime_webhook_latency_seconds",
      label: 'webhook="/validate"',
    };
    await waitFor("the webhook listens", async () => {
      await (await fetch(times.url)).text();
      (await Deno.connect({ hostname: "127.0.0.1", port: port! })).close();
      return true;
    }, { explain: () => process.stderr });
    const configuration = configurationOf(`https://127.0.0.1:${port}/validate`, authority.certPem);
    await ok(place, "POST", configurations, configuration);
    cleanUp.push(() => ok(place, "DELETE", `${configurations}/${name}`));
    return { pid: process.pid, times, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

const name = "bench-controller-runtime";

/** The same as the Gateway's own: see `src/gateway/registration/`. */
function configurationOf(url: string, caPem: string): JsonMap {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name },
    webhooks: [{
      name: "validate.bench.example.org",
      clientConfig: { url, caBundle: btoa(caPem) },
      failurePolicy: "Fail",
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      matchPolicy: "Equivalent",
      rules: [{ apiGroups: [group], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: [resource] }],
      matchConditions: [{ name: "not-being-deleted", expression: "!has(object.metadata.deletionTimestamp)" }],
    }],
  };
}

async function findGo(): Promise<string | undefined> {
  for (const path of ["go", "/usr/local/go/bin/go"]) {
    try {
      const { success } = await new Deno.Command(path, { args: ["version"], stdout: "null", stderr: "null" }).output();
      if (success) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** `runBinary` passes on little; Go keeps its caches by HOME. */
function goEnvironment(): Record<string, string> {
  const names = ["GOFLAGS", "GOPROXY", "GOMODCACHE", "GOCACHE", "GOPATH"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

/** Ports that were free a moment ago: controller-runtime takes port 0 for its default. */
function freePorts(): number[] {
  const listeners = [0, 0].map((port) => Deno.listen({ hostname: "127.0.0.1", port }));
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}
