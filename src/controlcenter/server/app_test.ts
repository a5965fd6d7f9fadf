import assert from "node:assert/strict";
import { openControlCenter } from "../../../tests/support/control_center.ts";
import { elementsOf, findElement, textOf, unsafeParts } from "../../../tests/support/html.ts";
import { httpService, jsonOf } from "../../../tests/support/http_service.ts";
import { crdOf, katalogOf } from "../../../tests/support/katalog_response.ts";
import { gatewayData, runtimeData, runtimeDouble } from "../../../tests/support/runtime_double.ts";

const box = "/k/shop/b/website";
const cr = `${box}/cr/default/hello`;
const paths = ["/", "/k/shop", box, cr, `${box}/docs`, "/k/shop/webhooks", "/k/shop/source", "/about"];
const read = (text: string) => text.includes(">shop<");

Deno.test("every page has the headers of security, one heading, landmarks, and nothing of its own that runs", async () => {
  await using runtime = runtimeDouble(runtimeData());
  await using gateway = httpService(() => jsonOf(gatewayData("2027-11-29T00:00:00Z")));
  await using center = openControlCenter([runtime.url, gateway.url]);
  await center.until("/", "the Katalog is there", ({ text }) => read(text));
  for (
    const path of [
      ...paths,
      "/none",
      "//none.example.com/",
      "/k//none",
      "/k/none",
      `${box}/cr/default/none`,
      "/k/shop/b/none",
    ]
  ) {
    const { status, headers, root } = await center.page(path);
    assert.equal(status, path.includes("none") ? 404 : 200, path);
    assert.deepEqual(unsafeParts(root), [], path);
    const csp = headers.get("content-security-policy")!;
    assert.match(csp, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.doesNotMatch(csp, /unsafe|\*|data:|https?:/);
    for (
      const [name, value] of [
        ["x-content-type-options", "nosniff"],
        ["x-frame-options", "DENY"],
        ["referrer-policy", "no-referrer"],
        ["cache-control", "no-store"],
        ["cross-origin-resource-policy", "same-origin"],
      ] as const
    ) assert.equal(headers.get(name), value, `${path} ${name}`);
    assert.equal(headers.get("set-cookie"), null);
    const elements = elementsOf(root);
    const named = (name: string) => elements.filter((element) => element.name === name);
    assert.equal(named("h1").length, 1, path);
    assert.equal(named("main").length, 1);
    assert.equal(findElement(root, ({ name }) => name === "html").attributes["lang"], "en");
    assert.ok(named("nav").every(({ attributes }) => attributes["aria-label"] !== undefined));
    for (const table of named("table")) assert.equal(elementsOf(table)[0]?.name, "caption", path);
    for (const button of named("button")) {
      assert.ok(textOf(button) !== "" || button.attributes["aria-label"] !== undefined, `${path}: a button has a name`);
    }
  }
  assert.deepEqual(center.failures, []);
});

Deno.test("what pages load comes from the binary, under addresses that change with the content", async () => {
  await using center = openControlCenter(["http://127.0.0.1:2"]);
  const { root } = await center.page("/");
  const addresses = elementsOf(root).flatMap(({ name, attributes: { src, href } }) =>
    name === "script" ? [src!] : name === "link" ? [href!] : []
  );
  assert.equal(addresses.length, 3);
  for (const address of addresses) {
    const response = await center.get(address);
    assert.equal(response.status, 200, address);
    assert.match(response.headers.get("cache-control")!, /immutable/);
    assert.ok((await response.text()).length > 100);
    const other = await center.get(address.replace(/[0-9a-f]{16}/, "0".repeat(16)));
    assert.equal(other.status, 404);
    await other.body?.cancel();
  }
});

Deno.test("nothing but GET and HEAD is taken, and nothing else is sent", async () => {
  await using runtime = runtimeDouble(runtimeData());
  await using center = openControlCenter([runtime.url]);
  await center.until("/", "the Katalog is there", ({ text }) => read(text));
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    for (const path of paths) {
      const response = await center.get(path, { method });
      assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET, HEAD"], `${method} ${path}`);
      assert.match(await response.text(), /read-only/);
    }
  }
  const head = await center.get("/", { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  for (const path of paths) await (await center.get(path)).body?.cancel();
  assert.ok(runtime.requests.every(({ method }) => method === "GET"));
  const long = await center.get(`/?${"x".repeat(5000)}`);
  assert.equal(long.status, 414);
  await long.body?.cancel();
});

Deno.test("the pages show what a Runtime and its Gateway say", async () => {
  await using runtime = runtimeDouble(runtimeData());
  await using gateway = httpService(() => jsonOf(gatewayData("2027-11-29T00:00:00Z")));
  await using center = openControlCenter([runtime.url, gateway.url]);
  const home = await center.until("/", "both were read", ({ text }) => read(text));
  assert.match(textOf(home.root), /shop .*healthy.* runtime-0-0a1b2c3d/);
  const shows = async (path: string, ...texts: RegExp[]) => {
    const { root } = await center.page(path);
    for (const text of texts) assert.match(textOf(root), text, `${path} ${text}\n${textOf(root)}`);
  };
  await center.until("/k/shop", "the Gateway was read", ({ root }) => /Gateway ready/.test(textOf(root)));
  await shows("/k/shop", /website Website healthy/, /Processes .*Runtime leads/);
  await shows(
    box,
    /1 in a pass, 2 idle/,
    /hello ready Ready/,
    /CRs that fail or wait .*default\/bad failed \d+[hd] ago 4 Cannot create Secret bad/,
    /deployments\.apps get, patch the whole cluster any/,
    /secrets get shop pull/,
    /spec\.image operator: exists deny An image is needed/,
    /checks them before an object is stored/,
    /kubectl get websites\.web\.example\.com -A/,
  );
  await shows(
    cr,
    /Ready ready/,
    /Deployment 1 ready default\/hello/,
    /Service 1 not ready default\/hello/,
    /2 objects, 1 not ready/,
    /Next: resync in 30s; a change/,
    /in 12 ms , pass website-17 copy because Deployment/,
    /Drift that was corrected .*spec\.replicas kubectl-scale/,
    /Warning Failed 2 it broke/,
    /crossAccess: true/,
    /phase: Ready/,
    /kubectl get websites\.web\.example\.com hello -n default -o yaml/,
  );
  await shows(
    `${box}/docs`,
    /kind: Website/,
    /image required text/,
    /replicas integer 2 ≥ 0, ≤ 10/,
    /parts\[\] list of object/,
    /one of "a", "b"/,
    /What comes of it .*deployments/,
  );
  await shows(
    "/k/shop/webhooks",
    /valid for \d+d/,
    /orkestra-admission-validation current/,
    /orkestra-admission-mutation not current forbidden/,
    /protects from deletion/,
  );
  await shows("/k/shop/source", /workers: 2/, /warning .*operatorBox\.reconciler\.workers/);
  await shows("/about", /read-only/, /uplot 1\.6\.32 MIT/);
  runtime.asked.length = 0;
  await shows(`${box}?search=Hel&namespace=default&ready=true`, /1 fit/);
  assert.ok(
    runtime.asked.includes("/katalog/website/cr?limit=50&search=Hel&namespace=default&ready=true"),
    runtime.asked.join("\n"),
  );
});

Deno.test("states of sources are shown, never errors: away, garbled, standby, degraded, a certificate near its end", async () => {
  const data = runtimeData();
  let away = false;
  await using runtime = httpService(({ path }) => {
    if (away) return new Response("Bad gateway", { status: 502 });
    return path === "/katalog" ? jsonOf(data.katalog) : jsonOf({ error: "The box is busy" }, 503);
  });
  const soon = new Date(Date.now() + 3 * 86_400_000).toISOString();
  await using gateway = httpService(() => jsonOf(gatewayData(soon)));
  await using garbled = httpService(() => new Response("<script>alert(1)</script>"));
  await using center = openControlCenter([runtime.url, gateway.url, garbled.url, "http://127.0.0.1:2"]);
  const home = await center.until("/", "all were tried", ({ text }) => read(text) && text.includes("is no JSON"));
  assert.match(textOf(home.root), /Without a response .*unreachable .*refused/);
  assert.match(textOf(home.root), /unusable .*is no JSON: "<script>alert\(1\)<\/script>"/);
  assert.deepEqual(unsafeParts(home.root), []);
  const busy = await center.page(box);
  assert.match(textOf(busy.root), /The CRs could not be read .*The box is busy/);
  assert.equal((await center.page(cr)).status, 503);
  await center.until(
    "/k/shop/webhooks",
    "the certificate ends soon",
    ({ root }) => /The certificate: valid for 2d|The certificate: valid for 71h/.test(textOf(root)),
  );
  data.katalog = katalogOf([
    crdOf("website", {
      state: "degraded",
      reason: "5 in a row",
      healthy: false,
      consecutiveFails: 5,
      lastError: "boom",
    }),
  ]);
  await center.until(
    box,
    "degraded",
    ({ root }) => /Degraded 5 in a row .*The last passes failed boom .*5 failures in a row/.test(textOf(root)),
  );
  data.katalog = katalogOf([crdOf("website", { state: "pending" })], {
    isKonductor: false,
    konductor: "other-0a1b2c3d",
  });
  await center.until(
    "/k/shop",
    "a standby",
    ({ root }) => /Nobody leads, as far as is known other-0a1b2c3d leads/.test(textOf(root)),
  );
  away = true;
  await center.until(
    "/k/shop",
    "away",
    ({ root }) => /The Runtime cannot be read .*What you see was read/.test(textOf(root)),
  );
  assert.equal((await center.page("/k/shop/source")).status, 503);
  assert.deepEqual(center.failures, []);
});

Deno.test("who may: on loopback everybody, elsewhere a token, a password, or the header of a trusted proxy", async () => {
  const basic = (text: string) => ({ authorization: `Basic ${btoa(text)}` });
  const token = "t".repeat(24);
  const users = new Map([["ada", "correct horse"]]);
  const cases: [access: Parameters<typeof openControlCenter>[1], headers: Record<string, string>, status: number][] = [
    [{}, {}, 200],
    [{ access: { loopback: false, token } }, {}, 401],
    [{ access: { loopback: false, token } }, { authorization: `Bearer ${token}` }, 200],
    [{ access: { loopback: false, token } }, basic(`any:${token}`), 200],
    [{ access: { loopback: false, token } }, { authorization: `Bearer ${token}x` }, 401],
    [{ access: { loopback: false, token } }, basic("any:"), 401],
    [{ access: { loopback: false, users } }, basic("ada:correct horse"), 200],
    [{ access: { loopback: false, users } }, basic("ada:wrong"), 401],
    [{ access: { loopback: false, users } }, basic("bob:"), 401],
    [{ access: { loopback: false, users } }, { authorization: "Bearer correct horse" }, 401],
    [{ access: { loopback: false, users } }, { authorization: "Basic %%%" }, 401],
    [{ access: { loopback: true, proxyHeader: "x-forwarded-user" } }, {}, 403],
    [{ access: { loopback: true, proxyHeader: "x-forwarded-user" } }, { "x-forwarded-user": "ada@example.com" }, 200],
    [{ access: { loopback: false, token, proxyHeader: "x-forwarded-user" } }, { "x-forwarded-user": "ada" }, 401],
    [
      { access: { loopback: false, token, proxyHeader: "x-forwarded-user" } },
      { authorization: `Bearer ${token}` },
      401,
    ],
    [{ access: { loopback: false, token, proxyHeader: "x-forwarded-user" } }, {
      authorization: `Bearer ${token}`,
      "x-forwarded-user": "ada",
    }, 200],
  ];
  for (const [options, headers, status] of cases) {
    await using center = openControlCenter(["http://127.0.0.1:2"], options);
    for (const path of ["/", "/about", "/live", "/assets/0/ui.css"]) {
      const response = await center.get(path, { headers });
      const wanted = path.startsWith("/assets") && status === 200 ? 404 : status;
      assert.equal(response.status, wanted, `${JSON.stringify(options)} ${JSON.stringify(headers)} ${path}`);
      if (status === 401) assert.match(response.headers.get("www-authenticate")!, /^Basic realm="Ork Control Center"/);
      await response.body?.cancel();
    }
    const named = await center.get("/about", { headers });
    const text = await named.text();
    if (status === 200 && headers["x-forwarded-user"] !== undefined) assert.match(text, /You are/);
  }
});

Deno.test("a name that is not ours is refused: a page of another site cannot read this one by its own name", async () => {
  await using center = openControlCenter(["http://127.0.0.1:2"], { hostNames: ["ork.example.com"] });
  const { port } = new URL(center.url);
  const statusOf = async (host: string | undefined) => {
    // fetch() does not let a program choose the header.
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    const line = host === undefined ? "" : `Host: ${host}\r\n`;
    await connection.write(new TextEncoder().encode(`GET /about HTTP/1.1\r\n${line}Connection: close\r\n\r\n`));
    const text = await new Response(connection.readable).text();
    return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
  };
  for (
    const host of [
      `127.0.0.1:${port}`,
      "127.0.0.1",
      `localhost:${port}`,
      `[::1]:${port}`,
      "ork.example.com",
      "ORK.example.com.:80",
      "192.0.2.1",
    ]
  ) {
    assert.equal(await statusOf(host), 200, host);
  }
  for (
    const host of [
      "evil.example.com",
      `evil.example.com:${port}`,
      "localhost.evil.com",
      "127.0.0.1.evil.com",
      "xlocalhost",
      "a b",
      "ork.example.com:x",
    ]
  ) {
    const status = await statusOf(host);
    assert.ok(status === 421 || status === 400, `${host}: ${status}`);
  }
  assert.ok([400, 421].includes(await statusOf(undefined)));
});
