import assert from "node:assert/strict";
import { realClock } from "../../tests/support/clock.ts";
import { systemFiles } from "../files/mod.ts";
import type { RunSettings } from "../runtime/mod.ts";
import type { ControlCenterFlags } from "./controlcenter_command.ts";
import { type DevPorts, runCommandLine } from "./program.ts";

/** Runs a command line in a folder of its own; every port that a test does not give must not be needed. */
async function ork(args: readonly string[], ports: Partial<DevPorts> = {}, input = "") {
  let [out, err] = ["", ""];
  const unexpected = (name: string) => () => {
    throw new Error(`The port "${name}" was not to be used`);
  };
  const code = await runCommandLine(args, {
    terminal: { out: (text) => out += `${text}\n`, err: (text) => err += `${text}\n`, colour: false },
    clock: realClock,
    files: systemFiles({ input: ReadableStream.from([new TextEncoder().encode(input)]) }),
    env: () => undefined,
    versionLine: "ork 9.9.9 (test)",
    until: () => new Promise(() => {}),
    findCluster: unexpected("findCluster"),
    openSandbox: unexpected("openSandbox"),
    connect: unexpected("connect"),
    forward: unexpected("forward"),
    podLogs: unexpected("podLogs"),
    openStream: unexpected("openStream"),
    gate: unexpected("gate"),
    openGateway: unexpected("openGateway"),
    operate: unexpected("operate"),
    startOperator: unexpected("startOperator"),
    rehearse: unexpected("rehearse"),
    openLab: unexpected("openLab"),
    controlCenter: unexpected("controlCenter"),
    openControlCenter: unexpected("openControlCenter"),
    stored: (cr) => Promise.resolve(cr),
    ...ports,
  });
  return { code, out, err };
}

