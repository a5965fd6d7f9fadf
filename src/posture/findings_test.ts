import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { formatFinding } from "../base/finding.ts";
import { loadKatalog } from "../katalog/mod.ts";
import { derivePlan } from "../plan/mod.ts";
import { compileKinds } from "../policy/mod.ts";
import { postureFindings } from "./findings.ts";
import type { PostureFinding } from "./finding.ts";
import { postureRules } from "./rules.ts";

/** Findings of a Katalog `k.yaml`: from line 6 on its entries of `spec.crds`, after `more` at the top level. */
function findingsOf(crds: string, more = ""): PostureFinding[] {
  const text = `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: demo}\n${more}spec:\n  crds:\n${
    crds.replace(/^(?=.)/gm, "    ")
  }`;
  const { katalog, findings } = loadKatalog(
    [{ path: "k.yaml", bytes: new TextEncoder().encode(text) }],
    () => undefined,
  );
  ok(katalog !== undefined, findings.map(formatFinding).join("\n"));
  return postureFindings(katalog, derivePlan(katalog), compileKinds(katalog));
}

/** `id level line:column message` */
function described(findings: readonly PostureFinding[]): string[] {
  return findings.map(({ id, level, line, column, message }) => `${id} ${level} ${line}:${column} ${message}`);
}

interface Box {
  /** Lines of `operatorBox`. */
  readonly box: string;
  /** Lines beside it. */
  readonly more?: string;
  /** Schema of `spec`, in flow style. */
  readonly schema?: string;
  /** False: the CRD has no status subresource; only with a schema. */
  readonly hasStatus?: boolean;
  /** At the top level of the Katalog. */
  readonly security?: string;
}

/** Findings of one entry `shop` of a namespaced kind: `operatorBox` begins in line 9 with a schema, else in line 8. */
function findingsOfBox({ box, more = "", schema, hasStatus = true, security = "" }: Box): PostureFinding[] {
  const types = "apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops";
  const known = schema === undefined
    ? ""
    : `, hasStatus: ${hasStatus}, schema: {type: object, properties: {status: {type: object, x-kubernetes-preserve-unknown-fields: true}, spec: {type: object, properties: ${schema}}}}`;
  return findingsOf(
    `shop:\n  ${types}${known}}\n${more.replace(/^(?=.)/gm, "  ")}  operatorBox:\n${box.replace(/^(?=.)/gm, "    ")}`,
    security,
  );
}

function idsOf(given: Box): string[] {
  return findingsOfBox(given).map(({ id, level }) => `${id} ${level}`);
}

const deployment = (fields: string): string =>
  `onReconcile:
  deployments:
    - name: "{{ .metadata.name }}"
      image: example.com/a:1
${fields.replace(/^(?=.)/gm, "      ")}
`;

const customChild = (kind: string, apiVersion: string, body: string): string =>
  `onReconcile:
  custom:
    - apiVersion: ${apiVersion}
      kind: ${kind}
${body.replace(/^(?=.)/gm, "      ")}
`;

/** A Deployment, and a call before it. */
const calling = (call: string, fields = ""): string =>
  `${deployment(fields).trimEnd()}
  external:
    - ${call}
`;

const credential = "{secretRef: {namespace: tools, name: flags, key: token}}";

