import assert from "node:assert/strict";
import { loadKatalog } from "../katalog/mod.ts";
import { builtInSchemas } from "./built_in_schemas.ts";

/** What is said of `custom` children, as `line:column message (hint)`; the first child begins in line 1. */
function saidOf(children: string): string[] {
  const head = [
    "apiVersion: orkestra.orkspace.io/v1",
    "kind: Katalog",
    "metadata: {name: k}",
    "spec:",
    "  crds:",
    "    shop:",
    "      apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}",
    "      operatorBox:",
    "        onReconcile:",
    "          custom:",
  ];
  const text = `${head.join("\n")}\n${children.replace(/^(?=.)/gm, "          ")}`;
  const { findings } = loadKatalog(
    [{ path: "k.yaml", bytes: new TextEncoder().encode(text) }],
    () => undefined,
    builtInSchemas,
  );
  return findings.map(({ line, column, message, hint }) =>
    `${line - head.length}:${column - 10} ${message}${hint === undefined ? "" : ` (${hint})`}`
  );
}

Deno.test("builtInSchemas find misspelt and mistyped fields of built-in kinds, at their place", () => {
  assert.deepEqual(
    saidOf(`- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: "{{ .metadata.name }}"}
  spec:
    replica: 3
    minReadySeconds: "5"
    paused: "{{ .spec.paused }}"
    selector: {matchLabels: {app: 1}}
    template:
      spec:
        containers:
        - {name: c, image: "{{ .spec.image }}", port: 80}
        - name: d
          livenessProbe: {httpGet: {port: http}, tcpSocket: {port: 80}}
          resources: {limits: {cpu: 1, memory: 1Gi}, request: {}}
        volumes:
        - {name: v, emptyDir: {sizeLimit: true}}
`),
    [
      '5:5 Deployment has no field "replica" here (did you mean "replicas"?)',
      '6:22 Expected a whole number, as the schema of Deployment says, found "5" (remove the quotes)',
      '8:35 Expected text, as the schema of Deployment says, found 1 (put it in quotes: "1")',
      '12:49 Deployment has no field "port" here (did you mean "ports"?)',
      '15:54 Deployment has no field "request" here (did you mean "requests"?)',
      "17:43 Expected text or a number, as the schema of Deployment says, found true",
    ],
  );
});

Deno.test("builtInSchemas leave alone what a kind takes", () => {
  assert.deepEqual(
    saidOf(`- apiVersion: v1
  kind: ConfigMap
  metadata: {name: "{{ .metadata.name }}-a"}
  data: {a: text, b: "{{ .spec.b }}"}
  immutable: true
- apiVersion: apiextensions.k8s.io/v1
  kind: CustomResourceDefinition
  metadata: {name: "{{ .metadata.uid }}"}
  spec:
    versions:
    - name: v1
      schema: {openAPIV3Schema: {type: object, properties: {a: {type: integer, default: 3, enum: [1, 3], nullable: true}}}}
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: "{{ .metadata.name }}-b"}
  spec: {ingress: [{ports: [{port: 80}, {port: http}]}]}
- apiVersion: v1
  kind: Secret
  metadata: {name: "{{ .metadata.name }}-e"}
  data:
    a: aGVsbG8=
    b: |
      aGVs
      bG8=
    c: "{{ .spec.c }}"
- apiVersion: apps/v1beta1
  kind: Deployment
  metadata: {name: "{{ .metadata.name }}-c"}
  spec: {of: {another: version}}
- apiVersion: rbac.authorization.k8s.io/v1
  kind: Role
  metadata: {name: "{{ .metadata.name }}-d"}
  rules: "{{ .spec.rules }}"
`),
    [],
  );
});

Deno.test("builtInSchemas know the formats of texts", () => {
  assert.ok(builtInSchemas.matchesFormat("ipv4", "10.0.0.1"));
  assert.ok(!builtInSchemas.matchesFormat("ipv4", "10.0.0"));
  assert.ok(builtInSchemas.matchesFormat("whatever", "x"));
  assert.equal(builtInSchemas.resolve("#/components/schemas/none"), undefined);
});