const example = (file: string, pack = "hello-website"): string =>
  new URL(`../../katalogs/${pack}/${file}`, import.meta.url).pathname;

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const before = Deno.cwd();
  const folder = await Deno.makeTempDir({ prefix: "ork-dev-" });
  try {
    Deno.chdir(folder);
    await work(folder);
  } finally {
    Deno.chdir(before);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("runCommandLine() prints the version for the command and for the flag", async () => {
  for (const args of [["version"], ["--version"], ["-V"]]) {
    assert.deepEqual(await ork(args), { code: 0, out: "ork 9.9.9 (test)\n", err: "" });
  }
});

Deno.test("runCommandLine() gives every command a help with examples", async () => {
  const { code, out } = await ork(["--help"]);
  assert.equal(code, 0);
  const commands = [
    ...out.matchAll(
      /^ {2}(\w+)(?:\|\w+)?(?: \[options\])?(?: (?:\[(?:NAME|CRD|FILE\.\.\.|start)\]|<KIND> <NAME>|<FROM> <TO>))? {2,}/gm,
    ),
  ].map((
    [, name],
  ) => name!);
  assert.deepEqual(commands.toSorted(), [
    ...[
      "controlcenter",
      "demo",
      "diff",
      "events",
      "gate",
      "generate",
      "get",
      "init",
      "install",
      "logs",
      "notes",
      "plan",
      "run",
      "sandbox",
      "simulate",
      "status",
      "template",
      "uninstall",
      "upgrade",
      "validate",
      "version",
      "why",
    ],
  ]);
  for (const command of commands) {
    const help = await ork([command, "--help"]);
    assert.deepEqual([help.code, help.err], [0, ""]);
    assert.match(help.out, new RegExp(`^Usage: ork ${command}\\b[\\s\\S]*\\nExamples:\\n {2}ork ${command}`));
  }
});

Deno.test("runCommandLine() returns 2 for wrong usage, guesses what was meant and throws nothing", async () => {
  const wrong: [string[], RegExp][] = [
    [["valdate"], /unknown command 'valdate'\n\(Did you mean validate\?\)/],
    [["run", "--sandbx"], /unknown option '--sandbx'\n\(Did you mean --sandbox\?\)/],
    [["validate", "-f"], /argument missing/],
    [["validate", "-o", "xml"], /Allowed choices are text, json, sarif/],
    [["demo", "katalog.yaml"], /too many arguments/],
    [["run", "--log-level", "loud"], /Cannot use "loud" as --log-level: use debug, info, warn or error/],
    [["run", "--isolation", "vm"], /Cannot use "vm" as --isolation: use cells or shared/],
    [["sandbox", "--port", "70000"], /A port is a number/],
    [["init", "Not_A_Name"], /cannot name a Katalog/],
    [["init", "a", "--pack", "hello-wbsite"], /Unknown pack "hello-wbsite": did you mean "hello-website"\?/],
    [["run", "--sandbox", "--context", "a"], /--sandbox is a cluster of its own/],
    [["why", "website"], /missing required argument 'NAME'/],
    [["status", "--interval", "1ms"], /It is a time from 100ms to 1h/],
    [["status", "--url", "ftp://a"], /Cannot use "ftp:\/\/a" as --url: give http:\/\/HOST:PORT/],
    [["get", "-n", "a", "-A"], /cannot be used with/],
    [["events", "website", "hello", "--pod-port", "0"], /A port is a number from 1 to 65535/],
    [["upgrade", "crds"], /Choose what to do: --check or --migrate/],
    [["upgrade", "crds", "--check", "--migrate"], /cannot be used with option '--check'/],
    [[], /Usage: ork/],
  ];
  for (const [args, message] of wrong) {
    const { code, out, err } = await ork(args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(out, "");
    assert.match(err, message);
  }
});

Deno.test("validate is quiet about a good Katalog and exits with 0", async () => {
  const { code, out, err } = await ork(["validate", "-f", example("katalog.yaml")]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /katalog\.yaml is valid: Website, children: Deployment, Service\n$/);
});

Deno.test("validate prints each finding with its place and hint, as text and as JSON, and exits with 1", async () => {
  await inFolder(async () => {
    await Deno.writeTextFile(
      "katalog.yaml",
      "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: { name: a }\nspce: {}\n",
    );
    const text = await ork(["validate"]);
    assert.equal(text.code, 1);
    assert.match(text.out, /^katalog\.yaml:4:1: error: spce: .*\n {4}hint: .*spec/m);
    assert.match(text.out, /^katalog\.yaml: \d errors?$/m);
    const json = await ork(["validate", "-o", "json"]);
    assert.equal(json.code, 1);
    const { findings } = JSON.parse(json.out);
    assert.ok(
      findings.some((finding: { file: string; line: number; column: number; severity: string }) =>
        finding.file === "katalog.yaml" && finding.line === 4 && finding.column === 1 && finding.severity === "error"
      ),
    );
  });
});

Deno.test("validate refuses a conversion that loses a field, and shows the smallest object that does", async () => {
  const text = (file: string): string => Deno.readTextFileSync(example(file, "three-versions"));
  await inFolder(async () => {
    const lines = text("katalog.yaml").split("\n");
    const lossy = lines.filter((line) => !line.includes("join"));
    assert.equal(lossy.length, lines.length - 1);
    await Deno.writeTextFile("katalog.yaml", lossy.join("\n"));
    await Deno.writeTextFile("crd.yaml", text("crd.yaml"));
    const { code, out } = await ork(["validate"]);
    assert.equal(code, 1);
    assert.match(
      out,
      /^katalog\.yaml:\d+:13: error: spec\.crds\.gallery\.conversion\.paths\[0\]: From v1alpha1 to v1 and /,
    );
    assert.match(out, /spec\.hosts \("1"\) is gone\n {4}hint: .*\{"spec":\{"image":"a:b","hosts":"1"\}\} in v1alpha1/);
  });
});

Deno.test("validate exits with 0 when there are only warnings", async () => {
  await inFolder(async () => {
    // An older home of `workers`: moved, with one warning.
    await Deno.writeTextFile(
      "katalog.yaml",
      `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: a }
spec:
  crds:
    thing:
      apiTypes: { group: example.com, version: v1, kind: Thing, plural: things }
      workers: 2
      operatorBox: {}
`,
    );
    const { code, out } = await ork(["validate"]);
    assert.equal(code, 0, out);
    assert.match(out, /katalog\.yaml:8:7: warning: /);
    assert.match(out, /is valid: Thing, children: none \(1 warning\)/);
  });
});

Deno.test("validate --full exits with 1 for what authors of CRs must not decide, and for the rest with --strict", async () => {
  const of = (deployment: string): string =>
    `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: a }
spec:
  crds:
    thing:
      apiTypes: { group: example.com, version: v1, kind: Thing, plural: things }
      operatorBox:
        onReconcile:
          deployments:
            - { name: "{{ .metadata.name }}", image: a, ${deployment} }
`;
  const codes = async (text: string): Promise<number[]> => {
    const results = [];
    for (const flags of [[], ["--full"], ["--full", "--strict"], ["--full", "-o", "json"], ["-o", "sarif"]]) {
      results.push((await ork(["validate", ...flags, "-"], {}, text)).code);
    }
    return results;
  };
  assert.deepEqual(await codes(of("labels: { a: b }")), [0, 0, 0, 0, 0]);
  assert.deepEqual(await codes(of('serviceAccountName: "{{ .spec.a }}"')), [0, 0, 1, 0, 0]);
  const path =
    'volumes: [{ name: a, hostPath: { path: "{{ .spec.a }}" } }], volumeMounts: [{ name: a, mountPath: /a }]';
  assert.deepEqual(await codes(of(path)), [0, 1, 1, 1, 0]);
  const full = await ork(["validate", "--full", "-"], {}, of(path));
  assert.match(
    full.out,
    /^stdin:11:96: error: spec\.crds\.thing\..*hostPath\.path: spec\.a decides .*\[host-path-from-cr\]$/m,
  );
  assert.match(full.out, /^stdin: posture: 1 error$/m);
});

Deno.test("validate --full of a Katalog with errors has its errors and no posture", async () => {
  const broken = "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: { name: a }\nspce: {}\n";
  const json = await ork(["validate", "--full", "-o", "json", "-"], {}, broken);
  assert.deepEqual([json.code, JSON.parse(json.out).posture], [1, null]);
  const sarif = await ork(["validate", "--full", "-o", "sarif", "-"], {}, broken);
  assert.equal(sarif.code, 1);
  const [{ results }] = JSON.parse(sarif.out).runs;
  assert.deepEqual(results[0].ruleId, "katalog-error");
  assert.match((await ork(["validate", "--full", "-"], {}, broken)).out, /^stdin:4:1: error: spce/m);
});

Deno.test("validate --strict exits with 1 for warnings, and says so", async () => {
  const moved = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: a }
spec:
  crds:
    thing:
      apiTypes: { group: example.com, version: v1, kind: Thing, plural: things }
      workers: 2
      operatorBox: {}
`;
  const text = await ork(["validate", "--strict", "-"], {}, moved);
  assert.equal(text.code, 1);
  assert.match(text.out, /^stdin:8:7: warning: /);
  assert.match(text.out, /^stdin: 1 warning, and --strict lets none pass$/m);
  const json = await ork(["validate", "--strict", "-o", "json", "-"], {}, moved);
  assert.equal(json.code, 1);
  assert.deepEqual(JSON.parse(json.out).findings.map(({ severity }: { severity: string }) => severity), ["warning"]);
  assert.equal((await ork(["validate", "--strict", example("katalog.yaml")])).code, 0);
});

Deno.test("every command that takes -f takes arguments, folders and standard input as well", async () => {
  const folder = example("katalog.yaml").replace(/\/katalog\.yaml$/, "");
  const text = (await Deno.readTextFile(example("katalog.yaml"))).replace(
    "crdFile: crd.yaml",
    `crdFile: ${folder}/crd.yaml`,
  );
  const ways: [string[], string?][] = [
    [["-f", example("katalog.yaml")]],
    [[example("katalog.yaml")]],
    [[folder]],
    [["-f", `${folder}/`]],
    [["-"], text],
    [["-f", "-"], text],
  ];
  for (const [way, input] of ways) {
    const validated = await ork(["validate", ...way], {}, input);
    assert.deepEqual([validated.code, validated.err], [0, ""], way.join(" "));
    assert.match(validated.out, /is valid: Website/);
    const templated = await ork(["template", ...way, "--cr", example("cr.yaml")], {}, input);
    assert.deepEqual([templated.code, templated.err], [0, ""], way.join(" "));
    const operated: string[] = [];
    const run = await ork(["run", ...way], {
      findCluster: () => Promise.resolve({ server: "http://double", auth: { kind: "none" }, source: "test" }),
      operate: ({ plan }) => Promise.resolve(operated.push(...plan.boxes.map((box) => box.name)) - 1),
    }, input);
    assert.deepEqual([run.code, run.err, operated], [0, "", ["website"]], way.join(" "));
  }
  const two = await ork(["validate", example("katalog.yaml"), "-f", example("katalog.yaml", "database")]);
  assert.match(two.out, /is valid: Database, DatabaseUser, Website, /);
});

Deno.test("template reads an object from standard input", async () => {
  const cr = await Deno.readTextFile(example("cr.yaml"));
  const { code, out, err } = await ork(["template", example("katalog.yaml"), "--cr", "-"], {}, cr);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^kind: Deployment$/m);
  const twice = await ork(["template", "-", "--cr", "-"], {}, await Deno.readTextFile(example("katalog.yaml")));
  assert.equal(twice.code, 1);
});

Deno.test("run takes every option and variable of the Runtime", async () => {
  const seen: RunSettings[] = [];
  const ports: Partial<DevPorts> = {
    findCluster: () => Promise.resolve({ server: "http://double", auth: { kind: "none" }, source: "test" }),
    operate: (_plan, _cluster, _until, settings) => Promise.resolve(seen.push(settings) - seen.length),
    env: (name) => ({ LOG_LEVEL: "error", LOG_FORMAT: "json" })[name],
  };
  const katalog = example("katalog.yaml");
  assert.equal((await ork(["run", katalog], ports)).code, 0);
  const options = {
    ...{ "kubeconfig": "a", "context": "b", "isolation": "cells", "cell-memory": "64", "api-rate": "7" },
    ...{
      "api-calls": "8",
      "port": "off",
      "read-timeout": "7s",
      "gateway-endpoint": "https://gateway.example.org",
      "shutdown-timeout": "10s",
      "reload": "true",
      "leader-elect": "true",
      "lease-scope": "box",
      "namespace": "ork",
      "lease-duration": "15s",
    },
    ...{ "log-level": "warn", "log-format": "text" },
  };
  const given = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  assert.equal((await ork(["run", katalog, ...given], ports)).code, 0);
  assert.deepEqual(seen.map(({ logLevel, logFormat }) => [logLevel, logFormat]), [["error", "json"], ["warn", "text"]]);
  assert.deepEqual(seen[1], {
    ...{ kubeconfig: "a", context: "b", isolation: "cells", cellMemoryMb: 64 },
    ...{
      budget: { perSecond: 7, inFlight: 8 },
      port: "off",
      leaderElect: true,
      leaseScope: "box",
      namespace: "ork",
      reload: true,
      httpLimits: { readMs: 7_000, writeMs: undefined },
      gatewayEndpoint: "https://gateway.example.org",
      shutdownMs: 10_000,
    },
    leaseTimings: { leaseDurationMs: 15_000, renewDeadlineMs: 3_000, retryPeriodMs: 1_000 },
    ...{ logLevel: "warn", logFormat: "text" },
  });
  await ork(["run", "--leader-elect", "--reload", katalog], ports);
  assert.deepEqual([seen[2]!.leaderElect, seen[2]!.reload, seen[2]!.skipExternal], [true, true, undefined]);
  await ork(["run", "--skip-external", katalog], ports);
  assert.equal(seen[3]!.skipExternal, true);
  await ork(["run", "--debug", katalog], ports);
  await ork(["run", "--debug", "--log-level=warn", katalog], ports);
  assert.deepEqual([seen[4]!.logLevel, seen[5]!.logLevel], ["debug", "warn"]);
  const wrong = await ork(["run", katalog], { ...ports, env: (name) => name === "LOG_LEVEL" ? "loud" : undefined });
  assert.deepEqual([wrong.code, wrong.err], [
    2,
    'ork: Cannot use "loud" as LOG_LEVEL: use debug, info, warn or error\n',
  ]);
});

Deno.test("run applies crd.yaml and cr.yaml beside the Katalog with --apply-cr", async () => {
  const applied: string[] = [];
  const operated = await ork(["run", "--apply-cr", example("katalog.yaml")], {
    findCluster: () => Promise.resolve({ server: "http://double", auth: { kind: "none" }, source: "test" }),
    connect: () =>
      ({
        apply: (type: { kind: string }, object: { metadata: { name: string } }) => {
          applied.push(`${type.kind} ${object.metadata.name}`);
          return Promise.resolve(object);
        },
        get: () => Promise.resolve({ status: { conditions: [{ type: "Established", status: "True" }] } }),
        raw: (path: string) =>
          Promise.resolve({
            resources: path.includes("web.example.com")
              ? [{ name: "websites", kind: "Website", namespaced: true }]
              : [],
          }),
        close: () => {},
      }) as unknown as ReturnType<DevPorts["connect"]>,
    operate: () => Promise.resolve(0),
  });
  assert.equal(operated.code, 0, operated.err);
  assert.deepEqual(applied, ["CustomResourceDefinition websites.web.example.com", "Website hello"]);
});

Deno.test("a command that other versions have is refused with what to do instead", async () => {
  for (const name of ["e2e", "push", "proxy", "create"]) {
    const { code, err } = await ork([name, "--anything"]);
    assert.equal(code, 2);
    assert.match(err, new RegExp(`^ork: There is no command "${name}": .{20}`));
  }
  assert.match((await ork(["constructor"])).err, /unknown command/);
});

Deno.test("a Katalog of a Gateway alone has no operators to run, and an installation without a Runtime", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/katalog.yaml`,
      "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: guard}\ngateway: {standalone: true}\n" +
        "security: {webhooks: {admission: {enabled: true}}}\nspec:\n  crds:\n    shop:\n" +
        "      apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}\n" +
        "      validation: {rules: [{field: spec.size, max: 3}]}\n",
    );
    const { code, err } = await ork(["run"]);
    assert.equal(code, 1);
    assert.match(
      err,
      /^ork: guard is for a Gateway alone \(gateway\.standalone\), and no operator runs: use ork-gateway/,
    );
    assert.match(
      (await ork(["validate"])).out,
      /^katalog\.yaml is valid: Gateway standalone, reviews of: Shop\n {2}shop: 1 denial: validation by the Gateway .*, and by nobody else$/m,
    );
    const { out } = await ork(["generate", "bundle", "--with", "workloads", "--image-gateway", "g:1"]);
    const names = [...out.matchAll(/^kind: (ServiceAccount|Deployment|ClusterRole)\nmetadata:\n {2}name: (\S+)$/gm)];
    assert.deepEqual(names.map(([, kind, name]) => `${kind} ${name}`), [
      "ServiceAccount orkestra-cc",
      "ServiceAccount orkestra-gateway",
      "ClusterRole orkestra-gateway",
      "Deployment orkestra-gateway",
    ]);
  }));