/** What must be found, and that nothing else is. */
const attacks: readonly (readonly [string, Box, readonly string[]])[] = [
  ["an ordinary Deployment", { box: deployment("") }, []],
  ["a ServiceAccount from the spec", { box: deployment('serviceAccountName: "{{ .spec.account }}"') }, [
    "service-account-from-cr warning",
  ]],
  ["a ServiceAccount that is called like the CR", { box: deployment('serviceAccountName: "{{ .metadata.name }}"') }, [
    "service-account-from-cr warning",
  ]],
  ["a ServiceAccount with a fixed end", { box: deployment('serviceAccountName: "{{ .metadata.name }}-runner"') }, []],
  ["a ServiceAccount with a fixed beginning by printf", {
    box: deployment(`serviceAccountName: '{{ printf "shop-%s" .spec.account }}'`),
  }, []],
  ["a ServiceAccount that a field chooses, and does not name", {
    box: deployment(`serviceAccountName: '{{ if eq .spec.tier "gold" }}fast{{ else }}slow{{ end }}'`),
  }, []],
  ["a ServiceAccount by ternary and eq", {
    box: deployment(`serviceAccountName: '{{ ternary (eq .spec.tier "gold") "fast" "slow" }}'`),
  }, []],
  ["a ServiceAccount from an annotation", {
    box: deployment(`serviceAccountName: '{{ index .metadata.annotations "a.example.org/account" }}'`),
  }, ["service-account-from-cr warning"]],
  ["the namespace of the CR is not its author's", {
    box: deployment('serviceAccountName: "{{ .metadata.namespace }}"'),
  }, []],
  ["a ServiceAccount by a variable and a pipe", {
    box: deployment(`serviceAccountName: '{{ $x := .spec.a }}{{ $x | toLower }}'`),
  }, ["service-account-from-cr warning"]],
  ["image pull secrets", { box: deployment('imagePullSecrets: ["{{ .spec.pull }}"]') }, [
    "image-pull-secret-from-cr warning",
  ]],
  ["a Secret in a variable", {
    box: deployment(
      'env: [{name: A, valueFrom: {secretKeyRef: {name: "{{ .spec.secret }}", key: password}}}]',
    ),
  }, ["secret-from-cr warning"]],
  ["all keys of a Secret", { box: deployment('envFrom: {secretRef: [{name: "{{ .spec.secret }}"}]}') }, [
    "secret-from-cr warning",
  ]],
  ["a Secret as a volume", {
    box: deployment(
      'volumes: [{name: a, secret: {name: "{{ .spec.secret }}"}}]\nvolumeMounts: [{name: a, mountPath: /a}]',
    ),
  }, ["secret-from-cr warning"]],
  ["a path of the node", {
    box: deployment(
      'volumes: [{name: a, hostPath: {path: "{{ .spec.path }}"}}]\nvolumeMounts: [{name: a, mountPath: /a}]',
    ),
  }, ["host-path-from-cr error"]],
  ["a volume of a storage", {
    box: `onReconcile:
  persistentVolumes:
    - name: "{{ .metadata.namespace }}-{{ .metadata.name }}"
      capacity: 1Gi
      csiDriver: disks.example.org
      csiVolumeHandle: "{{ .spec.disk }}"`,
  }, ["cluster-scoped-child warning", "far-name-from-cr warning", "volume-from-cr error"]],
  ["a workload to be scaled", {
    box: `onReconcile:
  hpa:
    - scaleTargetRef: { name: "{{ .spec.target }}" }
      maxReplicas: "3"`,
  }, ["scale-target-from-cr warning"]],
  ["a fixed path of the node", {
    box: deployment("volumes: [{name: a, hostPath: {path: /var/run}}]\nvolumeMounts: [{name: a, mountPath: /a}]"),
  }, ["host-access warning"]],
  ["a privilege from the spec", {
    box: deployment('securityContext: {allowPrivilegeEscalation: "{{ .spec.escalate }}"}'),
  }, ["pod-security-from-cr warning"]],
  ["a capability from the spec", { box: deployment('securityContext: {capabilities: {add: ["{{ .spec.cap }}"]}}') }, [
    "pod-security-from-cr warning",
  ]],
  ["strong capabilities", { box: deployment("securityContext: {capabilities: {add: [SYS_ADMIN, CHOWN]}}") }, [
    "host-access warning",
  ]],
  ["an element of a list", {
    box: `onReconcile:
  deployments:
    - name: "{{ .metadata.name }}-{{ .job.name }}"
      forEach: {field: spec.jobs, as: job}
      image: example.com/a:1
      serviceAccountName: "{{ .job.account }}"
`,
  }, ["service-account-from-cr warning"]],
  // What the Katalog itself sets, or made of the status.
  ["a field that mutation overrides", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    more: "mutation: {rules: [{field: spec.account, override: runner}]}\n",
  }, []],
  ["a field that mutation overrides under a condition", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    more: 'mutation: {rules: [{field: spec.account, override: runner, when: [{field: spec.a, equals: "b"}]}]}\n',
  }, ["service-account-from-cr warning"]],
  ["a field that normalize makes of another", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    more: 'normalize: {spec: {account: "a-{{ .spec.tier }}"}}\n',
  }, ["service-account-from-cr warning"]],
  ["a field that normalize sets", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    more: `normalize: {spec: {account: '{{ if eq .spec.tier "a" }}x{{ else }}y{{ end }}'}}\n`,
  }, []],
  ["by way of the status", {
    box: `${
      deployment('serviceAccountName: "{{ .status.account }}"')
    }status: {fields: [{path: account, value: "{{ .spec.account }}"}]}\n`,
  }, ["service-account-from-cr warning"]],
  ["a status that the CR does not decide", {
    box: `${
      deployment('serviceAccountName: "{{ .status.account }}"')
    }status: {fields: [{path: account, value: fixed}]}\n`,
  }, []],
  ["a status without a subresource", {
    box: deployment('serviceAccountName: "{{ .status.account }}"'),
    schema: "{account: {type: string}}",
    hasStatus: false,
  }, ["service-account-from-cr warning"]],
  // What bounds a choice.
  ["an enum of the schema", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    schema: "{account: {type: string, enum: [a, b]}}",
  }, ["service-account-from-cr note"]],
  ["a pattern of the schema that names values", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    schema: '{account: {type: string, pattern: "^team-[a-z]+$"}}',
  }, ["service-account-from-cr note"]],
  ["a pattern of the schema that any name passes", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    schema: '{account: {type: string, pattern: "^[-a-z0-9.]+$"}}',
  }, ["service-account-from-cr warning"]],
  ["a rule with in", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    more: 'validation: {rules: [{field: spec.account, in: "a,b"}]}\n',
  }, ["service-account-from-cr note"]],
  ["a rule with in that the CR fills", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    more: 'validation: {rules: [{field: spec.account, in: "{{ .spec.all }}"}]}\n',
  }, ["service-account-from-cr warning"]],
  ["a rule that only warns", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    more: 'validation: {rules: [{field: spec.account, in: "a,b", action: warn}]}\n',
  }, ["service-account-from-cr warning"]],
  ["a rule under a condition", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    more: 'validation: {rules: [{field: spec.account, in: "a,b", when: [{field: spec.c, exists: true}]}]}\n',
  }, ["service-account-from-cr warning"]],
  ["an anchored pattern", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    more: 'validation: {rules: [{field: spec.account, regex: "^team-[a-z]+$"}]}\n',
  }, ["service-account-from-cr note"]],
  ["a pattern that is not anchored", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    more: 'validation: {rules: [{field: spec.account, regex: "[a-z]"}]}\n',
  }, ["service-account-from-cr warning"]],
  ["a rule about another field", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    more: 'validation: {rules: [{field: spec.other, in: "a,b"}]}\n',
  }, ["service-account-from-cr warning"]],
  ["a condition of the entry", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"\nwhen: [{field: spec.account, in: "a,b"}]'),
  }, ["service-account-from-cr note"]],
  ["one of several conditions of the entry", {
    box: deployment(
      'serviceAccountName: "{{ .spec.account }}"\nor: [{field: spec.account, in: "a,b"}, {field: spec.c, exists: true}]',
    ),
  }, ["service-account-from-cr warning"]],
  ["a rule for the Gateway alone, which lets pass what it did not see", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    more: 'validation: {rules: [{field: spec.account, in: "a,b", fires: {reconcile: false}}]}\n',
    security: "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n",
  }, ["rule-skipped-when-down warning", "service-account-from-cr warning"]],
  ["a rule for the Gateway alone, which refuses what it did not see", {
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    more: 'validation: {rules: [{field: spec.account, in: "a,b", fires: {reconcile: false}}]}\n',
    security: "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}, failurePolicy: Fail}}\n",
  }, ["service-account-from-cr note"]],
  ["a rule that the Gateway leaves alone", {
    box: deployment(""),
    more:
      'webhooks: {validation: false}\nvalidation: {rules: [{field: spec.a, in: "a,b", fires: {reconcile: false}}]}\n',
    security: "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n",
  }, ["rule-not-enforced warning"]],
  // Where children are.
  ["a namespace from the CR, bounded by a glob", {
    box: deployment('namespace: "{{ .spec.namespace }}"'),
    more: 'allowedNamespaces: ["team-*"]\n',
  }, ["far-name-from-cr warning", "namespace-from-cr note"]],
  ["any namespace from the CR", {
    box: deployment('namespace: "{{ .spec.namespace }}"'),
    more: 'allowedNamespaces: ["*"]\n',
  }, ["far-name-from-cr warning", "namespace-from-cr warning", "system-namespace warning"]],
  ["any namespace but those of the system", {
    box: deployment('namespace: "{{ .spec.namespace }}"'),
    more: 'allowedNamespaces: ["*"]\n',
    security: 'security: {namespaceProtection: {restrictedNamespaces: ["kube-*", orkestra-system]}}\n',
  }, ["far-name-from-cr warning", "namespace-from-cr warning"]],
  ["a fixed namespace", {
    box: `onReconcile: {configMaps: [{name: shared, namespace: tools, data: {a: b}}]}\n`,
  }, []],
  ["a name in a fixed namespace", {
    box: `onReconcile: {configMaps: [{name: "{{ .spec.name }}", namespace: tools, data: {a: b}}]}\n`,
  }, ["far-name-from-cr warning"]],
  ["a name with a fixed end in a fixed namespace", {
    box:
      `onReconcile: {configMaps: [{name: "{{ .metadata.namespace }}-{{ .metadata.name }}-shop", namespace: tools, data: {a: b}}]}\n`,
  }, ["far-name-from-cr note"]],
  ["a namespace of the system", {
    box: `onReconcile: {configMaps: [{name: shared, namespace: kube-system, data: {a: b}}]}\n`,
  }, ["system-namespace warning"]],
  ["the CR's own namespace", {
    box:
      `onReconcile: {configMaps: [{name: "{{ .spec.name }}", namespace: "{{ .metadata.namespace }}", data: {a: b}}]}\n`,
  }, []],
  ["a cluster-scoped child", {
    box: customChild("Namespace", "v1", "metadata: {name: tools}\n"),
  }, ["cluster-scoped-child warning"]],
  ["a cluster-scoped child that the CR names", {
    box: customChild("Namespace", "v1", 'metadata: {name: "{{ .spec.tenant }}"}\n'),
  }, ["cluster-scoped-child warning", "far-name-from-cr warning"]],
  ["adoption of what the CR names", {
    box: `onReconcile: {configMaps: [{name: "{{ .spec.name }}", adopt: true, data: {a: b}}]}\n`,
  }, ["adopt-from-cr warning"]],
  ["adoption of what the CR names elsewhere", {
    box: `onReconcile: {configMaps: [{name: "{{ .spec.name }}", namespace: tools, adopt: true, data: {a: b}}]}\n`,
  }, ["adopt-from-cr error", "far-name-from-cr warning"]],
  ["adoption of a fixed name", { box: "onReconcile: {configMaps: [{name: shop, adopt: true, data: {a: b}}]}\n" }, []],
  // Kinds that grant.
  ["the rules of a Role", {
    box: customChild(
      "Role",
      "rbac.authorization.k8s.io/v1",
      'metadata: {name: "{{ .metadata.name }}"}\nrules:\n  - {apiGroups: [""], resources: ["{{ .spec.resource }}"], verbs: [get]}\n',
    ),
  }, ["may-escalate warning", "rbac-rules-from-cr error"]],
  ["all rules of a Role", {
    box: customChild(
      "Role",
      "rbac.authorization.k8s.io/v1",
      'metadata: {name: "{{ .metadata.name }}"}\nrules: "{{ .spec.rules }}"\n',
    ),
  }, ["may-escalate warning", "rbac-rules-from-cr error"]],
  ["which role is bound", {
    box: customChild(
      "RoleBinding",
      "rbac.authorization.k8s.io/v1",
      'metadata: {name: "{{ .metadata.name }}"}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "{{ .spec.role }}"}\nsubjects: [{kind: ServiceAccount, name: fixed, namespace: "{{ .metadata.namespace }}"}]\n',
    ),
  }, ["may-escalate warning", "rbac-role-from-cr error"]],
  ["who gets a role", {
    box: customChild(
      "RoleBinding",
      "rbac.authorization.k8s.io/v1",
      'metadata: {name: "{{ .metadata.name }}"}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}\nsubjects: [{kind: User, name: "{{ .spec.user }}"}]\n',
    ),
  }, ["may-escalate warning", "rbac-subject-from-cr warning"]],
  ["a webhook of the API server", {
    box: customChild(
      "ValidatingWebhookConfiguration",
      "admissionregistration.k8s.io/v1",
      'metadata: {name: shop}\nwebhooks: [{name: a.example.org, clientConfig: {url: "{{ .spec.url }}"}}]\n',
    ),
  }, ["cluster-scoped-child warning", "trust-domain warning", "address-from-cr warning"]],
  ["an external name", {
    box: customChild(
      "Service",
      "v1",
      'metadata: {name: "{{ .metadata.name }}"}\nspec: {type: ExternalName, externalName: "{{ .spec.host }}"}\n',
    ),
  }, ["address-from-cr warning"]],
  // Whole structures.
  ["a whole PodSpec", {
    box: customChild(
      "Pod",
      "v1",
      'metadata: {name: "{{ .metadata.name }}"}\nspec: "{{ .spec.pod }}"\n',
    ),
  }, ["structure-from-cr warning"]],
  ["a list of volumes", {
    box: customChild(
      "StatefulSet",
      "apps/v1",
      'metadata: {name: "{{ .metadata.name }}"}\nspec: {template: {spec: {volumes: "{{ .spec.volumes }}"}}}\n',
    ),
  }, ["structure-from-cr warning"]],
  ["all volumes of a Deployment", { box: deployment('volumes: "{{ .spec.volumes }}"') }, ["structure-from-cr warning"]],
  ["all variables of a Deployment", { box: deployment('env: "{{ .spec.env }}"') }, ["structure-from-cr warning"]],
  ["all volumes, of a field that is text", {
    box: deployment('volumes: "{{ .spec.volumes }}"'),
    schema: "{volumes: {type: string}}",
  }, []],
  ["all arguments of a Deployment", { box: deployment('args: "{{ .spec.args }}"') }, []],
  ["all image pull secrets", { box: deployment('imagePullSecrets: "{{ .spec.pull }}"') }, [
    "image-pull-secret-from-cr warning",
  ]],
  ["a structure that the schema makes text", {
    box: customChild(
      "Pod",
      "v1",
      'metadata: {name: "{{ .metadata.name }}"}\nspec: "{{ .spec.pod }}"\n',
    ),
    schema: "{pod: {type: string}}",
  }, []],
  ["text in the same place", {
    box: customChild(
      "Pod",
      "v1",
      'metadata: {name: "{{ .metadata.name }}"}\nspec: {containers: [{name: a, image: "{{ .spec.image }}"}]}\n',
    ),
  }, []],
  ["the ServiceAccount of a kind of another operator", {
    box: customChild(
      "Prometheus",
      "monitoring.example.org/v1",
      'metadata: {name: "{{ .metadata.name }}"}\nspec: {serviceAccountName: "{{ .spec.account }}"}\n',
    ),
  }, ["plural-guessed warning", "service-account-from-cr warning"]],
  ["data called like a field of Pods", {
    box: 'onReconcile: {configMaps: [{name: "{{ .metadata.name }}", data: {serviceAccountName: "{{ .spec.a }}"}}]}\n',
  }, []],
  ["all labels", { box: deployment('labels: "{{ .spec.labels }}"') }, ["metadata-from-cr warning"]],
  ["all annotations of an object of any kind", {
    box: customChild(
      "Ingress",
      "networking.k8s.io/v1",
      'metadata: {name: "{{ .metadata.name }}", annotations: "{{ .spec.a }}"}\n',
    ),
  }, ["metadata-from-cr warning"]],
  // Secrets.
  ["Secrets of all namespaces", {
    box: 'onReconcile: {secrets: [{name: "{{ .metadata.name }}", data: {a: b}}]}\n',
  }, ["secrets-everywhere warning"]],
  ["Secrets of one namespace", {
    box: 'onReconcile: {secrets: [{name: "{{ .metadata.name }}", data: {a: b}}]}\n',
    more: "namespace: team\n",
  }, ["secrets-everywhere note"]],
  ["a copy from another namespace, with a fixed beginning", {
    box:
      'onReconcile: {configMaps: [{name: "{{ .metadata.name }}", fromConfigMap: "shared-{{ .spec.a }}", fromNamespace: tools}]}\n',
  }, ["source-from-cr note"]],
  ["a copy of any ConfigMap of another namespace", {
    box:
      'onReconcile: {configMaps: [{name: "{{ .metadata.name }}-copy", fromConfigMap: "{{ .spec.a }}", fromNamespace: tools}]}\n',
  }, ["source-from-cr warning"]],
  // Other boxes and Runtimes.
  ["protection that an outage switches off", {
    box: deployment(""),
    security:
      "gateway: {}\nsecurity:\n  deletionProtection: {failurePolicy: Ignore}\n  namespaceProtection: {failurePolicy: Ignore, restrictedNamespaces: [kube-system]}\n",
  }, ["protection-skipped-when-down warning", "protection-skipped-when-down warning"]],
  ["a Runtime at an address of the node, with a token in the clear", {
    box: `${
      deployment("")
    }cross: [{crd: queue, selector: {name: a}, source: {host: "http://169.254.169.254", auth: {secretRef: {name: t, namespace: tools, key: token}}}}]\n`,
  }, ["internal-address warning", "token-in-clear warning"]],
  ["a Runtime at a loopback address that is written as a number", {
    box: `${deployment("")}cross: [{crd: queue, selector: {name: a}, source: {host: "http://2130706433:8080"}}]\n`,
  }, ["internal-address warning"]],
  ["a call to a fixed host", {
    box: calling('{name: flags, url: "https://flags.tools/v1/{{ .spec.team }}"}'),
  }, []],
  ["a call to any host", { box: calling('{name: flags, url: "https://{{ .spec.host }}/v1"}') }, [
    "url-from-cr warning",
  ]],
  ["a call to one of the hosts that a rule names", {
    box: calling('{name: flags, url: "https://{{ .spec.host }}/v1"}'),
    more: 'validation: {rules: [{field: spec.host, in: "a.tools,b.tools"}]}\n',
  }, ["url-from-cr note"]],
  ["a call with a credential, and a path of the author's", {
    box: calling(`{name: flags, url: "https://flags.tools/v1/{{ .spec.team }}", auth: ${credential}}`),
  }, ["url-from-cr warning"]],
  ["a call with a credential, and an escaped path", {
    box: calling(
      `{name: flags, url: "https://flags.tools/v1/{{ .spec.team | urlquery }}/{{ .metadata.name }}", auth: ${credential}}`,
    ),
  }, []],
  ["a call to the metadata service of a cloud", {
    box: calling('{name: flags, url: "http://169.254.169.254/latest/{{ .metadata.name }}"}'),
  }, ["internal-address warning"]],
  ["the response of a host that the author chooses", {
    box: calling(
      '{name: flags, url: "https://{{ .spec.host }}/v1"}',
      'serviceAccountName: "{{ .external.flags.json.a }}"',
    ),
  }, ["service-account-from-cr warning", "url-from-cr warning"]],
  ["the response of a fixed host", {
    box: calling('{name: flags, url: "https://flags.tools/v1"}', 'serviceAccountName: "{{ .external.flags.json.a }}"'),
  }, []],
  ["specs for everybody", { box: deployment(""), more: "crossAccess: true\n" }, ["specs-served note"]],
];

