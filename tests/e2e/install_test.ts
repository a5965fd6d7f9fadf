/** `ork install` and `ork uninstall` on a real API server, whose Pods are simulated, beside a Gateway that is not. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import { gatewayFromSource, startGatewayBinary } from "../support/gateway_binary.ts";
import { type ClusterTest, clusterTest } from "../support/on_cluster.ts";
import { waitFor } from "../support/wait_for.ts";
import { GuardRails } from "./installation.ts";

const images = ["--image", "example.org/ork-runtime:1", "--image-gateway", "example.org/ork-gateway:1"];
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const webhooks = "/apis/admissionregistration.k8s.io/v1";

function commands(place: GuardRails, { namespace, plane }: ClusterTest) {
  const where = ["-n", namespace, "--kubeconfig", plane.kubeconfigPath];
  return {
    install: (...args: string[]) => place.orkCode("install", ...where, ...images, ...args),
    uninstall: (...args: string[]) => place.orkCode("uninstall", ...where, ...args),
  };
}

clusterTest(
  "ork install makes what it has printed, waits until it is available, and deletes what is not needed any more",
  async (test) => {
    const { namespace } = test;
    await using place = await GuardRails.open(test);
    const { install } = commands(place, test);
    const deployments = ["runtime", "gateway"].map((name) =>
      `/apis/apps/v1/namespaces/${namespace}/deployments/orkestra-${name}`
    );
    const crd = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/storefronts.${place.group}`;

    const printed = await install("--with-crds");
    assert.equal(printed.code, 1);
    assert.match(printed.err, /Nothing was changed: add --yes to do this/);
    const listed = printed.out.trim().split("\n");
    assert.ok(listed.includes(`create  Deployment ${namespace}/orkestra-runtime`), printed.out);
    assert.ok(listed.includes(`apply   Namespace ${namespace}`), printed.out);
    assert.equal(await place.object(deployments[0]!), undefined);
    assert.equal(await place.object(crd), undefined);
    assert.match((await install()).err, /there is no CRD storefronts\.\S+, so its operator waits for it/);

    const done = await install("--with-crds", "--yes");
    assert.equal(done.code, 0, done.out + done.err);
    assert.deepEqual(done.out.trim().split("\n"), [...listed, `Installed in ${namespace}`]);
    for (const path of deployments) {
      const { status, metadata } = await place.object(path) as JsonMap;
      assert.equal((status as JsonMap)["availableReplicas"], 2);
      const managers = (metadata as { managedFields: { manager: string }[] }).managedFields.map(({ manager }) =>
        manager
      );
      assert.ok(managers.includes("ork-install"), managers.join());
    }
    assert.notEqual(await place.object(crd), undefined);

    const version = async () =>
      ((await place.object(`${rbac}/clusterroles/orkestra-${namespace}`))?.["metadata"] as JsonMap)["resourceVersion"];
    const before = await version();
    const again = await install("--yes");
    assert.equal(again.code, 0, again.err);
    assert.doesNotMatch(again.out, /^(?:create|delete)/m);
    assert.equal(await version(), before);

    // Fields of others are not taken over unless that is asked for.
    const scaled = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "orkestra-runtime" },
      spec: { replicas: 3 },
    };
    await place.ok("PATCH", `${deployments[0]}?fieldManager=somebody&force=true`, scaled, {
      "content-type": "application/apply-patch+yaml",
    });
    const conflict = await install("--yes");
    assert.equal(conflict.code, 1);
    assert.match(conflict.err, /somebody/);
    assert.equal((await install("--yes", "--force-conflicts")).code, 0);

    // Without a Gateway its objects go, with the permissions.
    const katalog = await Deno.readTextFile(`${place.folder}/katalog.yaml`);
    const { spec, metadata, apiVersion, kind } = parse(katalog);
    for (const key of ["validation", "mutation", "allowedNamespaces", "crFiles"]) delete spec.crds.storefront[key];
    await Deno.writeTextFile(`${place.folder}/katalog.yaml`, JSON.stringify({ apiVersion, kind, metadata, spec }));
    const less = await install("--yes");
    assert.equal(less.code, 0, less.err);
    for (const line of [`Deployment ${namespace}/orkestra-gateway`, `ClusterRole orkestra-gateway-${namespace}`]) {
      assert.ok(less.out.split("\n").includes(`delete  ${line}`), less.out);
    }
    await waitFor("the Gateway is gone", async () => await place.object(deployments[1]!) === undefined);
    assert.equal(await place.object(`${rbac}/clusterroles/orkestra-gateway-${namespace}`), undefined);
    assert.notEqual(await place.object(deployments[0]!), undefined);
  },
  { controllers: true, nodes: true },
);

clusterTest(
  "ork uninstall removes webhooks while the Gateway runs, then what runs, then permissions; CRDs only if asked for",
  async (test) => {
    const { namespace } = test;
    await using place = await GuardRails.open(test, "three-versions", "art.example.com");
    const katalog = await Deno.readTextFile(`${place.folder}/katalog.yaml`);
    await Deno.writeTextFile(
      `${place.folder}/katalog.yaml`,
      katalog.replace("security:\n", "security:\n  identity: perBox\n  deletionProtection: {strictMode: true}\n"),
    );
    const { install, uninstall } = commands(place, test);
    const installed = await install("--with-crds", "--yes");
    assert.equal(installed.code, 0, installed.err);
    const crd = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/galleries.${place.group}`;
    const conversion = async () =>
      (((await place.object(crd))?.["spec"] as JsonMap)["conversion"] as JsonMap)["strategy"];
    const configuration = `${webhooks}/validatingwebhookconfigurations/orkestra-strict-mode-protection-${namespace}`;
    const galleries = `/apis/${place.group}/v1/namespaces/${namespace}/galleries`;
    const mounted = `${place.folder}/mounted`;
    await Deno.mkdir(mounted);
    await Deno.writeTextFile(`${mounted}/katalog.yaml`, await place.installedKatalog());
    {
      await using gateway = await startGatewayBinary({
        katalog: `${mounted}/katalog.yaml`,
        kubeconfig: await place.tokenOf("orkestra-gateway"),
        namespace,
        program: gatewayFromSource,
      });
      await gateway.ready();
      await waitFor(
        "webhooks are registered",
        async () => await conversion() === "Webhook" && await place.object(configuration) !== undefined,
      );
      // `ork uninstall` knows a converter by the namespace of its Service; a URL it leaves.
      await place.ok("PATCH", crd, {
        spec: {
          conversion: {
            strategy: "Webhook",
            webhook: {
              clientConfig: { url: null, service: { namespace, name: "orkestra-gateway", path: "/convert" } },
            },
          },
        },
      }, { "content-type": "application/merge-patch+json" });
      const cr = parse(await Deno.readTextFile(`${place.folder}/cr.yaml`)) as JsonMap;
      await place.ok("POST", galleries, {
        ...cr,
        metadata: { name: "one", finalizers: ["gallery.orkestra.orkspace.io/cleanup"] },
      }).catch((error) => {
        throw new Error(`${error}\n${gateway.process.stdout}`);
      });

      const printed = await uninstall();
      assert.equal(printed.code, 1);
      assert.match(printed.err, /1 Gallery have a finalizer that the Runtime alone removes/);
      assert.match(printed.err, /Nothing was changed/);
      assert.notEqual(await place.object(configuration), undefined);

      // The finalizer is there to stay: nothing that could remove it is taken away.
      const late = await uninstall("--with-crds", "--yes", "--timeout", "1s");
      assert.equal(late.code, 1);
      assert.match(late.err, /with the CRD galleries\.\S+ all Gallery are deleted, 1 at present/);
      assert.match(late.err, /not gone within 1 s; CRs may wait for a finalizer/);
      assert.notEqual(
        await place.object(`/apis/apps/v1/namespaces/${namespace}/deployments/orkestra-runtime`),
        undefined,
      );
      // The Gateway still runs, and cannot register what was removed.
      assert.equal(await place.object(configuration), undefined);
      await waitFor("the Gateway was refused it", () => /forbidden/i.test(gateway.process.stdout));
      assert.equal(await conversion(), "None");

      await place.ok("PATCH", `${galleries}/one`, { metadata: { finalizers: null } }, {
        "content-type": "application/merge-patch+json",
      });
      const done = await uninstall("--with-crds", "--yes");
      assert.equal(done.code, 0, done.out + done.err);
    }
    assert.equal(await place.object(crd), undefined);
    for (
      const path of [
        configuration,
        `/apis/apps/v1/namespaces/${namespace}/deployments/orkestra-runtime`,
        `/api/v1/namespaces/${namespace}/serviceaccounts/orkestra`,
        `/api/v1/namespaces/${namespace}/configmaps/orkestra-katalog`,
        `/api/v1/namespaces/${namespace}/secrets/orkestra-internal-tls`,
        ...["orkestra", "orkestra-gateway"].flatMap((name) => [
          `${rbac}/clusterroles/${name}-${namespace}`,
          `${rbac}/clusterrolebindings/${name}-${namespace}`,
          `${rbac}/namespaces/${namespace}/roles/${name}-${namespace}`,
        ]),
        `/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/orkestra-leader-election-${namespace}`,
      ]
    ) assert.equal(await place.object(path), undefined, path);
    // Those of single operators too.
    for (const plural of ["clusterroles", "clusterrolebindings", "roles", "rolebindings"]) {
      const { items } = await place.object(`${rbac}/${plural}`) as unknown as {
        items: { metadata: { name: string } }[];
      };
      assert.ok(items.length > 0, plural);
      assert.deepEqual(items.filter(({ metadata }) => metadata.name.endsWith(namespace)), [], plural);
    }
    assert.notEqual(await place.object(`/api/v1/namespaces/${namespace}`), undefined);
    const nothing = await uninstall("--yes");
    assert.deepEqual([nothing.code, nothing.out], [0, `Nothing is installed in ${namespace}\n`]);
  },
  { controllers: true, nodes: true },
);
