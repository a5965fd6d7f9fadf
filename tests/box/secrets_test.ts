/**
 * Secrets that are planted in what an operator meets: responses of the API server and of what stands before it, specs,
 * kubeconfigs, reviews. None comes to the log, to the status of a CR, to an Event or to the HTTP API.
 */
import assert from "node:assert/strict";
import { parseKubeconfigFile } from "../../src/cluster/kubeconfig_file.ts";
import { functionDocs, parseTemplate, renderText, TemplateError, TemplateSyntaxError } from "../../src/template/mod.ts";
import { jsonLog } from "../../src/observe/log.ts";
import { logMessages } from "../../src/runtime/mod.ts";
import { realClock } from "../support/clock.ts";
import { assertLogLine } from "../support/log_line.ts";
import { waitFor } from "../support/wait_for.ts";
import { createCluster, demoOf, demos, start } from "./operator.ts";

const planted = "pl4nt3d-s3cr3t-v4lue";
const jwt = `eyJhbGciOiJIUzI1NiJ9.${btoa(`{"x":"${planted}"}`).replaceAll("=", "")}.${"c2ln".repeat(6)}`;

/** CR name → what its child is refused with. */
const refusals: Readonly<Record<string, () => Response>> = {
  unauthorized: () => new Response(`Cannot accept Authorization: Bearer ${planted}`, { status: 401 }),
  jwt: () => status(401, "Unauthorized", `the token ${jwt} has expired`),
  forbidden: () => status(403, "Forbidden", `admission webhook "x" denied the request: {"token":"${planted}"}`),
  proxy: () => new Response(`<html>no route to https://admin:${planted}@10.0.0.1/ for you</html>`, { status: 403 }),
  invalid: () =>
    status(422, "Invalid", `ConfigMap "x" is invalid: spec.db.password: Invalid value: "${planted}": too short`, [
      { reason: "FieldValueInvalid", field: "spec.db.password", message: `Invalid value: "${planted}": too short` },
    ]),
  broken: () => new Response(`upstream said password=${planted}`, { status: 500 }),
  pem: () => status(500, "InternalError", `-----BEGIN PRIVATE KEY-----\n${planted}\n-----END PRIVATE KEY-----`),
};

function status(code: number, reason: string, message: string, causes?: unknown): Response {
  const details = causes === undefined ? {} : { details: { causes } };
  return Response.json({ kind: "Status", status: "Failure", reason, message, code, ...details }, { status: code });
}

Deno.test("no refusal of the API server, or of a proxy before it, brings a secret to log, status, Event or passes", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const lines: string[] = [];
  const report = logMessages(jsonLog((line) => lines.push(line), realClock, "debug"), realClock);
  await using running = await start(cluster, [{
    key: "demo",
    box: "onReconcile: {configMaps: [{name: '{{ .metadata.name }}', data: {a: b}}]}",
  }], {
    report,
    between: (request, forward) => {
      const name = /\/configmaps\/([a-z]+)/.exec(request.url)?.[1] ?? "";
      return request.method === "GET" || refusals[name] === undefined ? forward() : Promise.resolve(refusals[name]());
    },
  });
  const names = Object.keys(refusals);
  for (const name of names) await cluster.request("POST", demos, demoOf(name));
  for (const name of names) {
    const cr = await cluster.until(`${demos}/${name}`, (cr) => JSON.stringify(cr["status"] ?? "").includes("Error"));
    assert.ok(!JSON.stringify(cr).includes(planted), `${name}: ${JSON.stringify(cr["status"])}`);
    const shown = await running.runtime.boxes.get("demo")!.query({ what: "passes", key: `default/${name}` });
    assert.match(JSON.stringify(shown), /"failed"/);
    assert.ok(!JSON.stringify(shown).includes(planted), `${name}: ${JSON.stringify(shown)}`);
    const said = lines.filter((line) => line.includes(`"default/${name}"`));
    assert.ok(said.some((line) => line.includes('"failed"')), `${name}: ${said}`);
  }
  const events = await waitFor("each has a Warning Event", async () => {
    const { items } = await cluster.request("GET", "/apis/events.k8s.io/v1/namespaces/default/events") as unknown as {
      items: { regarding: { name: string }; type: string }[];
    };
    const warned = new Set(items.filter(({ type }) => type === "Warning").map(({ regarding }) => regarding.name));
    return names.every((name) => warned.has(name)) ? JSON.stringify(items) : undefined;
  }, { timeoutMs: 20_000 });
  const log = lines.join("\n");
  for (const text of [log, events]) {
    assert.ok(!text.includes(planted));
    assert.ok(!text.includes(jwt.split(".")[1]!));
  }
  for (const line of lines) assertLogLine(line);
});

