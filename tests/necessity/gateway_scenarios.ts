import type { JsonMap } from "../../src/base/json.ts";
import { admissionNames, installedName } from "../../src/k8s/installation.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { protectionNames } from "../../src/plan/mod.ts";
import { RequestFailed } from "../katalogs/stage.ts";
import { gatewayCommand } from "../support/gateway_binary.ts";
import { readPorts } from "../support/listening.ts";
import { runBinary, type RunningBinary } from "../support/run_binary.ts";
import type { Account, Installation } from "./installation.ts";
import { type Scenario, waitUnlessCancelled } from "./scenario.ts";

const merge = "application/merge-patch+json";
const registrations = "/apis/admissionregistration.k8s.io/v1";
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const prepareMs = 60_000;

/** What a Gateway registers and keeps; the first scenario that uses a permission shows that it is missing. */
export function gatewayScenarios(installation: Installation, account: Account): Scenario[] {
  const { request, namespace, plan, example } = installation;
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const secret = `${secrets}/orkestra-internal-tls`;
  const paths = [
    ...[admissionNames.validation, ...Object.values(protectionNames)].map((name) =>
      `${registrations}/validatingwebhookconfigurations/${installedName(name, namespace)}`
    ),
    `${registrations}/mutatingwebhookconfigurations/${installedName(admissionNames.mutation, namespace)}`,
  ];
  const converted = plan.gateway?.converts ? plan.conversions.map(({ plural, group }) => `${plural}.${group}`) : [];
  let process: RunningBinary | undefined;
  let limitMs = prepareMs;
  let isCancelled = false;
  const until = (what: string, probe: () => Promise<boolean> | boolean, { timeoutMs }: { timeoutMs: number }) =>
    waitUnlessCancelled(what, probe, { timeoutMs, isCancelled: () => isCancelled });

  async function object(path: string): Promise<KubeObject | undefined> {
    try {
      return await request("GET", path);
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 404) return undefined;
      throw error;
    }
  }

  async function remove(path: string): Promise<void> {
    if (await object(path) !== undefined) await request("DELETE", path);
  }

  function start(katalog = example.katalog): void {
    process = runBinary([
      ...[...gatewayCommand, "gate", "-f", katalog, "--kubeconfig", account.kubeconfig, "--namespace", namespace],
      ...["--log-format", "json", "--port", "0", "--http-port", "0", "--advertise-url", "https://127.0.0.1:0"],
    ]);
  }

  async function ready(timeoutMs = limitMs): Promise<void> {
    await until("the Gateway is ready", async () => {
      const { http } = readPorts(process!.stdout);
      if (http === undefined) return false;
      const response = await fetch(`http://127.0.0.1:${http}/ready`);
      await response.body?.cancel();
      return response.ok;
    }, { timeoutMs });
    for (const name of converted) {
      await until(`${name} names its converter`, async () => {
        return (await object(`${definitions}/${name}`))?.["spec"].conversion.strategy === "Webhook";
      }, { timeoutMs });
    }
  }

  const isRegistered = async (path: string): Promise<boolean> => {
    const webhooks = (await object(path))?.["webhooks"] as { clientConfig?: { caBundle?: string } }[] | undefined;
    return (webhooks ?? []).length > 0 && webhooks!.every(({ clientConfig }) => clientConfig?.caBundle !== undefined);
  };
  const registered = async (): Promise<string[]> => {
    const found = await Promise.all(paths.map(async (path) => await isRegistered(path) ? [path] : []));
    return found.flat();
  };
  const uidOf = async (path: string) => (await object(path))?.metadata.uid;

  /** What somebody does to what is kept, until it is as before. */
  async function disturb(): Promise<void> {
    for (const path of await registered()) {
      await request("PATCH", path, { webhooks: [] }, merge);
      await until(`${path} is whole again`, () => isRegistered(path), { timeoutMs: limitMs });
    }
    for (const name of converted) {
      await request(
        "PATCH",
        `${definitions}/${name}`,
        { spec: { conversion: { strategy: "None", webhook: null } } },
        merge,
      );
    }
    await ready();
    await request("PATCH", secret, { data: { "tls.crt": btoa("no certificate") } }, merge);
    await until("the Secret is whole again", async () => {
      return (await object(secret))?.["data"]["tls.crt"] !== btoa("no certificate");
    }, { timeoutMs: limitMs });
  }

  const scenario = (name: string, run: () => Promise<void>, prepare?: () => Promise<void>): Scenario => {
    const end = async (): Promise<string> => {
      account.proxy.onCall = undefined;
      const ended = process;
      process = undefined;
      await ended?.stop();
      return `${ended?.stdout ?? ""}${ended?.stderr ?? ""}`;
    };
    return {
      name,
      async reset() {
        account.proxy.forget();
        for (const path of paths) await remove(path);
        for (const each of converted) {
          const conversion = { strategy: "None", webhook: null };
          await request("PATCH", `${definitions}/${each}`, { spec: { conversion } }, merge);
        }
        await remove(secret);
      },
      async prepare() {
        limitMs = prepareMs;
        isCancelled = false;
        await prepare?.();
        if (process !== undefined) await end();
      },
      run(givenMs) {
        limitMs = givenMs;
        isCancelled = false;
        return run();
      },
      printed: () => `${process?.stdout ?? ""}${process?.stderr ?? ""}`,
      cancel: () => void (isCancelled = true),
      end,
      told: () => Promise.resolve(""),
    };
  };

  return [
    scenario("start", async () => {
      start();
      await ready();
    }),
    scenario("change", async () => {
      start();
      await ready();
      await disturb();
    }),
    scenario("a Secret that cannot be patched", async () => {
      start();
      await ready();
      const before = await uidOf(secret);
      await request("PATCH", secret, { immutable: true, data: { "tls.crt": btoa("no certificate") } }, merge);
      await until("the Secret is replaced", async () => {
        const now = await uidOf(secret);
        return now !== undefined && now !== before;
      }, { timeoutMs: limitMs });
    }),
    scenario("what a former Katalog has left", async () => {
      start();
      await ready();
      const wanted = new Set(await registered());
      for (const path of paths.filter((each) => !wanted.has(each))) {
        await until(`${path} is removed`, async () => await object(path) === undefined, { timeoutMs: limitMs });
      }
    }, async () => {
      const kinds = { validating: "ValidatingWebhookConfiguration", mutating: "MutatingWebhookConfiguration" };
      for (const path of paths) {
        const [, , , , plural, name] = path.split("/") as [string, string, string, string, string, string];
        const kind = plural.startsWith("validating") ? kinds.validating : kinds.mutating;
        // As a Gateway marks what it has registered.
        const metadata = { name, annotations: { "orkestra.orkspace.io/rules": "former" } };
        await request("POST", `${registrations}/${plural}`, {
          apiVersion: "admissionregistration.k8s.io/v1",
          ...{ kind, metadata, webhooks: [] },
        } as JsonMap);
      }
    }),
    scenario("a Secret that somebody else makes", async () => {
      let isMade = false;
      account.proxy.onCall = async ({ method, path, body }) => {
        if (isMade || method !== "POST" || !path.startsWith(secrets)) return;
        isMade = true;
        const { data: _data, ...made } = JSON.parse(body);
        await request("POST", secrets, { ...made, data: { "tls.crt": "", "tls.key": "" } });
      };
      start();
      await until("somebody else was faster", () => isMade, { timeoutMs: limitMs });
      await until(
        "the Secret was read",
        () =>
          account.proxy.calls.some(({ kind, path, status }) =>
            kind === "get" && path.startsWith(secrets) && !path.includes("?") && status === 200
          ),
        { timeoutMs: limitMs },
      );
      await ready();
    }),
    scenario("broken watches", async () => {
      start();
      await ready(prepareMs);
      const before = account.proxy.watches;
      account.proxy.cutWatches();
      await until("every watch is open again", () => account.proxy.watches >= before, { timeoutMs: limitMs });
      await disturb();
    }),
  ];
}
