/**
 * Runtime and Gateway in a root that has what the image has, read-only, as the user, with the volumes and under the
 * identities that their Deployments name. docs/install.md says in what this is not the image.
 */
import assert from "node:assert/strict";
import { startDeployment } from "../support/deployment_process.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { podRootMissing } from "../support/pod_root.ts";
import { GuardRails } from "./installation.ts";

clusterTest(
  "Runtime and Gateway carry an example through its life in the root of a distroless image",
  async (test) => {
    const { plane } = test;
    await using place = await GuardRails.open(test);
    await place.kubectl(["apply", "-f", "-"], await Deno.readTextFile(`${place.folder}/crd.yaml`));
    const images = ["--image", "example.org/ork-runtime:1", "--image-gateway", "example.org/ork-gateway:1"];
    const bundle = await place.ork("generate", "bundle", "-n", test.namespace, "--with", "workloads", ...images);
    await place.kubectl(["apply", "--validate=strict", "-f", "-"], bundle);
    const mark = await plane.auditLog.mark();
    {
      await using runtime = await startDeployment(test, {
        image: "runtime",
        env: { ORK_PORT: "0" },
      });
      await using gateway = await startDeployment(test, {
        image: "gateway",
        args: ["--advertise-url", "https://127.0.0.1:0"],
        env: { ORK_PORT: "0", ORK_HTTPS_PORT: "0", ORK_RUNTIME_ENDPOINT: runtime.url },
      });
      for (const each of [runtime, gateway]) {
        await each.ready();
        const status = await each.proc("status");
        assert.match(status, /^Uid:\t65532\t65532\t65532\t65532$/m);
        assert.match(status, /^Groups:\t ?$/m);
        assert.match(status, /^CapEff:\t0{16}$/m);
        assert.match(status, /^CapPrm:\t0{16}$/m);
        assert.match(status, /^NoNewPrivs:\t1$/m);
        const root = (await each.proc("mountinfo")).split("\n").find((line) => line.split(" ")[4] === "/");
        assert.match(root ?? "none", /^\S+ \S+ \S+ \S+ \/ ro,/);
      }
      await place.life(runtime, gateway);
      assert.equal(await gateway.stop(), 0, gateway.process.stdout + gateway.process.stderr);
      assert.equal(await runtime.stop(), 0, runtime.process.stdout + runtime.process.stderr);
    }
    await place.refusedNothing(mark);
  },
  { controllers: true, nodes: true, missing: podRootMissing() },
);