for (const [name, box, expected] of attacks) {
  Deno.test(`postureFindings() of ${name}`, () => {
    deepStrictEqual(idsOf(box).sort(), [...expected].sort());
  });
}

Deno.test("postureFindings() of what others' CRs decide", () => {
  const two = (namespace: string) =>
    `shop:
  apiTypes: {group: a.example.org, version: v1, kind: Shop, plural: shops}
  operatorBox:
    cross: [{crd: tenant, as: tenant, selector: ${namespace}}]
    onReconcile:
      deployments: [{name: "{{ .metadata.name }}", image: a, serviceAccountName: "{{ .cross.tenant.spec.account }}"}]
tenant:
  apiTypes: {group: a.example.org, version: v1, kind: Tenant, plural: tenants}
  operatorBox: {}
`;
  const own = findingsOf(two("{name: a}"));
  deepStrictEqual(described(own), [
    "service-account-from-cr warning 11:86 spec.account of tenant decides the ServiceAccount",
  ]);
  const any = findingsOf(two('{name: a, namespace: "{{ .spec.home }}"}'));
  deepStrictEqual(any.map(({ id, level }) => `${id} ${level}`), [
    "cross-from-cr warning",
    "service-account-from-cr warning",
  ]);
  const all = findingsOf(two('{namespace: "*", matchLabels: {a: b}}'));
  deepStrictEqual(all.map(({ id, level }) => `${id} ${level}`), [
    "cross-all-namespaces note",
    "service-account-from-cr warning",
  ]);
  const named = findingsOf(two('{name: "{{ .spec.tenant }}", namespace: tools}'));
  deepStrictEqual(named.map(({ id, level }) => `${id} ${level}`), [
    "cross-from-cr warning",
    "service-account-from-cr warning",
  ]);
});

