import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { systemFiles } from "../../files/mod.ts";
import type { JsonMap } from "../../base/json.ts";
import { widgetDefinition } from "../../../tests/support/policies.ts";
import { runCommandLine } from "../program.ts";

const head = "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: demo}\n";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `ork` in a folder with a Katalog of Widgets, whose CRD is in a file. */
async function inFolder(
  work: (ork: (...args: string[]) => Promise<Ran>, folder: string) => Promise<void>,
  { entry = "", top = "", env = {} as Readonly<Record<string, string>> } = {},
): Promise<void> {
  const before = Deno.cwd();
  const folder = await Deno.makeTempDir({ prefix: "ork-install-" });
  const ork = async (...args: string[]): Promise<Ran> => {
    let [out, err] = ["", ""];
    const code = await runCommandLine(
      args,
      {
        terminal: {
          out: (text: string) => void (out += `${text}\n`),
          err: (text: string) => void (err += `${text}\n`),
          colour: false,
        },
        files: systemFiles(),
        env: (name: string) => env[name],
        versionLine: "ork 9.9.9 (test)",
      } as unknown as Parameters<typeof runCommandLine>[1],
    );
    return { code, out, err };
  };
  try {
    Deno.chdir(folder);
    await Deno.writeTextFile("crd.yaml", JSON.stringify(widgetDefinition("test.example")));
    await Deno.writeTextFile(
      "katalog.yaml",
      `${head}${top}spec:\n  crds:\n    widget:\n      crdFile: crd.yaml\n      operatorBox:\n        onReconcile:\n` +
        `          configMaps: [{name: "{{ .metadata.name }}", data: {a: b}}]\n${entry}`,
    );
    await work(ork, folder);
  } finally {
    Deno.chdir(before);
    await Deno.remove(folder, { recursive: true });
  }
}

const objectsOf = (text: string) => parseAllDocuments(text).map((each) => each.toJS() as JsonMap);
const namesOf = (text: string) =>
  objectsOf(text).map(({ kind, metadata }) => `${kind} ${(metadata as JsonMap)["name"]}`);
const katalogOf = (text: string): string => {
  const map = objectsOf(text).find(({ kind }) => kind === "ConfigMap")!;
  return (map["data"] as Record<string, string>)["katalog.yaml"]!;
};

Deno.test("ork generate configmap prints a Katalog that ork validate takes alone, in an empty folder", async () => {
  let katalog = "";
  await inFolder(async (ork) => {
    const { code, out, err } = await ork("generate", "configmap");
    assert.deepEqual([code, err], [0, ""]);
    assert.deepEqual(namesOf(out), ["ConfigMap orkestra-katalog"]);
    katalog = katalogOf(out);
  });
  await inFolder(async (ork) => {
    await Deno.remove("crd.yaml");
    await Deno.writeTextFile("katalog.yaml", katalog);
    const { code, out } = await ork("validate", "--strict");
    assert.deepEqual([code, out], [0, "katalog.yaml is valid: Widget, children: ConfigMap\n"]);
    assert.equal(katalogOf((await ork("generate", "configmap")).out), katalog);
  });
});

Deno.test("ork generate bundle prints the same bytes again, to a file too", async () => {
  await inFolder(async (ork) => {
    const first = await ork("generate", "bundle", "--with", "workloads", "--image", "r:1");
    assert.equal(first.code, 0);
    assert.equal((await ork("generate", "bundle", "--with", "workloads", "--image", "r:1")).out, first.out);
    const toFile = await ork("generate", "bundle", "--with=workloads", "--image=r:1", "-o", "bundle.yaml");
    assert.deepEqual([toFile.code, toFile.out], [0, ""]);
    assert.equal(await Deno.readTextFile("bundle.yaml"), first.out);
    assert.match(first.out, /^ {8}image: "?r:1"?$/m);
  });
});

Deno.test("ork generate bundle takes the namespace from -n, ORK_NAMESPACE, or its default", async () => {
  const namespaceOf = ({ out }: Ran) => namesOf(out).find((name) => name.startsWith("Namespace "));
  await inFolder(async (ork) => {
    assert.equal(namespaceOf(await ork("generate", "bundle", "-n", "team")), "Namespace team");
    assert.equal(namespaceOf(await ork("generate", "bundle")), "Namespace from-env");
  }, { env: { ORK_NAMESPACE: "from-env" } });
  await inFolder(async (ork) => {
    assert.equal(namespaceOf(await ork("generate", "bundle")), "Namespace orkestra-system");
  });
  await inFolder(async (ork) => {
    const { code, err } = await ork("generate", "rbac");
    assert.deepEqual([code, err], [2, 'ork: Cannot use "No Name" as ORK_NAMESPACE: it names no namespace\n']);
  }, { env: { ORK_NAMESPACE: "No Name" } });
});

