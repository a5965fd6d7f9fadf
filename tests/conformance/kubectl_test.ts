import assert from "node:assert/strict";
import { join } from "node:path";
import { serveSandbox } from "../../src/sandbox/mod.ts";
import { freshSandbox } from "./server.ts";

/** The machine's own kubectl; `undefined` when there is none. */
async function findKubectl(): Promise<string | undefined> {
  const folders = [Deno.env.get("KUBEBUILDER_ASSETS") ?? "", ...(Deno.env.get("PATH") ?? "").split(":")];
  for (const folder of folders) {
    if (folder === "") continue;
    try {
      if ((await Deno.stat(join(folder, "kubectl"))).isFile) return join(folder, "kubectl");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
    }
  }
  return undefined;
}

const kubectlPath = await findKubectl();

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

class Kubectl implements AsyncDisposable {
  readonly #home: string;
  readonly #stop: () => Promise<void>;

  constructor(home: string, stop: () => Promise<void>) {
    this.#home = home;
    this.#stop = stop;
  }

  /** kubectl with a sandbox of its own and an empty home. */
  static async start(): Promise<Kubectl> {
    const sandbox = freshSandbox();
    const served = await serveSandbox(sandbox, {});
    const home = await Deno.makeTempDir({ prefix: "ork-kubectl-" });
    await Deno.writeTextFile(join(home, "config"), served.kubeconfig());
    return new Kubectl(home, async () => {
      await served.stop();
      await sandbox[Symbol.asyncDispose]();
    });
  }

  async send(args: string, input?: string): Promise<Outcome> {
    const child = new Deno.Command(kubectlPath!, {
      args: args.split(" ").map((arg) => arg.replaceAll("+", " ")),
      clearEnv: true,
      env: { HOME: this.#home, KUBECONFIG: join(this.#home, "config"), PATH: Deno.env.get("PATH") ?? "" },
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(30_000),
    }).spawn();
    if (input !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(input));
      await writer.close();
    }
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
  }

  /** The output of a command that succeeds. A `+` in an argument stands for a blank. */
  async run(args: string, input?: string): Promise<string> {
    const { code, out, err } = await this.send(args, input);
    assert.equal(code, 0, `kubectl ${args}: ${err}${out}`);
    return out;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await Deno.remove(this.#home, { recursive: true });
  }
}

function kubectlTest(name: string, run: (kubectl: Kubectl) => Promise<void>): void {
  const ignore = kubectlPath === undefined;
  Deno.test({
    name: ignore ? `${name} (there is no kubectl in KUBEBUILDER_ASSETS and PATH)` : name,
    ignore,
    async fn() {
      await using kubectl = await Kubectl.start();
      await run(kubectl);
    },
  });
}

const deployment = (image = "nginx:1") => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: nginx, image: "${image}", ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`;

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: websites.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: websites, kind: Website, shortNames: [ws], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
    additionalPrinterColumns: [{name: Image, type: string, jsonPath: .spec.image}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [image]
            properties:
              image: {type: string, description: What to serve.}
              replicas: {type: integer, default: 1}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
`;

kubectlTest("kubectl finds out what the sandbox serves", async (kubectl) => {
  const version = await kubectl.run("version -o json");
  assert.match(JSON.parse(version).serverVersion.gitVersion, /^v1\./);
  const resources = await kubectl.run("api-resources --no-headers");
  assert.match(resources, /^deployments +deploy +apps\/v1 +true +Deployment$/m);
  assert.match(await kubectl.run("api-versions"), /^apps\/v1$/m);
  assert.match(await kubectl.run("explain deployment.spec.strategy"), /rollingUpdate\s+<RollingUpdateDeployment>/);
  assert.match(await kubectl.run("get --raw /readyz"), /ok/);
});

kubectlTest("kubectl applies, client- and server-side, and shows in every form", async (kubectl) => {
  assert.equal(await kubectl.run("apply -f -", deployment()), "deployment.apps/web created\nservice/web created\n");
  assert.equal(await kubectl.run("apply -f -", deployment()), "deployment.apps/web unchanged\nservice/web unchanged\n");
  assert.equal(
    await kubectl.run("apply -f -", deployment("nginx:2")),
    "deployment.apps/web configured\nservice/web unchanged\n",
  );
  assert.match(await kubectl.run("diff -f -", deployment("nginx:2")), /^$/);
  await kubectl.run("rollout status deployment/web --timeout=20s");
  await kubectl.run("wait --for=condition=Available deployment/web --timeout=20s");
  assert.match(await kubectl.run("get deployments"), /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2\/2 +2 +2 +/);
  assert.match(await kubectl.run("get deploy,svc -o wide"), /nginx +nginx:2 +app=web/);
  assert.match(await kubectl.run("get pods"), /^web-\w+-\w{5} +1\/1 +Running +0 /m);
  assert.equal(await kubectl.run("get deploy -o name"), "deployment.apps/web\n");
  assert.match(await kubectl.run("get svc web -o yaml"), /^ {2}clusterIP: 10\.0\./m);
  assert.equal(JSON.parse(await kubectl.run("get deploy -o json")).items[0].kind, "Deployment");
  assert.equal(await kubectl.run("get deploy web -o jsonpath={.spec.replicas}"), "2");
  const server = await kubectl.run("apply --server-side -f -", deployment("nginx:3"));
  assert.equal(server, "deployment.apps/web serverside-applied\nservice/web serverside-applied\n");
  const managed = await kubectl.run("get deploy web -o yaml --show-managed-fields");
  assert.match(managed, /operation: Apply/);
});

kubectlTest("kubectl server-side apply reports conflicts", async (kubectl) => {
  await kubectl.run("create configmap shared --from-literal=key=theirs");
  const mine = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\ndata: {key: mine}\n";
  const refused = await kubectl.send("apply --server-side -f -", mine);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /conflict with "kubectl-create" using v1: \.data\.key/);
  await kubectl.run("apply --server-side --force-conflicts -f -", mine);
});

