import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments, stringify } from "yaml";
import type { KubeObject } from "../../src/k8s/object.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { katalogDocuments, startRuntime } from "../../src/runtime/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { sandboxRequest } from "../../tests/katalogs/sandbox_request.ts";
import { realClock } from "../../tests/support/clock.ts";
import { sandboxHost } from "../../tests/support/sandbox_host.ts";
import { serveApi, type ServedApi } from "../../tests/support/served_api.ts";

const katalogs = fileURLToPath(new URL("../../katalogs/", import.meta.url));

/** Examples whose operators the shop runs, in the order of the page. */
const examples = [
  "hello-website",
  "public-api",
  "database",
  "queue-and-consumers",
  "queue-worker",
  "scheduled-report",
] as const;

const paths: Readonly<Record<string, string>> = {
  Consumer: "/apis/messaging.example.com/v1/namespaces/default/consumers",
  CustomResourceDefinition: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  Database: "/apis/db.example.com/v1/namespaces/default/databases",
  PublicApi: "/apis/api.example.com/v1/namespaces/default/publicapis",
  Queue: "/apis/messaging.example.com/v1/namespaces/default/queues",
  QueueWorker: "/apis/queue.example.com/v1/namespaces/default/queueworkers",
  Report: "/apis/reports.example.com/v1/namespaces/default/reports",
  Website: "/apis/web.example.com/v1/namespaces/default/websites",
};

/** More CRs: those of the examples with another name and some other fields. */
const more: readonly (readonly [kind: string, name: string, spec: Record<string, unknown>])[] = [
  ["Website", "landing", { replicas: 3 }],
  ["Website", "blog", { replicas: 1 }],
  ["Database", "stock", { storage: "5Gi" }],
  ["Database", "accounts", { storage: "2Gi" }],
  ["Consumer", "mails", { topic: "mails", image: "example.com/mails:2" }],
  ["PublicApi", "basket", { host: "basket.example.com", path: "v1/basket" }],
  ["QueueWorker", "previews", { queue: "previews.new", priority: "low" }],
  ["Report", "daily-stock", { title: "Stock of the day", schedule: "0 5 * * *" }],
  ["Report", "weekly-returns", { title: "Returns of the week", schedule: "mondays at 6:30" }],
];

/** The operators of a shop, running on a sandbox. */
export interface Shop extends AsyncDisposable {
  readonly api: ServedApi;
  /** Changes some CRs, others each time. */
  change(): Promise<void>;
}

/** Starts the operators of several examples as one Katalog, with CRs of which one fails: its schedule is none. */
export async function openShop(): Promise<Shop> {
  const read = (example: string, file: string): string => Deno.readTextFileSync(`${katalogs}${example}/${file}`);
  const sandbox = createSandbox({ clock: realClock });
  const request = sandboxRequest(sandbox);
  const create = (object: KubeObject): Promise<KubeObject> =>
    request("POST", `${paths[object.kind]}?fieldManager=kubectl-create`, object);
  const objects = (example: string, file: string): KubeObject[] =>
    parseAllDocuments(read(example, file)).map((document) => document.toJS()).filter((object) => object !== null);
  for (const example of examples) for (const crd of objects(example, "crd.yaml")) await create(crd);
  const crs = examples.flatMap((example) => objects(example, "cr.yaml"));
  const like = (kind: string): KubeObject => crs.find((cr) => cr.kind === kind)!;
  for (const cr of crs) await create(cr);
  for (const [kind, name, spec] of more) {
    const { metadata, ...rest } = like(kind);
    await create({ ...rest, metadata: { ...metadata, name }, spec: { ...rest["spec"], ...spec } });
  }

  const text = stringify({
    ...{ apiVersion: "orkestra.orkspace.io/v1", kind: "Katalog" },
    metadata: {
      name: "shop",
      version: "2.4.0",
      description: "Everything that the shop runs on, for the teams behind it",
    },
    spec: { crds: Object.assign({}, ...examples.map((example) => parse(read(example, "katalog.yaml")).spec.crds)) },
  });
  const definitions = examples.map((example) => read(example, "crd.yaml")).join("\n---\n");
  const { katalog, documents = [], findings } = loadKatalog(
    [{ path: "katalog.yaml", bytes: new TextEncoder().encode(text) }],
    (path) => path === "crd.yaml" ? new TextEncoder().encode(definitions) : undefined,
  );
  if (katalog === undefined) throw new Error(`The examples make no Katalog together: ${Deno.inspect(findings)}`);
  const plan = derivePlan(katalog);
  const host = sandboxHost(sandbox, { userAgent: "ork-runtime/media" });
  const runtime = startRuntime({ plan, host, clock: realClock, report: () => {} });
  await runtime.lead();
  const api = serveApi({
    plan,
    documents: katalogDocuments(katalog, documents),
    boxes: runtime.boxes,
    leadership: { isLeader: true, holder: "ork-runtime-7c9d5b8f6-x2x4z" },
  });
  let round = 0;
  const patch = async (kind: string, name: string, spec: unknown): Promise<void> => {
    await request("PATCH", `${paths[kind]}/${name}`, { spec }, "application/merge-patch+json");
  };
  return {
    api,
    async change() {
      const wave = ++round % 7;
      for (let n = 0; n <= wave; n++) {
        await patch("QueueWorker", n % 2 === 0 ? "thumbnails" : "previews", { workers: 1 + (round + n) % 5 });
      }
      if (round % 2 === 0) await patch("PublicApi", "catalogue", { replicas: 2 + round % 6 });
      if (round % 3 === 0) await patch("PublicApi", "basket", { replicas: 2 + round % 4 });
      if (round % 5 === 0) await patch("Database", "stock", { backup: { schedule: `${round % 60} 2 * * *` } });
      if (round % 4 === 0) await patch("Consumer", "invoices", { replicas: 1 + round % 3 });
    },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await runtime.stop(5_000);
      await host.close();
      await sandbox.stop();
    },
  };
}