Deno.test("ork generate rbac prints the parts that --for names, in any case and by their other names", async () => {
  const accounts = ({ out }: Ran) => namesOf(out).filter((name) => name.startsWith("ServiceAccount"));
  await inFolder(async (ork) => {
    for (
      const [parts, expected] of [
        ["runtime", ["orkestra"]],
        ["Run", ["orkestra"]],
        ["gw", ["orkestra-gateway"]],
        ["cc,gateway", ["orkestra-cc", "orkestra-gateway"]],
      ] as const
    ) {
      const ran = await ork("generate", "rbac", "--for", parts);
      assert.deepEqual(accounts(ran), expected.map((name) => `ServiceAccount ${name}`), parts);
    }
    assert.equal(accounts(await ork("generate", "rbac")).length, 3);
    const wrong = await ork("generate", "rbac", "--for", "everything");
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /Use runtime, gateway, controlcenter, or several/);
  }, { top: "gateway: {}\n" });
  await inFolder(async (ork) => {
    const { code, out, err } = await ork("generate", "rbac", "--for", "gateway");
    assert.deepEqual([code, out, err], [
      0,
      "",
      "warning: the Katalog has no gateway, so there is nothing to install for it\n",
    ]);
  });
});

Deno.test("ork generate bundle warns of images that are placeholders, and refuses ones that nothing uses", async () => {
  await inFolder(async (ork) => {
    const { code, out, err } = await ork("generate", "bundle", "--with", "workloads");
    assert.equal(code, 0);
    assert.match(out, /ghcr\.io\/OWNER\/ork-runtime:VERSION/);
    assert.equal(err, "warning: replace the placeholders of images, or name them with --image and --image-gateway\n");
    const wrong = await ork("generate", "bundle", "--with=workloads", "--api-server", "example.org:443");
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /Give an IP address and a port/);
    const servers = ["--api-server", "192.0.2.1:6443", "--api-server", "[2001:db8::1]:443"];
    const bound = await ork("generate", "bundle", "--with=workloads", ...servers);
    assert.match(bound.out, /cidr: "192\.0\.2\.1\/32"[^]*cidr: "2001:db8::1\/128"/);
    const unused = await ork("generate", "bundle", "--image", "r:1");
    assert.deepEqual([unused.code, unused.err], [2, "ork: --image is for --with workloads\n"]);
  }, { top: "gateway: {}\n" });
});

Deno.test("ork generate bundle --api-server warns of the HTTP calls that the Pods cannot make then", async () => {
  await inFolder(async (ork) => {
    const text = await Deno.readTextFile("katalog.yaml");
    const call = 'external: [{name: flags, url: "https://flags.tools/{{ .metadata.name }}"}]';
    await Deno.writeTextFile("katalog.yaml", text.replace(/^( +)onReconcile:\n/m, `$&$1  ${call}\n`));
    const images = ["--image", "r:1", "--image-gateway", "g:1"];
    const bundle = (...more: string[]) => ork("generate", "bundle", "--with=workloads", ...images, ...more);
    assert.equal((await bundle()).err, "");
    assert.equal(
      (await bundle("--api-server", "192.0.2.1:6443")).err,
      "warning: with --api-server the Pods may connect to nothing else, and the Katalog calls flags.tools:443; add a " +
        "NetworkPolicy that allows it\n",
    );
  });
});

