import assert from "node:assert/strict";
import { clientOf } from "../../../tests/support/api_double.ts";
import { realClock } from "../../../tests/support/clock.ts";
import { crdOf, katalogOf } from "../../../tests/support/katalog_response.ts";
import { servePod } from "../../../tests/support/pod_double.ts";
import type { ClusterConfig } from "../../cluster/mod.ts";
import { forwardPort } from "../../cluster/port_forward.ts";
import { UsageError } from "../usage_error.ts";
import { InspectError } from "./inspect_error.ts";
import { podOfHolder, type WherePorts } from "./locate.ts";
import { katalogResponse } from "./responses.ts";
import { openSession, operatorsOf, type SessionOptions } from "./session.ts";
import { closedPort } from "../../../tests/support/closed_port.ts";

const suffix = "0a1b2c3d";

interface Situation {
  /** Holder of the Lease; `null`: there is none. */
  readonly holder?: string | null;
  /** Other Leases in the namespace. */
  readonly others?: Record<string, string>;
  /** The Pod that leads, as the Pods see it. */
  readonly leader?: string;
  readonly env?: Record<string, string>;
  /** Port-forwards are refused with this status. */
  readonly refuses?: number;
}

/** Opens a session, with Pods behind an API server that has one Lease. Returns what was asked, in order. */
async function session(options: Partial<SessionOptions>, situation: Situation = {}) {
  const { holder = `runtime-0-${suffix}`, others = {}, leader = "runtime-0", env = {}, refuses } = situation;
  const asked: string[] = [];
  await using pods = await servePod((request, pod) => {
    asked.push(`${pod}${new URL(request.url).pathname}`);
    return Response.json(
      katalogOf([crdOf("website")], { isKonductor: pod === leader, konductor: `${leader}-${suffix}` }),
    );
  });
  if (refuses !== undefined) pods.behaviour = { refuses };
  const lease = (name: string, holderIdentity: string) => ({
    ...{ apiVersion: "coordination.k8s.io/v1", kind: "Lease", spec: { holderIdentity } },
    metadata: { name, namespace: "orkestra-system", resourceVersion: "1" },
  });
  const cluster: ClusterConfig = { server: pods.url, auth: { kind: "none" }, source: "test" };
  const ports: WherePorts = {
    clock: realClock,
    env: (name) => env[name],
    findCluster: () => Promise.resolve(cluster),
    connect: () =>
      clientOf(({ path }) => {
        asked.push(path.replace(/\?.*/, ""));
        if (path.includes("/leases/orkestra-konductor")) {
          if (holder !== null) return Response.json(lease("orkestra-konductor", holder));
          return Response.json({
            kind: "Status",
            reason: "NotFound",
            code: 404,
            details: { kind: "leases", name: "orkestra-konductor" },
          }, { status: 404 });
        }
        const items = Object.entries(others).map(([name, identity]) => lease(name, identity));
        return Response.json({ kind: "LeaseList", metadata: { resourceVersion: "1" }, items });
      }).api,
    forward: (config, target) => forwardPort(config, target, { clock: realClock, userAgent: "ork/test" }),
  };
  let err = "";
  const terminal = { out: () => {}, err: (text: string) => err += text, colour: false };
  try {
    const { api, katalog } = await openSession({ timeoutMs: 5_000, ...options }, terminal, ports);
    await api.close();
    return { asked, err, katalog, error: undefined };
  } catch (error) {
    assert.ok(error instanceof InspectError || error instanceof UsageError, String(error));
    return { asked, err, katalog: undefined, error: error.message };
  }
}

const leasePath = "/apis/coordination.k8s.io/v1/namespaces/orkestra-system/leases/orkestra-konductor";

Deno.test("openSession() finds the Pod that leads by its Lease, and asks it through a port-forward", async () => {
  const { asked, katalog, err } = await session({});
  assert.deepEqual(asked, [leasePath, "runtime-0/katalog"]);
  assert.deepEqual([katalog?.crds.length, err], [1, ""]);
  const named = await session({ namespace: "other" }, { env: { ORK_NAMESPACE: "third" } });
  assert.equal(named.asked[0], leasePath.replace("orkestra-system", "other"));
  assert.equal(
    (await session({}, { env: { ORK_NAMESPACE: "third" } })).asked[0],
    leasePath.replace("orkestra-system", "third"),
  );
});

