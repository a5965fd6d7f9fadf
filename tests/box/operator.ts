import type { BoxMessage } from "../../src/box/mod.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { type Runtime, startRuntime } from "../../src/runtime/mod.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { RequestFailed, type Stage } from "../katalogs/stage.ts";
import { realClock } from "../support/clock.ts";
import { sandboxHost } from "../support/sandbox_host.ts";
import { waitFor } from "../support/wait_for.ts";

const userAgent = "ork-runtime/test";
export const demos = "/apis/demo.dev/v1/namespaces/default/demos";

/** A condition that another controller has set. */
export const othersCondition = {
  type: "Other",
  status: "True",
  reason: "R",
  message: "",
  lastTransitionTime: "2026-01-01T00:00:00Z",
};

/** An operator on a sandbox of its own, for one kind `Demo`. */
export interface Operator extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly request: Stage["request"];
  readonly told: readonly BoxMessage[];
  /** Applies a Demo with this spec. */
  demo(name: string, spec: unknown): Promise<void>;
  get(path: string): Promise<KubeObject | undefined>;
  /** Waits for an object that `is` accepts. */
  until(path: string, is: (object: KubeObject) => boolean): Promise<KubeObject>;
  /** Waits for so many more passes that change nothing. */
  idle(passes: number): Promise<void>;
  /** Requests of the operator since the last call, watches left out. */
  calls(): string[];
}

/**
 * `box` is the body of `operatorBox`, `more` what stands beside it; the schema is that of Demo's spec and status.
 * `between` stands between the operator and its API server.
 */
export async function operatorFor(
  katalog: { box: string; more?: string; resync?: string },
  crd: { schema?: Record<string, unknown>; status?: boolean } = {},
  between: (request: Request, forward: () => Promise<Response>) => Promise<Response> = (_request, forward) => forward(),
): Promise<Operator> {
  const sandbox = createSandbox({ clock: realClock });
  const request = sandboxRequest(sandbox);
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  await request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "demos.demo.dev" },
    spec: {
      group: "demo.dev",
      scope: "Namespaced",
      names: { kind: "Demo", plural: "demos", singular: "demo" },
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        ...(crd.status === false ? {} : { subresources: { status: {} } }),
        schema: { openAPIV3Schema: { type: "object", properties: { spec: open, status: crd.schema ?? open } } },
      }],
    },
  });
  const text = `
apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: test }
spec:
  crds:
    demo:
      apiTypes: { group: demo.dev, version: v1, kind: Demo, plural: demos }
${indented(katalog.more ?? "", 6)}
      operatorBox:
        reconciler: { resync: ${katalog.resync ?? "200ms"} }
${indented(katalog.box, 8)}
`;
  const { findings, katalog: loaded } = loadKatalog(
    [{ path: "katalog.yaml", bytes: new TextEncoder().encode(text) }],
    () => undefined,
  );
  if (loaded === undefined) throw new Error(`The Katalog of the test is broken: ${Deno.inspect(findings)}`);
  const told: BoxMessage[] = [];
  const runtime: Runtime = startRuntime({
    plan: derivePlan(loaded),
    host: sandboxHost(sandbox, {
      userAgent,
      tellsIdle: true,
      fetch: (url, init) => {
        const call = new Request(url, init);
        return between(call, () => sandbox.fetch(call));
      },
    }),
    report: (message) => void told.push(message),
  });
  await runtime.ready;
  let seen = sandbox.requests.total;
  const isIdle = (message: BoxMessage) => message.type === "pass" && message.changes.length === 0;
  return {
    sandbox,
    request,
    told,
    async demo(name, spec) {
      const object = { apiVersion: "demo.dev/v1", kind: "Demo", metadata: { name }, spec };
      await request("PATCH", `${demos}/${name}?fieldManager=user`, object, "application/apply-patch+yaml");
    },
    async get(path) {
      try {
        return await request("GET", path);
      } catch (error) {
        if (error instanceof RequestFailed && error.status === 404) return undefined;
        throw error;
      }
    },
    async until(path, is) {
      let last: KubeObject | undefined;
      return await waitFor(`${path} is as wanted`, async () => {
        last = await request("GET", path);
        return is(last) ? last : undefined;
      }, { timeoutMs: 10_000, explain: () => last });
    },
    async idle(passes) {
      const before = told.filter(isIdle).length;
      await waitFor(`${passes} idle passes`, () => told.filter(isIdle).length >= before + passes);
    },
    calls() {
      const fresh = sandbox.requests.total - seen;
      seen = sandbox.requests.total;
      return sandbox.requests.list().slice(-fresh || Infinity).filter((item) =>
        item.userAgent === userAgent && !item.watch
      )
        .map((item) =>
          `${item.verb} ${item.resource}${item.subresource === "" ? "" : `/${item.subresource}`} ${item.name}`
        );
    },
    async [Symbol.asyncDispose]() {
      await runtime.stop(1000);
      await sandbox.stop();
    },
  };
}

function indented(text: string, columns: number): string {
  return text.trim() === "" ? "" : text.trim().split("\n").map((line) => " ".repeat(columns) + line).join("\n");
}