Deno.test("run runs nothing that validate finds an error in", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/katalog.yaml`;
    const text = await Deno.readTextFile(example("katalog.yaml"));
    const child =
      "          custom: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { a: 1234567 } }]\n";
    await Deno.writeTextFile(path, text.replace(/^( +)services:\n/m, (line) => `${child}${line}`));
    assert.equal((await ork(["validate", path])).code, 1);
    const run = await ork(["run", path]);
    assert.equal(run.code, 1, run.err);
    assert.match(run.err, /error: /);
  });
});

Deno.test("a file that cannot be read is a finding like any other", async () => {
  await inFolder(async (folder) => {
    const missing = await ork(["validate"]);
    assert.equal(missing.code, 1);
    assert.match(
      missing.out,
      /^katalog\.yaml:1:1: error: Cannot read the file: it does not exist\n {4}hint: .*ork init/,
    );
    assert.match(
      (await ork(["validate", "-f", folder])).out,
      /There is no Katalog in the folder: it has no katalog\.yaml, and no other YAML file/,
    );
    assert.match((await ork(["template", example("katalog.yaml"), "--cr", folder])).err, /it is a folder/);
    assert.match((await ork(["validate", "-f", `${example("katalog.yaml")}/x`])).out, /not a folder/);
    for (const args of [["template"], ["run", "--sandbox"]]) {
      const { code, err } = await ork(args);
      assert.equal(code, 1);
      assert.match(err, /it does not exist/);
    }
  });
});

Deno.test("init makes a project that validates, under its own name, and overwrites nothing", async () => {
  await inFolder(async () => {
    const made = await ork(["init", "shop", "--pack", "database"]);
    assert.deepEqual([made.code, made.err], [0, ""]);
    assert.match(made.out, /cd shop && ork run --sandbox/);
    assert.match(await Deno.readTextFile("shop/katalog.yaml"), /^metadata:\n {2}name: shop$/m);
    assert.throws(() => Deno.statSync("shop/expected.yaml"), Deno.errors.NotFound);
    assert.equal((await ork(["validate", "-f", "shop/katalog.yaml"])).code, 0);

    await Deno.writeTextFile("shop/katalog.yaml", "mine");
    const again = await ork(["init", "shop"]);
    assert.equal(again.code, 1);
    assert.match(again.err, /crd\.yaml, katalog\.yaml: there already/);
    assert.equal(await Deno.readTextFile("shop/katalog.yaml"), "mine");

    assert.equal((await ork(["init"])).code, 0);
    assert.match(await Deno.readTextFile("katalog.yaml"), /name: hello-website/);
  });
});

Deno.test("init --list shows every pack with what it is", async () => {
  const { code, out } = await ork(["init", "--list"]);
  assert.equal(code, 0);
  const folders = [...Deno.readDirSync(new URL("../../katalogs", import.meta.url))].filter((entry) =>
    entry.isDirectory
  );
  assert.equal(out.trim().split("\n").length, folders.length);
  for (const { name } of folders) assert.match(out, new RegExp(`^${name} {2,}\\w+`, "m"));
});

Deno.test("template without a CR prints a Katalog that is the same Katalog", async () => {
  const printed = await ork(["template", "-f", example("katalog.yaml", "public-api")]);
  assert.deepEqual([printed.code, printed.err], [0, ""]);
  await inFolder(async () => {
    await Deno.copyFile(example("crd.yaml", "public-api"), "crd.yaml");
    const text = printed.out.replace(/crdFile: .*/, "crdFile: crd.yaml").replace(/- .*cr\.yaml/, "- cr.yaml");
    await Deno.writeTextFile("katalog.yaml", text);
    const again = await ork(["template"]);
    assert.deepEqual([again.code, again.err], [0, ""]);
    assert.equal(again.out, text);
  });
});

Deno.test("template without a CR prints the start order of boxes that depend on each other, as a comment", async () => {
  const crd = (name: string, dependsOn: string) =>
    `    ${name}: {apiTypes: {group: a.example.org, version: v1, kind: ${name}, plural: ${name}s}, ${dependsOn}}\n`;
  const katalog = "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: k}\nspec:\n  crds:\n" +
    crd("api", "dependsOn: [db]") + crd("db", "dependsOn: []") + crd("mail", "dependsOn: []");
  const printed = await ork(["template", "-"], {}, katalog);
  assert.deepEqual([printed.code, printed.err], [0, ""]);
  assert.match(printed.out, /^# Start order: db, mail → api\napiVersion: /);
  const again = await ork(["template", "-"], {}, printed.out);
  assert.equal(again.out, printed.out);
});

Deno.test("template with a CR prints the children and the CR's labels and status", async () => {
  const { code, out, err } = await ork([
    "template",
    "-f",
    example("katalog.yaml", "scheduled-report"),
    "--cr",
    example("cr.yaml", "scheduled-report"),
  ]);
  assert.deepEqual([code, err], [0, ""]);
  assert.deepEqual(
    out.match(/^kind: .*$/gm),
    [
      "kind: ServiceAccount",
      "kind: ConfigMap",
      "kind: CronJob",
      "kind: Report",
    ],
  );
  assert.match(out, /^# onReconcile\.cronJobs\[0\]$/m);
  assert.match(out, /^ {2}recipients: 2$/m);
});

Deno.test("template prints nothing that rests on a uid which it made up, and everything where the CR has one", async () => {
  await inFolder(async () => {
    const katalog = (await Deno.readTextFile(example("katalog.yaml")))
      .replace(
        "deployments:\n            - ",
        'deployments:\n            - labels: { made-of: "{{ .metadata.uid }}", plain: a }\n              ',
      );
    assert.match(katalog, /made-of/);
    await Deno.writeTextFile("katalog.yaml", katalog);
    await Deno.copyFile(example("crd.yaml"), "crd.yaml");
    await Deno.copyFile(example("cr.yaml"), "cr.yaml");
    const without = await ork(["template", "--cr", "cr.yaml"]);
    assert.deepEqual([without.code, without.err], [0, ""]);
    assert.doesNotMatch(without.out, /00000000|ownerReferences|applied|made-of|owner-uid/);
    assert.equal(without.out.match(/^ +plain: a$/gm)?.length, 2);
    assert.match(without.out, /^ +orkestra-owner: hello$/m);

    const uid = "0f0e3a5c-6d1b-4a53-9f0a-3b1c1f0f9a11";
    const cr = (await Deno.readTextFile("cr.yaml")).replace("metadata:\n", `metadata:\n  uid: ${uid}\n`);
    const stored = await ork(["template", "--cr", "-"], {}, cr);
    assert.deepEqual([stored.code, stored.err], [0, ""]);
    assert.match(
      stored.out,
      new RegExp(`^ {2}ownerReferences:\\n {2}- apiVersion: .*\\n.*\\n.*\\n {4}uid: "?${uid}"?$`, "m"),
    );
    assert.match(stored.out, /orkestra\.orkspace\.io\/applied: /);
    assert.match(stored.out, new RegExp(`^ +made-of: "?${uid}"?$`, "m"));
  });
});

Deno.test("template prints a placeholder for copied data, and no digest of it", async () => {
  const katalog = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: a }
spec:
  crds:
    demo:
      apiTypes: { group: demo.dev, version: v1, kind: Demo, plural: demos }
      operatorBox:
        onReconcile:
          secrets:
            - { name: "{{ .metadata.name }}-pull", fromSecret: "{{ .spec.pull }}", data: { own: x } }
`;
  await inFolder(async () => {
    await Deno.writeTextFile("katalog.yaml", katalog);
    const uid = "0f0e3a5c-6d1b-4a53-9f0a-3b1c1f0f9a11";
    const cr =
      `{apiVersion: demo.dev/v1, kind: Demo, metadata: {name: d, namespace: shop, uid: ${uid}}, spec: {pull: reg}}`;
    const { code, out, err } = await ork(["template", "--cr", "-"], {}, cr);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^# onReconcile\.secrets\[0\], with the data of Secret shop\/reg$/m);
    assert.match(out, /^data:\n {2}"?<from Secret shop\/reg>"?: ""\n {2}own: "?eA=="?$/m);
    assert.doesNotMatch(out, /\/applied/);
  });
});

