import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import type { Stage } from "../../tests/katalogs/stage.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** The operator of the comparison, for benches and tests that want many ordinary objects. */
export const websiteKatalog = `${folder}katalog.yaml`;
/** Where Websites of the default namespace are. */
export const websites = "/apis/bench.example.dev/v1/namespaces/default/websites";

export async function installWebsites(request: Stage["request"]): Promise<void> {
  for (const document of parseAllDocuments(await Deno.readTextFile(`${folder}crd.yaml`))) {
    await request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", document.toJS());
  }
}

export async function createWebsite(request: Stage["request"], name: string, message: string): Promise<void> {
  const spec = { image: "nginx:1", replicas: 0, port: 8080, message };
  await request("POST", websites, { apiVersion: "bench.example.dev/v1", kind: "Website", metadata: { name }, spec });
}
