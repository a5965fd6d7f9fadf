/**
 * `deno task bench:writes`, with `KUBEBUILDER_ASSETS`: how long one change of a ConfigMap takes by the methods that an
 * API server has for it, as one client sees it. They take turns, so that other work on the machine meets all of them.
 * Prints a table in Markdown; × is the ratio to `update`, which is what controller-runtime's `CreateOrUpdate` sends.
 *
 * `--rounds N` (1000), of which the first tenth does not count.
 */
import { startControlPlane } from "../../tests/support/control_plane.ts";
import { quantile } from "../admission/latencies.ts";
import { readOptions } from "../options.ts";

const { rounds } = readOptions({ rounds: 1000 });

const collection = "/api/v1/namespaces/default/configmaps";
const labels = { "app.kubernetes.io/name": "site", "app.kubernetes.io/managed-by": "bench" };

interface Method {
  readonly name: string;
  readonly verb: string;
  readonly type: string;
  readonly query: string;
  body(text: string, uid: string): unknown;
}

const object = (name: string, text: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, labels },
  data: { "index.html": text },
});

const methods: readonly Method[] = [
  { name: "update", verb: "PUT", type: "application/json", query: "", body: (text) => object("update", text) },
  {
    name: "merge patch",
    verb: "PATCH",
    type: "application/merge-patch+json",
    query: "",
    body: (text) => ({ data: { "index.html": text } }),
  },
  {
    name: "apply",
    verb: "PATCH",
    type: "application/apply-patch+yaml",
    query: "?fieldManager=bench&force=true",
    body: (text, uid) => {
      const applied = object("apply", text);
      return { ...applied, metadata: { ...applied.metadata, ...(uid === "" ? {} : { uid }) } };
    },
  },
];

const plane = await startControlPlane();
try {
  const uids = new Map<string, string>();
  const took = new Map(methods.map(({ name }) => [name, [] as number[]]));
  const pathOf = ({ name, query }: Method) => `${collection}/${name.replace(" ", "-")}${query}`;
  const send = async (method: string, path: string, type: string, body: unknown) => {
    const response = await plane.adminFetch(path, {
      method,
      headers: { "content-type": type },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Cannot ${method} ${path}: ${text}`);
    return JSON.parse(text) as { metadata: { uid: string } };
  };
  for (const method of methods) {
    const name = method.name.replace(" ", "-");
    const made = method.name === "apply"
      ? await send(method.verb, pathOf(method), method.type, method.body("first", ""))
      : await send("POST", collection, "application/json", object(name, "first"));
    uids.set(method.name, made.metadata.uid);
  }
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < methods.length; turn++) {
      const method = methods[(round + turn) % methods.length]!;
      const body = method.body(`round ${round}`, uids.get(method.name)!);
      const start = performance.now();
      await send(method.verb, pathOf(method), method.type, body);
      if (round >= rounds / 10) took.get(method.name)!.push(performance.now() - start);
    }
  }
  const [base50, base99] = [0.5, 0.99].map((q) => quantile(took.get("update")!, q)) as [number, number];
  console.log("| method | p50 ms | × | p99 ms | × |\n| ------ | -----: | -: | -----: | -: |");
  for (const { name } of methods) {
    const [p50, p99] = [0.5, 0.99].map((q) => quantile(took.get(name)!, q)) as [number, number];
    console.log(
      `| ${name} | ${p50.toFixed(2)} | ${(p50 / base50).toFixed(2)} | ${p99.toFixed(2)} | ${
        (p99 / base99).toFixed(2)
      } |`,
    );
  }
} finally {
  await plane.stop();
}
