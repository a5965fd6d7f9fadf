/**
 * Runtime and Gateway in a root that has what the image has, read-only, as the user, with the volumes and under the
 * identities that their Deployments name. docs/install.md says in what this is not the image.
 */
import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { type DeploymentProcess, startDeployment } from "../support/deployment_process.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { podRootMissing } from "../support/pod_root.ts";
import { helm } from "../support/tools.ts";
import { GuardRails } from "./installation.ts";

const images = ["--image", "example.org/ork-runtime:1", "--image-gateway", "example.org/ork-gateway:1"];

/** Ways from a Katalog to manifests on standard output; `undefined`: a tool is missing here. */
const ways: Readonly<Record<string, ((place: GuardRails) => Promise<string>) | undefined>> = {
  "ork generate bundle": (place) =>
    place.ork("generate", "bundle", "-n", place.test.namespace, "--with", "workloads", ...images),
  "helm template": helm === undefined ? undefined : async (place) => {
    await place.ork("generate", "chart", "-o", "chart", ...images);
    const version = ["--kube-version", "1.31.0"]; // a helm that was built from its module has no version to assume
    return await place.run([helm!, "template", "any", "chart", "--namespace", place.test.namespace, ...version]);
  },
};

for (const [way, generate] of Object.entries(ways)) {
  clusterTest(
    `what ${way} prints is accepted, and its Runtime and Gateway carry an example through its life in distroless roots`,
    async (test) => {
      const { plane } = test;
      await using place = await GuardRails.open(test);
      await place.kubectl(["apply", "-f", "-"], await Deno.readTextFile(`${place.folder}/crd.yaml`));
      const manifests = await generate!(place);
      await place.kubectl(["apply", "--validate=strict", "-f", "-"], manifests);
      const mark = await plane.auditLog.mark();
      {
        await using runtime = await startDeployment(test, { image: "runtime", env: { ORK_PORT: "0" } });
        await using gateway = await startDeployment(test, {
          image: "gateway",
          args: ["--advertise-url", "https://127.0.0.1:0"],
          env: { ORK_PORT: "0", ORK_HTTPS_PORT: "0", ORK_RUNTIME_ENDPOINT: runtime.url },
        });
        for (const each of [runtime, gateway]) {
          await each.ready();
          await isConfined(each);
        }
        await place.life(runtime, gateway);
        assert.equal(await gateway.stop(), 0, gateway.process.stdout + gateway.process.stderr);
        assert.equal(await runtime.stop(), 0, runtime.process.stdout + runtime.process.stderr);
      }
      await place.refusedNothing(mark);
    },
    {
      controllers: true,
      nodes: true,
      missing: generate === undefined ? "helm" : podRootMissing(),
    },
  );
}

/** As the kernel sees it. */
async function isConfined(process: DeploymentProcess): Promise<void> {
  const status = await process.proc("status");
  assert.match(status, /^Uid:\t65532\t65532\t65532\t65532$/m);
  assert.match(status, /^Gid:\t65532\t65532\t65532\t65532$/m);
  assert.match(status, /^Groups:\t ?$/m);
  assert.match(status, /^CapEff:\t0{16}$/m);
  assert.match(status, /^CapPrm:\t0{16}$/m);
  assert.match(status, /^NoNewPrivs:\t1$/m);
  const root = (await process.proc("mountinfo")).split("\n").find((line) => line.split(" ")[4] === "/");
  assert.match(root ?? "none", /^\S+ \S+ \S+ \S+ \/ ro,/);
}

clusterTest("an API server accepts the base for kustomize, with kubectl's own kustomize", async (test) => {
  await using place = await GuardRails.open(test);
  await place.ork("generate", "kustomize", "-n", test.namespace, "-o", "base", ...images);
  const strict = ["apply", "--server-side", "--validate=strict", "--dry-run=server"];
  assert.match(await place.kubectl([...strict, "-k", "base/crds"]), /storefronts/);
  const applied = (await place.kubectl([...strict, "-k", "base"])).trim().split("\n");
  const bundle = parseAllDocuments(await ways["ork generate bundle"]!(place));
  assert.equal(applied.length, bundle.length, applied.join("\n"));
});