Deno.test("ork generate rbac --previous reads a bundle or a Katalog, and says what it cannot read", async () => {
  const secret = "          secrets: [{name: '{{ .metadata.name }}', data: {a: b}}]\n";
  await inFolder(async (ork, folder) => {
    assert.equal((await ork("generate", "bundle", "-o", "bundle.yaml")).code, 0);
    await Deno.rename("katalog.yaml", "old.yaml");
    await Deno.writeTextFile("katalog.yaml", (await Deno.readTextFile("old.yaml")).replace(secret, ""));
    const plain = await ork("generate", "rbac");
    assert.doesNotMatch(plain.out, /secrets/);
    for (const file of ["bundle.yaml", "old.yaml"]) {
      const { code, out } = await ork("generate", "rbac", "--previous", file);
      assert.equal(code, 0);
      assert.ok(
        out.includes(
          `# children that ${file} made\n- apiGroups:\n  - ""\n  resources:\n  - secrets\n  verbs:\n  - list\n  - delete\n`,
        ),
        file,
      );
    }
    for (
      const [file, expected] of [
        ["none.yaml", /^none\.yaml:1:1: error: Cannot read the file: it does not exist/],
        ["crd.yaml", /^crd\.yaml:1:1: error: It has neither a ConfigMap orkestra-katalog nor a Katalog/],
        [folder, /error: It is a folder/],
      ] as const
    ) {
      const { code, err } = await ork("generate", "rbac", "--previous", file);
      assert.equal(code, 1);
      assert.match(err, expected);
    }
  }, { entry: secret });
});

Deno.test("ork generate bundle refuses a Katalog that no ConfigMap holds", async () => {
  await inFolder(async (ork) => {
    const definition = structuredClone(widgetDefinition("test.example")) as unknown as {
      spec: { versions: { schema: JsonMap }[] };
    };
    const open = definition.spec.versions[0]!.schema["openAPIV3Schema"] as { properties: { spec: JsonMap } };
    open.properties.spec["properties"] = {
      ...open.properties.spec["properties"] as JsonMap,
      long: { type: "string", enum: ["a".repeat(1 << 20)] },
    };
    await Deno.writeTextFile("crd.yaml", JSON.stringify(definition));
    const { code, out, err } = await ork("generate", "bundle");
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /^error: The Katalog has \d+ bytes with the schemas of its CRDs, and a ConfigMap holds 1048576/);
  });
});

Deno.test("ork generate bundle refuses a Katalog that would not load in the cluster", async () => {
  await inFolder(async (ork) => {
    const definition = structuredClone(widgetDefinition("test.example")) as unknown as {
      spec: { versions: { schema: JsonMap }[] };
    };
    const open = definition.spec.versions[0]!.schema["openAPIV3Schema"] as { properties: { spec: JsonMap } };
    const many = Object.fromEntries(Array.from({ length: 15_000 }, (_, n) => [`f${n}`, { type: "string" }]));
    open.properties.spec["properties"] = { ...open.properties.spec["properties"] as JsonMap, ...many };
    await Deno.writeTextFile("crd.yaml", JSON.stringify(definition));
    const { code, out, err } = await ork("generate", "configmap");
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /^error: The Katalog with the schemas of its CRDs cannot be loaded \(line \d+: .*divide it/s);
  });
});

Deno.test("ork generate rbac prints nothing for a Katalog with errors", async () => {
  await inFolder(async (ork) => {
    await Deno.writeTextFile("katalog.yaml", `${head}spec: {crds: {widget: {}}}\n`);
    const { code, out, err } = await ork("generate", "rbac");
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /^katalog\.yaml:4:15: error/);
  });
});

Deno.test("ork generate dashboards takes a Katalog as the others do, and prints or writes", async () => {
  await inFolder(async (ork) => {
    const printed = await ork(
      "generate",
      "dashboards",
      "--as",
      "prometheusrule",
      "--runbooks",
      "https://example.org/a#b",
    );
    assert.deepEqual([printed.code, namesOf(printed.out)], [0, ["PrometheusRule orkestra-demo"]]);
    assert.equal((objectsOf(printed.out)[0]!["metadata"] as JsonMap)["namespace"], "from-env");
    assert.match(printed.out, /runbook_url: "https:\/\/example\.org\/a#orknoleader/);
    const one = await ork("generate", "dashboards", "katalog.yaml", "--as", "box", "--box", "widget", "-o", "-");
    assert.equal(JSON.parse(one.out).title, "Ork / demo / widget");
    const written = await ork("generate", "dashboards", "-f", "katalog.yaml", "-o", "monitoring", "-n", "mon");
    assert.deepEqual([written.code, written.out], [0, ""]);
    assert.deepEqual([...Deno.readDirSync("monitoring/dashboards")].map(({ name }) => name).sort(), [
      "overview.json",
      "widget.box.json",
    ]);
    for (
      const args of [[], ["--as", "nope"], ["--as", "box", "--box", "other"], ["--as", "rules", "--runbooks", "x"]]
    ) {
      assert.equal((await ork("generate", "dashboards", ...args)).code, 2, args.join(" "));
    }
  }, { env: { ORK_NAMESPACE: "from-env" } });
});