Deno.test("openSession() follows the leader when the Lease has passed on, and asks a Pod that was named whatever it is", async () => {
  const { asked, err } = await session({}, { holder: `runtime-0-${suffix}`, leader: "runtime-1" });
  assert.deepEqual(asked, [leasePath, "runtime-0/katalog", "runtime-1/katalog"]);
  assert.equal(err, "");
  const named = await session({ pod: "runtime-0" }, { leader: "runtime-1" });
  assert.deepEqual(named.asked, ["runtime-0/katalog"]);
  assert.match(
    named.err,
    /Pod orkestra-system\/runtime-0, port 8080 is a standby, .*runtime-1-0a1b2c3d leads; ask that one/,
  );
});

Deno.test("openSession() says what to do where nobody leads, replicas share, or the holder is no Pod", async () => {
  const none = await session({}, { holder: null });
  assert.match(
    none.error ?? "",
    /There is no Lease orkestra-konductor in namespace orkestra-system of .*--namespace.*--url/,
  );
  const shared = await session({}, {
    holder: null,
    others: { "orkestra-konductor-website": `runtime-1-${suffix}`, "other": `x-${suffix}` },
  });
  assert.match(shared.error ?? "", /share the operators: choose one with --pod; runtime-1 leads website$/);
  assert.match((await session({}, { holder: "" })).error ?? "", /Nobody leads: .*kubectl -n orkestra-system get pods/);
  assert.match((await session({}, { holder: "laptop" })).error ?? "", /held by "laptop", which is no Pod; .*--url/);
  const gone = await session({}, { refuses: 404 });
  assert.match(gone.error ?? "", /^Cannot ask Pod orkestra-system\/runtime-0, port 8080: there is no such Pod \(404\)/);
  assert.match(gone.error ?? "", /--pod-port.*kubectl -n orkestra-system port-forward runtime-0 8080/);
});

Deno.test("openSession() takes --url before ORK_URL before a cluster, and says who is not there", async () => {
  using closed = await closedPort();
  const url = `http://127.0.0.1:${closed.port}`;
  const refused = await session({ url }, { env: { ORK_URL: "http://127.0.0.1:2" } });
  assert.match(refused.error ?? "", /^Cannot ask http:\/\/127\.0\.0\.1:\d+: .*refused.*; see whether the Runtime runs/);
  assert.deepEqual(refused.asked, []);
  assert.match(
    (await session({}, { env: { ORK_URL: "127.0.0.1:2/" } })).error ?? "",
    /^Cannot ask http:\/\/127\.0\.0\.1:2: /,
  );
  assert.deepEqual((await session({ pod: "runtime-0" }, { env: { ORK_URL: url } })).asked, ["runtime-0/katalog"]);
  for (const wrong of ["ftp://a", "http://", "http://a?b", "http://me:secret@a"]) {
    const { error = "" } = await session({ url: wrong });
    assert.match(error, /^Cannot use .*--url/);
    assert.doesNotMatch(error, /secret/);
  }
});

Deno.test("podOfHolder() takes the random suffix away, and knows what is no Pod", () => {
  assert.equal(podOfHolder("ork-runtime-7d9f-x2x4z-0a1b2c3d"), "ork-runtime-7d9f-x2x4z");
  for (const none of ["", "laptop", "a/b-0a1b2c3d", "-0a1b2c3d", "A-0a1b2c3d"]) {
    assert.equal(podOfHolder(none), undefined);
  }
});

Deno.test("operatorsOf() finds operators by key, kind and plural; a key goes first", () => {
  const katalog = katalogResponse.parse(katalogOf([
    crdOf("website"),
    crdOf("sites"),
    crdOf("db", { gvk: "a/v1, Kind=Database", gvr: "a/v1, Resource=databases" }),
  ]));
  const names = (word: string) => operatorsOf(katalog, word).map(({ name }) => name);
  assert.deepEqual([names("Website"), names("websites"), names("DB"), names("database")], [
    ["website"],
    ["website", "sites"],
    ["db"],
    ["db"],
  ]);
  assert.throws(
    () => names("databse"),
    /no operator of "databse": did you mean "Database"\?; it has website, sites, db/,
  );
});
