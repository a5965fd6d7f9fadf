/** The Gateway, as a process, on a real API server: it is called by URL. */
import assert from "node:assert/strict";
import type { JsonMap } from "../../src/base/json.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { GatewayPlace } from "./gateway_place.ts";
import { waitFor } from "../support/wait_for.ts";

const rules = `mutation:
  rules: [{field: spec.tier, default: standard}]
validation:
  rules:
    - {field: spec.size, max: 3, message: at most 3, when: [{field: spec.size, exists: true}]}
    - {field: spec.owner, exists: true, action: warn, message: please name an owner}
    - {field: spec.tier, in: "standard,gold", message: no such tier}
operatorBox: {}
`;
const admission = (more = "") => `gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}${more}}}\n`;

clusterTest(
  "a CR is mutated and judged before it is stored, with all violations, causes and warnings",
  async (test) => {
    await using place = await GatewayPlace.open(test, rules, admission());
    await using gateway = await place.gateway();
    await gateway.ready();

    const good = await place.create("good", { size: 2 });
    assert.equal(good.status, 201, JSON.stringify(good.body));
    assert.deepEqual(good.body["spec"], { size: 2, tier: "standard" });
    assert.match(good.warning, /orkestra: spec\.owner: please name an owner/);

    for (const query of ["", "?dryRun=All"]) {
      const bad = await place.create("bad", { size: 4, tier: "x" }, query);
      assert.equal(bad.status, 400);
      assert.match(String(bad.body["message"]), /Shop \S+\/bad: spec\.size: at most 3; spec\.tier: no such tier$/);
      assert.deepEqual((bad.body["details"] as JsonMap)["causes"], [
        { reason: "FieldValueInvalid", field: "spec.size", message: "at most 3" },
        { reason: "FieldValueInvalid", field: "spec.tier", message: "no such tier" },
      ]);
    }
    const patched = await place.send(
      "PATCH",
      `${place.shops}/good`,
      { spec: { size: 5 } },
      "application/merge-patch+json",
    );
    assert.equal(patched.status, 400, await patched.text());
    const generated = await place.send("POST", place.shops, {
      ...place.shop("x", { size: 9 }),
      metadata: { generateName: "shop-" },
    });
    assert.match(await generated.text(), /Shop \S+\/shop-/);
    const crd = await (await fetch(`${gateway.url}/katalog/shop`)).json();
    assert.deepEqual([crd.validation, crd.mutation], [3, 1]);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    assert.match(
      metrics,
      /controller_admission_reviews_total\{webhook="validate",crd="[-a-z0-9]+\.example\.org\/v1, Kind=Shop",result="denied"\} \d/,
    );
  },
);

clusterTest(
  "webhook configurations that are deleted or changed are put right, and go only where told so",
  async (test) => {
    await using place = await GatewayPlace.open(test, rules, admission(", cleanupOnShutdown: true"));
    {
      await using gateway = await place.gateway();
      await gateway.ready();
      const path = place.configuration("orkestra-admission-validation");
      const before = await place.ok("GET", path);
      const same = async (what: string): Promise<void> => {
        await waitFor(what, async () => {
          const { webhooks } = await place.ok("GET", path);
          assert.deepEqual(webhooks, before["webhooks"]);
          return true;
        }, { timeoutMs: 10_000 });
      };
      await place.ok("DELETE", path);
      await same("the deleted configuration is back");
      const merge = "application/merge-patch+json";
      await place.ok("PATCH", path, { webhooks: [] }, merge);
      await same("the emptied configuration is whole again");
      const [webhook] = structuredClone(before["webhooks"]) as JsonMap[];
      (webhook!["clientConfig"] as JsonMap)["caBundle"] = btoa("no certificate");
      await (await place.send("PATCH", path, { webhooks: [{ ...webhook, failurePolicy: "Fail" }] }, merge)).body
        ?.cancel();
      const forged = structuredClone(before["webhooks"]) as JsonMap[];
      forged[0]!["rules"] = [];
      await place.ok("PATCH", path, { webhooks: forged }, merge);
      await same("changed rules are put right");
      assert.equal((await gateway.process.stop({ timeoutMs: 40_000 })).code, 0, gateway.process.stdout);
    }
    for (const [name, kind] of [["validation", "validating"], ["mutation", "mutating"]]) {
      const path = place.configuration(`orkestra-admission-${name}`, `${kind}webhookconfigurations`);
      const response = await place.send("GET", path);
      assert.equal(response.status, 404, await response.text());
    }
  },
);

clusterTest("with the Gateway killed, Ignore admits unchecked and Fail stores nothing", async (test) => {
  await using place = await GatewayPlace.open(test, rules, admission());
  {
    await using gateway = await place.gateway();
    await gateway.ready();
    await gateway.process.stop({ signal: "SIGKILL" });
  }
  const admitted = await place.create("unchecked", { size: 9 });
  assert.equal(admitted.status, 201, JSON.stringify(admitted.body));
  assert.deepEqual(admitted.body["spec"], { size: 9 });
  await place.write(rules, admission(", failurePolicy: Fail"));
  {
    await using gateway = await place.gateway();
    await gateway.ready();
    await gateway.process.stop({ signal: "SIGKILL" });
  }
  const refused = await place.create("approved-by-nobody", { size: 1 });
  assert.equal(refused.status, 500, JSON.stringify(refused.body));
  assert.match(String(refused.body["message"]), /failed calling webhook/);
});

clusterTest(
  "protected CRs cannot be deleted, except by listed identities, and namespaces are judged",
  async (test) => {
    const security = "gateway: {}\nsecurity:\n  deletionProtection:\n    strictMode: true\n" +
      "    override: {users: [chief]}\n  namespaceProtection: {restrictedNamespaces: [kube-public]}\n";
    await using place = await GatewayPlace.open(test, "operatorBox: {}\n", security);
    await using gateway = await place.gateway();
    await gateway.ready();
    const merge = "application/merge-patch+json";
    const label = { "orkestra.io/deletion-protection": "true" };
    await place.ok("POST", place.shops, place.shop("one", {}, { labels: label }));
    const path = `${place.shops}/one`;

    const deletion = await place.send("DELETE", path);
    assert.equal(deletion.status, 403, await deletion.text());
    const unlabelled = await place.send("PATCH", path, {
      metadata: { labels: { "orkestra.io/deletion-protection": null } },
    }, merge);
    assert.equal(unlabelled.status, 403, await unlabelled.text());
    const override = { metadata: { annotations: { "orkestra.io/deletion-override": "moved" } } };
    assert.equal(await place.status("PATCH", path, override, merge), 403);
    const crd = await place.send(
      "DELETE",
      `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/shops.${place.group}`,
    );
    assert.equal(crd.status, 403, await crd.text());
    const astray = await place.send("POST", place.shops.replace(test.namespace + "/shops", "kube-public/shops"), {
      ...place.shop("astray", {}),
    });
    assert.equal(astray.status, 403);
    assert.match(await astray.text(), /restricted/);

    const chief = await test.plane.userKubeconfig("chief", ["system:masters"]);
    const kubectl = async (...args: string[]) => {
      const { success, stderr } = await new Deno.Command(test.plane.kubectlPath, {
        args: ["--kubeconfig", chief, "-n", test.namespace, ...args],
        stdout: "piped",
        stderr: "piped",
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
    };
    const resource = `shops.${place.group}`;
    await kubectl("annotate", resource, "one", "orkestra.io/deletion-override=moved to another team");
    await kubectl("delete", resource, "one", "--wait=false");
    assert.match(gateway.process.stdout, /override allowed/);
  },
);