kubectlTest("kubectl patches, labels, annotates, scales, replaces and edits", async (kubectl) => {
  await kubectl.run("apply -f -", deployment());
  await kubectl.run(`patch deploy web --type=merge -p {"spec":{"minReadySeconds":0}}`);
  await kubectl.run(`patch deploy web --type=json -p [{"op":"replace","path":"/spec/replicas","value":3}]`);
  await kubectl.run(
    `patch deploy web -p {"spec":{"template":{"spec":{"containers":[{"name":"nginx","image":"nginx:9"}]}}}}`,
  );
  await kubectl.run("label deploy web tier=front");
  await kubectl.run("annotate deploy web note=here");
  await kubectl.run("scale deploy web --replicas=1");
  await kubectl.run("set image deploy/web nginx=nginx:10");
  // `replace` reads the version before it writes: during the rollout its status may come in between.
  await kubectl.run("rollout status deployment/web --timeout=20s");
  const object = JSON.parse(await kubectl.run("get deploy web -o json"));
  assert.equal(object.spec.replicas, 1);
  assert.equal(object.spec.template.spec.containers[0].image, "nginx:10");
  assert.equal(object.metadata.labels.tier, "front");
  assert.equal(object.metadata.annotations.note, "here");
  object.spec.replicas = 2;
  delete object.metadata.resourceVersion;
  assert.match(await kubectl.run("replace -f -", JSON.stringify(object)), /replaced/);
  assert.match(await kubectl.run("describe deploy web"), /Replicas: +2 desired/);
});

kubectlTest("kubectl creates from flags, which it sends as protobuf", async (kubectl) => {
  for (
    const args of [
      "create deployment web --image=nginx:1 --replicas=2 --port=80",
      "create configmap c --from-literal=a=b",
      "create secret generic s --from-literal=a=b",
      "create job j --image=busybox -- true",
      "create cronjob cj --image=busybox --schedule=*/5+*+*+*+* -- date",
      "create ingress i --rule=a.example.com/*=web:80",
      "create poddisruptionbudget p --selector=app=web --min-available=1",
      "create quota q --hard=pods=3,cpu=500m",
      "create namespace team",
      "expose deployment web --port=80",
      "autoscale deployment web --max=3",
      "run one --image=nginx --env=A=b --labels=x=y",
    ]
  ) await kubectl.run(args);
  const object = JSON.parse(await kubectl.run("get deploy web -o json"));
  assert.equal(object.spec.template.spec.containers[0].ports[0].containerPort, 80);
  assert.equal(await kubectl.run("get secret s -o jsonpath={.data.a}"), "Yg==");
  assert.equal(await kubectl.run("get quota q -o jsonpath={.spec.hard.cpu}"), "500m");
  assert.equal(await kubectl.run("get pdb p -o jsonpath={.spec.minAvailable}"), "1");
  await kubectl.run("wait --for=condition=complete job/j --timeout=20s");
});

kubectlTest("kubectl works with custom resources as they come and go", async (kubectl) => {
  await kubectl.run("apply -f -", definition);
  await kubectl.run("wait --for=condition=Established crd/websites.example.com --timeout=20s");
  const website = "apiVersion: example.com/v1\nkind: Website\nmetadata: {name: a}\nspec: {image: nginx}\n";
  assert.match(await kubectl.run("apply -f -", website), /created/);
  assert.match(await kubectl.run("get ws"), /^NAME +IMAGE\na +nginx\n$/);
  assert.match(await kubectl.run("explain website.spec.image"), /What to serve/);
  await kubectl.run("scale ws a --replicas=3");
  await kubectl.run(`patch ws a --subresource=status --type=merge -p {"status":{"replicas":3}}`);
  assert.equal(await kubectl.run("get ws a -o jsonpath={.spec.replicas}/{.status.replicas}"), "3/3");
  assert.match(await kubectl.run("get all"), /website\.example\.com\/a/);
  const refused = await kubectl.send("apply -f -", website.replace("image: nginx", "imag: nginx"));
  assert.equal(refused.code, 1);
  assert.match(refused.err, /unknown field "spec\.imag"/);
  await kubectl.run("delete crd websites.example.com --timeout=20s");
  assert.equal((await kubectl.send("get ws")).code, 1);
});

kubectlTest("kubectl watches and waits", async (kubectl) => {
  await kubectl.run("apply -f -", deployment());
  const watching = kubectl.run("get deploy web --watch --request-timeout=2s -o name");
  await kubectl.run("wait --for=jsonpath={.status.availableReplicas}=2 deploy/web --timeout=20s");
  assert.match(await watching, /^deployment\.apps\/web$/m);
  await kubectl.run("delete deploy web --wait --timeout=20s");
  await kubectl.run("wait --for=delete pod -l app=web --timeout=20s");
});

kubectlTest("kubectl gets clear errors for what a sandbox cannot do", async (kubectl) => {
  await kubectl.run("run one --image=nginx");
  const logs = await kubectl.send("logs one");
  assert.equal(logs.code, 1);
  assert.match(logs.err, /the sandbox runs no containers/);
  const missing = await kubectl.send("get deploy none");
  assert.match(missing.err, /deployments\.apps "none" not found/);
});