Deno.test("template prints what onDelete would do as comments, which nobody applies", async () => {
  const { code, out, err } = await ork([
    "template",
    "-f",
    example("katalog.yaml", "backup"),
    "--cr",
    example("cr.yaml", "backup"),
  ]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(
    out,
    /^# onDelete\.groups\[0\]\.jobs\[0\]: run when the object is deleted \(onDelete, group "backup"\)$/m,
  );
  assert.match(out, /^# {3}name: accounts-last-backup$/m);
  assert.match(
    out,
    /^# deleted with the object \(onDelete, group "storage"\): PersistentVolumeClaim default\/accounts-data$/m,
  );
  assert.doesNotMatch(out, /^kind: Job$/m);
});

Deno.test("template reports why a CR would be denied, and exits with 1", async () => {
  await inFolder(async () => {
    const cr = (await Deno.readTextFile(example("cr.yaml", "public-api"))).replace("tier: critical", "tier: gold");
    await Deno.writeTextFile("cr.yaml", cr);
    const { code, out, err } = await ork(["template", "-f", example("katalog.yaml", "public-api"), "--cr", "cr.yaml"]);
    assert.equal(code, 1);
    assert.match(err, /cr\.yaml:1: error: .*spec\.tier is standard or critical/);
    assert.match(out, /reason: ValidationFailed/);
    assert.doesNotMatch(out, /kind: Deployment/);
  });
});

/** Two boxes of one kind, which divide it by a label. */
const divided = (size: string) =>
  `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: divided}
spec:
  crds:
${
    ["gold", "silver"].map((tier) =>
      `    ${tier}:
      apiTypes: {group: demo.dev, version: v1, kind: Demo, plural: demos}
      labelSelector: {tier: ${tier}}
      operatorBox: {onReconcile: {configMaps: [{name: "{{ .metadata.name }}-${tier}", data: {size: "${size}"}}]}}
`
    ).join("")
  }`;

Deno.test("template and diff render a CR by the box that selects it, of several for its kind", async () => {
  await inFolder(async () => {
    await Deno.writeTextFile("katalog.yaml", divided("1"));
    await Deno.writeTextFile("larger.yaml", divided("2"));
    const cr = (tier: string) =>
      `{apiVersion: demo.dev/v1, kind: Demo, metadata: {name: d, namespace: shop, labels: {tier: ${tier}}}}`;
    for (const tier of ["gold", "silver"]) {
      const { code, out, err } = await ork(["template", "--cr", "-"], {}, cr(tier));
      assert.deepEqual([code, err], [0, ""]);
      assert.deepEqual(out.match(/^ {2}name: d-.*$/gm), [`  name: d-${tier}`]);
      await Deno.writeTextFile("cr.yaml", cr(tier));
      const compared = await ork(["diff", "katalog.yaml", "larger.yaml", "--cr", "cr.yaml", "-o", "json"]);
      const { objects } = JSON.parse(compared.out);
      assert.deepEqual(
        objects.map(({ box, changes }: { box: string; changes: { name: string }[] }) => [
          box,
          changes.map(({ name }) => name),
        ]),
        [[tier, [`d-${tier}`]]],
      );
    }
    const none = await ork(["template", "--cr", "-"], {}, cr("bronze"));
    assert.equal(none.code, 1);
    assert.match(none.err, /the selectors of the Katalog do not match the object/);
  });
});

Deno.test("template prints the Katalog as JSON, and who waits for whom", () =>
  inFolder(async (folder) => {
    const types = (kind: string) => `apiTypes: {group: a.example.org, version: v1, kind: ${kind}}`;
    await Deno.writeTextFile(
      `${folder}/katalog.yaml`,
      `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: k}\nspec:\n  crds:\n` +
        `    web: {${types("Web")}, dependsOn: {api: started, db: healthy}}\n` +
        `    api: {${types("Api")}, dependsOn: [db]}\n    db: {${types("Db")}}\n`,
    );
    assert.deepEqual(await ork(["template", "--graph"]), {
      code: 0,
      out: "db\napi\n  └─ db (healthy)\nweb\n  └─ api (started)\n  └─ db (healthy)\n",
      err: "",
    });
    const { out } = await ork(["template", "--json"]);
    assert.deepEqual(Object.keys(JSON.parse(out).spec.crds), ["web", "api", "db"]);
    assert.equal((await ork(["template", "--yaml"])).out, (await ork(["template"])).out);
    assert.equal((await ork(["template", "--json", "--graph"])).code, 2);
    // A bundle stands for what is installed, without a cluster.
    assert.equal((await ork(["generate", "bundle", "-o", "bundle.yaml"])).code, 0);
    const plan = await ork(["plan", "--bundle", "bundle.yaml"]);
    assert.deepEqual([plan.code, plan.out], [0, "No difference between bundle.yaml and katalog.yaml\n"]);
    assert.equal((await ork(["plan", "--bundle", "bundle.yaml", "--cm", "other"])).code, 2);
    const printed = await ork(["generate", "bundle", "-o", "dry.yaml", "--dry-run"]);
    assert.equal(printed.out, await Deno.readTextFile(`${folder}/bundle.yaml`));
    await assert.rejects(Deno.stat(`${folder}/dry.yaml`), Deno.errors.NotFound);
    assert.match((await ork(["generate", "katalog"])).out, /^# An operator for a kind of your own/);
  }));

Deno.test("notes lists, searches and shows the functions of templates", async () => {
  const all = await ork(["notes"]);
  assert.equal(all.code, 0);
  assert.match(all.out, /^Semantic versions$/m);
  assert.match(all.out, /^ {2}default fallback value +\S/m);
  const some = await ork(["notes", "--domain", "semantic"]);
  assert.match(some.out, /^Semantic versions\n {2}semverMajor version/);
  assert.doesNotMatch(some.out, /default fallback/);
  assert.match((await ork(["notes", "domains"])).out, /^Semantic versions \(\d+\)$/m);
  assert.match((await ork(["notes", "search", "SEMVERBUMP"])).out, /^ {2}semverBump version part {2}\S.*\n$/);
  assert.match((await ork(["notes", "show", "semverBump"])).out, /^semverBump version part\n {2}The next version/);
  assert.deepEqual(await ork(["notes", "show", "defaul"]), {
    ...{ code: 1, out: "", err: 'ork: There is no function "defaul": did you mean "default"?\n' },
  });
  assert.equal((await ork(["notes", "search", "no such text"])).code, 1);
  assert.equal((await ork(["notes", "--domain", "none"])).code, 1);
});

Deno.test("template refuses a CR of a type that the Katalog does not have", async () => {
  const { code, err } = await ork(["template", "-f", example("katalog.yaml"), "--cr", example("cr.yaml", "database")]);
  assert.equal(code, 1);
  assert.match(
    err,
    /No CRD of the Katalog is Database \(db\.example\.com\/v1\); it has Website \(web\.example\.com\/v1\)/,
  );
});

const guarded = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: demo}
spec:
  crds:
    shop:
      apiTypes: {group: shop.example.org, version: v1, kind: Shop}
      mutation: {rules: [{field: spec.tier, default: standard}]}
      validation:
        rules:
          - {field: spec.size, max: 3, message: at most 3}
          - {field: spec.owner, exists: true, action: warn, message: please name an owner}
      operatorBox: {}
`;

Deno.test("ork gate reviews objects as the Gateway does, and ends with 1 where one is denied", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/katalog.yaml`, guarded);
    const shop = (name: string, spec: string) =>
      `apiVersion: shop.example.org/v1\nkind: Shop\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
    const args = ["gate", "-f", "katalog.yaml", "--cr", "-"];
    const good = await ork(args, {}, shop("good", "{size: 1, owner: ann, tier: gold}"));
    assert.deepEqual(good, {
      code: 0,
      out: "stdin:1: Shop default/good\n  2/2 rules passed\n1 object: 1 admitted, 0 denied\n",
      err: "",
    });
    const bad = await ork(args, {}, `${shop("good", "{size: 1}")}---\n${shop("bad", "{size: 4}")}`);
    assert.equal(bad.code, 1);
    assert.equal(
      bad.out,
      [
        "stdin:1: Shop default/good",
        '  set   /spec/tier: "standard"',
        "  warn  spec.owner: please name an owner",
        "  1/2 rules passed",
        "stdin:6: Shop default/bad",
        '  set   /spec/tier: "standard"',
        "  deny  spec.size: at most 3",
        "  warn  spec.owner: please name an owner",
        "  0/2 rules passed: admission denied",
        "2 objects: 1 admitted, 1 denied",
        "",
      ].join("\n"),
    );
    const other = await ork(args, {}, "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n");
    assert.equal(other.code, 1);
    assert.match(other.err, /^stdin:1: No CRD of the Katalog is Pod \(v1\); it has Shop \(shop\.example\.org\/v1\)/);
    assert.equal((await ork(["gate", "-f", "katalog.yaml"])).code, 2);
  }));

Deno.test("ork gate skips rules unique, and says so", () =>
  inFolder(async (folder) => {
    const rule = "          - {field: spec.host, operator: unique}\n      operatorBox: {}\n";
    await Deno.writeTextFile(`${folder}/katalog.yaml`, guarded.replace("      operatorBox: {}\n", rule));
    const shop = (name: string) =>
      `apiVersion: shop.example.org/v1\nkind: Shop\nmetadata: {name: ${name}}\n` +
      "spec: {size: 1, owner: ann, tier: gold, host: x}\n";
    const { code, out } = await ork(["gate", "-f", "katalog.yaml", "--cr", "-"], {}, `${shop("a")}---\n${shop("b")}`);
    assert.equal(code, 0);
    const warning =
      "  warn  spec.host: it is not checked here whether it is unique: the other objects are not known here; " +
      "the Runtime checks it";
    const [passed, admitted] = ["  2/3 rules passed, 1 skipped", "2 objects: 2 admitted, 0 denied"];
    assert.equal(
      out,
      ["stdin:1: Shop default/a", warning, passed, "stdin:6: Shop default/b", warning, passed, admitted, ""]
        .join("\n"),
    );
  }));

Deno.test("ork gate run serves on this machine unless told otherwise", async () => {
  const seen: unknown[] = [];
  const gate: DevPorts["gate"] = (files, { port, httpPort, advertiseUrl }) => {
    seen.push([files, port, httpPort, advertiseUrl?.href]);
    return Promise.resolve(0);
  };
  assert.equal((await ork(["gate", "run", "-f", "k.yaml"], { gate })).code, 0);
  const options = ["--port", "8443", "--http-port", "off", "--advertise-url", "https://gw.example.org:8443"];
  assert.equal((await ork(["gate", "run", "k.yaml", ...options], { gate })).code, 0);
  assert.deepEqual(seen, [
    [["k.yaml"], 0, 0, "https://127.0.0.1:0/"],
    [["k.yaml"], 8443, "off", "https://gw.example.org:8443/"],
  ]);
  const bad = await ork(["gate", "run", "k.yaml", "--advertise-url", "http://gw"], { gate });
  assert.deepEqual([bad.code, bad.err], [
    2,
    'ork: Cannot use "http://gw" as --advertise-url: give https://HOST:PORT, without a path\n',
  ]);
});

Deno.test("controlcenter, control and control start take URLs, bounds and files of a login", async () => {
  const seen: ControlCenterFlags[] = [];
  const ports: Partial<DevPorts> = {
    controlCenter: (flags) => {
      seen.push(flags);
      return Promise.resolve(0);
    },
  };
  const defaults = { urls: [], port: 8081, listen: "127.0.0.1", hostNames: [], refreshMs: 2_000, timeoutMs: 5_000 };
  for (const args of [["controlcenter"], ["control"], ["control", "start"]]) {
    assert.deepEqual(await ork(args, ports), { code: 0, out: "", err: "" });
    assert.deepEqual(seen.pop(), defaults);
  }
  const line = "control -u http://a:1,http://b:2 --url c:3 -p 0 --refresh 500ms --listen all --host a.example.com " +
    "--token-file t --namespace shop --context kind --timeout 1s";
  assert.equal((await ork(line.split(" "), ports)).code, 0);
  assert.deepEqual(seen.pop(), {
    ...{ urls: ["http://a:1", "http://b:2", "c:3"], port: 0, listen: "all", hostNames: ["a.example.com"] },
    ...{ refreshMs: 500, timeoutMs: 1_000, tokenFile: "t", namespace: "shop", context: "kind" },
  });
  const variables: Record<string, string> = { ORK_URL: "http://x:1", ORK_CC_PORT: "9", ORK_CC_REFRESH: "1s" };
  assert.equal((await ork(["control"], { ...ports, env: (name) => variables[name] })).code, 0);
  assert.deepEqual(seen.pop(), { ...defaults, urls: ["http://x:1"], port: 9, refreshMs: 1_000 });
  for (const wrong of ["stop", "-p 70000", "--refresh 1ms", "--refresh x", "--timeout 1h", "-u ,", "--nope"]) {
    const { code, err } = await ork(["control", ...wrong.split(" ")], ports);
    assert.equal(code, 2, `${wrong}: ${err}`);
  }
  assert.deepEqual(seen, []);
});