Deno.test("postureFindings() says whether Secrets are only read", () => {
  const messages = (fields: string) =>
    findingsOfBox({ box: `onReconcile: {secrets: [{${fields}, data: {a: b}}]}\n` }).map(({ message }) => message);
  deepStrictEqual(messages('name: "{{ .metadata.name }}"'), [
    "The Runtime may read and write every Secret of all namespaces, since names come from CRs",
  ]);
  deepStrictEqual(messages("name: shared, namespace: tools"), [
    "The Runtime may read every Secret of tools, since RBAC binds a list neither to labels nor to names of CRs",
  ]);
});

Deno.test("a finding has the place of the text, its path, and what to do", () => {
  const [finding] = findingsOfBox({ box: deployment('serviceAccountName: "{{ .spec.account }}"') });
  deepStrictEqual({ ...finding, message: undefined }, {
    id: "service-account-from-cr",
    level: "warning",
    file: "k.yaml",
    line: 13,
    column: 35,
    path: "spec.crds.shop.operatorBox.onReconcile.deployments[0].serviceAccountName",
    message: undefined,
    hint:
      "write it out, give it a fixed beginning or end, or bound spec.account by an enum of the CRD or a rule with in",
  });
  const [bounded] = findingsOfBox({
    box: deployment('serviceAccountName: "{{ .spec.account }}"'),
    more: 'validation: {rules: [{field: spec.account, in: "a,b"}]}\n',
  });
  equal(
    bounded!.message,
    "spec.account decides the ServiceAccount, bounded by the rule at k.yaml:8 (spec.account must be one of a,b)",
  );
  equal(bounded!.hint, undefined);
});

Deno.test("every kind of finding has an id of its own, words, and a test that finds it", () => {
  equal(new Set(postureRules.map(({ id }) => id)).size, postureRules.length);
  for (const { id, summary, help } of postureRules) {
    match(id, /^[a-z]+(-[a-z]+)+$/);
    match(summary, /^[A-Z].*[^.]$/, id);
    match(help, /\.$/, id);
  }
  const tested = new Set(attacks.flatMap(([, , ids]) => ids.map((text) => text.split(" ")[0]!)));
  const elsewhere = ["cross-from-cr", "cross-all-namespaces", "role-in-made-namespace"];
  deepStrictEqual(
    postureRules.map(({ id }) => id as string).filter((id) => !tested.has(id) && !elsewhere.includes(id)),
    [],
  );
});
