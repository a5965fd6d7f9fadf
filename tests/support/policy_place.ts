import assert from "node:assert/strict";
import { type JsonMap, parseJson, stringifyJson } from "../../src/base/json.ts";
import type { Katalog } from "../../src/katalog/mod.ts";
import { compileKinds, policyObjects } from "../../src/policy/mod.ts";
import type { ClusterTest } from "./on_cluster.ts";
import { widgetDefinition } from "./policies.ts";
import { waitFor } from "./wait_for.ts";

/** What an API server responds. */
export interface Reply {
  readonly status: number;
  readonly body: JsonMap;
  /** Texts of the Warning headers. */
  readonly warnings: readonly string[];
}

const resources: Readonly<Record<string, string>> = {
  CustomResourceDefinition: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  ...Object.fromEntries(
    ["ValidatingAdmissionPolicy", "MutatingAdmissionPolicy"].flatMap((kind) => [
      [kind, `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase().replace(/y$/, "ies")}`],
      [`${kind}Binding`, `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}bindings`],
    ]),
  ),
};

/** Widgets of a group of their own on a real API server, and the policies that a test applies; disposing removes all. */
export class PolicyPlace implements AsyncDisposable {
  readonly group: string;
  readonly #test: ClusterTest;
  readonly #made: string[] = [];

  constructor(test: ClusterTest) {
    this.#test = test;
    this.group = `${test.namespace}.example`;
  }

  /** The CRD of Widget in this group. */
  get definition(): JsonMap {
    return widgetDefinition(this.group);
  }

  /** `metadata` of a Katalog whose policies have names of their own. */
  get metadata(): JsonMap {
    return { name: this.#test.namespace };
  }

  get widgets(): string {
    return `/apis/${this.group}/v1/namespaces/${this.#test.namespace}/widgets`;
  }

  widget(spec: JsonMap, metadata: JsonMap = {}): JsonMap {
    return { apiVersion: `${this.group}/v1`, kind: "Widget", metadata: { name: "a", ...metadata }, spec };
  }

  async send(method: string, path: string, body?: JsonMap, type = "application/json"): Promise<Reply> {
    const response = await this.#test.plane.adminFetch(path, {
      method,
      headers: { "content-type": type },
      ...(body === undefined ? {} : { body: stringifyJson(body) }),
    });
    const header = response.headers.get("warning") ?? "";
    const warnings = [...header.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text]) =>
      text!.replace(/\\(.)/g, "$1")
    );
    return { status: response.status, body: parseJson(await response.text()) as JsonMap, warnings };
  }

  /** Creates an object of one of the kinds above. */
  async make(object: JsonMap): Promise<void> {
    const path = resources[String(object["kind"])]!;
    const { status, body } = await this.send("POST", path, object);
    assert.equal(status, 201, `${stringifyJson(object)}: ${String(body["message"])}`);
    this.#made.push(`${path}/${String((object["metadata"] as JsonMap)["name"])}`);
  }

  /** The CRD, as soon as its objects can be created. */
  async define(definition = this.definition): Promise<void> {
    await this.make(definition);
    await waitFor("widgets are served", async () => (await this.send("GET", this.widgets)).status === 200);
  }

  /** All policies of a Katalog. */
  async apply(katalog: Katalog): Promise<void> {
    for (const { object } of policyObjects(katalog.name, compileKinds(katalog))) await this.make(object);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of this.#made.reverse()) await this.send("DELETE", path);
  }
}
