/** Certificates are renewed under load, with two replicas behind one address: no request fails. */
import assert from "node:assert/strict";
import type { JsonMap } from "../../src/base/json.ts";
import { startBalancer } from "../support/balancer.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { waitFor } from "../support/wait_for.ts";
import { isFull } from "../chaos/extent.ts";
import { GatewayPlace } from "./gateway_place.ts";

const rotations = isFull ? 100 : 3;
/** Requests a second: half of them through the API server, half straight to the Gateway. */
const perSecond = isFull ? 200 : 60;

const entry = `validation:
  rules: [{field: spec.size, max: 3, message: at most 3}]
operatorBox: {}
`;
const security = "gateway: {}\nsecurity:\n  webhooks: {admission: {enabled: true}, failurePolicy: Fail}\n" +
  "  certManager: {validFor: 24s, rotationThreshold: 16s}\n";

clusterTest("certificates are renewed by two replicas under load, and no request fails", async (test) => {
  await using place = await GatewayPlace.open(test, entry, security);
  await using balancer = startBalancer();
  const advertiseUrl = `https://127.0.0.1:${balancer.port}`;
  await using one = await place.gateway({ advertiseUrl });
  await using two = await place.gateway({ advertiseUrl });
  balancer.targets = [one.httpsPort, two.httpsPort];
  await one.ready();
  await two.ready();
  await waitFor("the webhook is called", async () => (await place.create("bad", { size: 9 })).status === 400);

  const path = place.configuration("orkestra-admission-validation");
  const secret = `/api/v1/namespaces/${test.namespace}/secrets/orkestra-internal-tls`;
  const review = JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "u",
      kind: { group: place.group, version: "v1", kind: "Shop" },
      resource: { group: place.group, version: "v1", resource: "shops" },
      operation: "CREATE",
      namespace: test.namespace,
      name: "x",
      userInfo: {},
      object: place.shop("x", { size: 1 }),
    },
  });
  const failures: string[] = [];
  let sent = 0;
  const counted = async (what: string, request: () => Promise<number>, expected: number): Promise<void> => {
    sent++;
    try {
      const status = await request();
      if (status !== expected) failures.push(`${what}: HTTP ${status}`);
    } catch (error) {
      failures.push(`${what}: ${error}`);
    }
  };
  /** As the API server verifies: with the bundle of the webhook. */
  const bundle = async (): Promise<string> => {
    const { webhooks } = await place.ok("GET", path);
    return atob(((webhooks as JsonMap[])[0]!["clientConfig"] as JsonMap)["caBundle"] as string);
  };
  let trusted = await bundle();
  let client = Deno.createHttpClient({ caCerts: [trusted] });
  const retired: Deno.HttpClient[] = [];
  let running = true;
  const under = new Set<Promise<void>>();
  const load = (async () => {
    for (let n = 0; running; n++) {
      const request = n % 2 === 0
        ? counted(
          "API server",
          () => place.status("POST", `${place.shops}?dryRun=All`, place.shop(`s${n}`, { size: 1 })),
          201,
        )
        : counted("client", async () => {
          const response = await fetch(`${advertiseUrl}/validate`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: review,
            client,
          });
          await response.body?.cancel();
          return response.status;
        }, 200);
      under.add(request);
      void request.finally(() => under.delete(request));
      await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond));
    }
  })();

  const served = async (): Promise<string> => {
    const { data } = await place.ok("GET", secret);
    return (data as JsonMap)["tls.crt"] as string;
  };
  let certificate = await served();
  for (let n = 0; n < rotations; n++) {
    await waitFor(`rotation ${n + 1}`, async () => {
      const now = await bundle();
      if (now !== trusted) {
        trusted = now;
        retired.push(client);
        client = Deno.createHttpClient({ caCerts: [trusted] });
      }
      const next = await served();
      if (next === certificate) return false;
      certificate = next;
      return true;
    }, { timeoutMs: 60_000, explain: () => one.process.stdout.slice(-3000) });
  }
  running = false;
  await load;
  await Promise.all(under);
  for (const old of [...retired, client]) old.close();
  console.log(`${rotations} rotations, ${sent} requests, ${failures.length} failed`);
  assert.deepEqual(failures.slice(0, 20), []);
});
