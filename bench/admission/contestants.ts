import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import { generatePolicies } from "../../src/dev/generate/policies.ts";
import { systemFiles } from "../../src/files/mod.ts";
import { gatewayFromSource, startGatewayBinary } from "../../tests/support/gateway_binary.ts";
import { namespace, ok, type Place } from "./place.ts";
import { startWebhook } from "./webhook.ts";

const katalog = fileURLToPath(new URL("katalog.yaml", import.meta.url));
const admission = "/apis/admissionregistration.k8s.io/v1";

/** The histogram of the time inside a webhook, and the label of its series. */
export interface ServerTimes {
  readonly url: string;
  readonly histogram: string;
  readonly label: string;
}

/** A contestant that enforces the rules; a webhook has a process of its own. */
export interface Running extends AsyncDisposable {
  readonly pid?: number;
  readonly times?: ServerTimes;
}

/** Something that can enforce the rules of `katalog.yaml`. */
export interface Contestant {
  readonly name: string;
  /** It is a webhook, which can be called without an API server. */
  readonly isWebhook: boolean;
  /** It admits everything. */
  readonly admitsAll?: true;
  /** `undefined`: it cannot run here, for the reason that `leftOut` was called with. */
  start(place: Place, leftOut: (reason: string) => void): Promise<Running | undefined>;
}

/** `binary`: the command of the Gateway, words separated by spaces; `source` runs it from source. */
export function contestants(binary: string): readonly Contestant[] {
  return [
    { name: "bare", isWebhook: false, admitsAll: true, start: () => Promise.resolve(nothing) },
    { name: "policy", isWebhook: false, start: startPolicies },
    { name: "ork", isWebhook: true, start: (place) => startGateway(place, binary) },
    { name: "controller-runtime", isWebhook: true, start: startWebhook },
  ];
}

const nothing: Running = { [Symbol.asyncDispose]: () => Promise.resolve() };

/** What `ork generate policies -f katalog.yaml` prints, applied. */
async function startPolicies(place: Place, leftOut: (reason: string) => void): Promise<Running | undefined> {
  if (!place.hasPolicies) return leftOut("this API server has no admission policies"), undefined;
  const printed: string[] = [];
  const problems: string[] = [];
  const terminal = {
    colour: false,
    out: (text: string) => void printed.push(text),
    err: (text: string) => void problems.push(text),
  };
  const code = await generatePolicies({ files: [katalog], output: undefined }, terminal, systemFiles());
  // A rule that is not compiled is listed there: the contestant would do less than the others.
  if (code !== 0 || problems.length > 0) {
    throw new Error(`Cannot compile all rules to policies: ${problems.join("\n")}`);
  }
  const objects = parseAllDocuments(printed.join("\n")).map((document) => document.toJS() as JsonMap);
  const made: string[] = [];
  for (const object of objects) {
    const plural = object["kind"] === "ValidatingAdmissionPolicy"
      ? "validatingadmissionpolicies"
      : "validatingadmissionpolicybindings";
    await ok(place, "POST", `${admission}/${plural}`, object);
    made.push(`${admission}/${plural}/${(object["metadata"] as JsonMap)["name"]}`);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      for (const path of made.reverse()) await ok(place, "DELETE", path);
    },
  };
}

async function startGateway(place: Place, binary: string): Promise<Running> {
  const gateway = await startGatewayBinary({
    katalog,
    kubeconfig: place.kubeconfig,
    namespace,
    program: binary === "source" ? gatewayFromSource : binary.split(" "),
    // One line a refusal is written as it is in production; the reader is this process.
    args: ["--log-level", "info"],
  });
  await gateway.ready();
  return {
    pid: gateway.process.pid,
    times: {
      url: `${gateway.url}/metrics`,
      histogram: "controller_admission_duration_seconds",
      label: 'webhook="validate"',
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

/** Where the one webhook that is registered listens, and the CA that its certificate is of. */
export async function registered(place: Place): Promise<{ url: URL; ca: string }> {
  const { items } = JSON.parse(await ok(place, "GET", `${admission}/validatingwebhookconfigurations`));
  const [config] = items.flatMap((item: JsonMap) => item["webhooks"] as JsonMap[]);
  const { url, caBundle } = config.clientConfig;
  return { url: new URL(url), ca: atob(caBundle) };
}