Deno.test("every line that a pass causes has its id, and other passes have other ids", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const lines: string[] = [];
  const report = logMessages(jsonLog((line) => lines.push(line), realClock, "debug"), realClock);
  await using running = await start(cluster, [{
    key: "demo",
    box: "onReconcile: {configMaps: [{name: '{{ .metadata.name }}', data: {a: b}}]}\n" +
      "status: {fields: [{path: size, value: '{{ index .spec.list 7 }}'}]}",
    reconciler: "queue: {failureThreshold: 1}\nresync: 1h",
  }], {
    report,
    between: (request, forward) =>
      request.method !== "GET" && request.url.includes("/configmaps/bad")
        ? Promise.resolve(status(403, "Forbidden", "no"))
        : forward(),
  });
  for (const name of ["good", "bad"]) await cluster.request("POST", demos, demoOf(name, { list: [] }));
  const parsed = () => lines.map((line) => JSON.parse(line));
  const ofEvent = (event: string) => parsed().filter((line) => line.event === event && line.pass !== undefined);
  await waitFor(
    "a pass failed and made the box degraded, and another one wrote and noted something",
    () =>
      ofEvent("pass.ended").some(({ changes }) => changes.length > 0) &&
      ofEvent("box.state").some(({ state }) => state === "degraded") &&
      ofEvent("box.note").some(({ key }) => key === "default/good"),
    { timeoutMs: 10_000, explain: () => lines },
  );
  const ended = ofEvent("pass.ended");
  for (const { pass } of ended) assert.match(pass, /^[0-9a-z]{8}-\d+$/);
  const degraded = ofEvent("box.state").find(({ state }) => state === "degraded");
  assert.ok(ended.some(({ pass, key }) => pass === degraded.pass && key === "default/bad"));
  const noted = ofEvent("box.note").find(({ key }) => key === "default/good");
  assert.match(noted.message, /status.size/);
  assert.ok(ended.some(({ pass, key }) => pass === noted.pass && key === "default/good"));
  const shown = await running.runtime.boxes.get("demo")!.query({ what: "passes", key: "default/good" });
  assert.ok(shown.what === "passes" && shown.passes!.passes.some(({ id }) => ended.some(({ pass }) => pass === id)));
  const keys = new Map<string, Set<string>>();
  for (const { pass, key } of ended) keys.set(pass, (keys.get(pass) ?? new Set()).add(key));
  assert.ok([...keys.values()].every((of) => of.size === 1));
  for (const line of lines) assertLogLine(line);
});

Deno.test("no template that fails on a secret of a spec says it, whatever function it calls", async () => {
  const data = { spec: { password: `[${planted}`, list: [planted], map: { [planted]: planted } } };
  const args = [".spec.password", ".spec.list", ".spec.map", ".spec", "1", '""', '"%d"'];
  const calls = functionDocs.flatMap(({ name }) =>
    args.flatMap((a) => [`${name} ${a}`, ...args.flatMap((b) => [`${name} ${a} ${b}`, `${name} ${a} ${b} ${a}`])])
  );
  const others = [".spec.password.first", "index .spec.list .spec.password", "slice .spec.password 99", "len 1"];
  let failed = 0;
  for (const call of [...calls, ...others]) {
    try {
      renderText(parseTemplate(`{{ ${call} }}`), data);
    } catch (error) {
      failed++;
      assert.ok(error instanceof TemplateError || error instanceof TemplateSyntaxError, `${call}: ${error}`);
      assert.ok(!error.message.includes(planted), `${call}: ${error.message}`);
    }
  }
  assert.ok(failed > 1000, `${failed} of ${calls.length}`);

  await using cluster = createCluster();
  await cluster.define("Demo");
  const lines: string[] = [];
  const report = logMessages(jsonLog((line) => lines.push(line), realClock, "debug"), realClock);
  await using running = await start(cluster, [{
    key: "demo",
    box: `onReconcile:
  configMaps:
    - {name: 'a-{{ .metadata.name }}', data: {a: '{{ div .spec.password 1 }}'}}
    - {name: '{{ .spec.password }}', data: {a: b}}
  deployments: [{name: '{{ .metadata.name }}', image: x, replicas: '{{ .spec.password }}'}]`,
  }], { report });
  await cluster.request("POST", demos, demoOf("one", { password: `[${planted}` }));
  const cr = await cluster.until(`${demos}/one`, (cr) => JSON.stringify(cr["status"] ?? "").includes("Error"));
  const said = await waitFor("the failure is logged", () => lines.find((line) => line.includes('"failed"')));
  const shown = JSON.stringify(await running.runtime.boxes.get("demo")!.query({ what: "passes", key: "default/one" }));
  for (const text of [said, JSON.stringify(cr["status"]), shown]) assert.ok(!text.includes(planted), text);
  for (const line of lines) assertLogLine(line);
});

Deno.test("no error of a kubeconfig quotes what is in it", () => {
  const lines = [
    "apiVersion: v1",
    "kind: Config",
    "current-context: c",
    "clusters: [{name: c, cluster: {server: 'https://x'}}]",
    "contexts: [{name: c, context: {cluster: c, user: u}}]",
    "users:",
    "- name: u",
    "  user:",
    `    token: ${planted}`,
    `    password: "${planted}"`,
  ];
  let failed = 0;
  const inserts = [
    "\t",
    "{",
    "[",
    "'",
    '"',
    "*",
    "&",
    "!",
    "%",
    "@",
    "`",
    ": ",
    "- ",
    "? ",
    "|",
    ">",
    "\\x",
    ",",
    "}",
    "]",
  ];
  for (const insert of inserts) {
    for (let at = 0; at < lines.length; at++) {
      for (const [before, after] of [["", insert], [insert, ""]]) {
        const text = lines.map((line, n) => n === at ? `${before}${line}${after}` : line).join("\n");
        for (
          const one of [
            text,
            text.replace(planted, `${insert}${planted}`),
            text.replace(planted, `${planted}${insert}`),
          ]
        ) {
          try {
            parseKubeconfigFile(one, "kubeconfig");
          } catch (error) {
            failed++;
            assert.ok(!String(error).includes(planted), String(error));
          }
        }
      }
    }
  }
  assert.ok(failed > 100, `${failed}`);
});
