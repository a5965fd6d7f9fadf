import type { Between, Operator } from "../../box/operator.ts";
import { conditionOf, demos } from "../../box/operator.ts";
import { statusResponse } from "../../support/api_double.ts";
import type { WriteFault, WriteFaults } from "../../support/write_faults.ts";

/** One way in which things go wrong, or right, for one CR. */
export interface Way {
  /** What happens, as a sentence. */
  readonly what: string;
  /** Body of `operatorBox`. */
  readonly box: string;
  /** What stands beside it. */
  readonly more?: string;
  readonly reconciler?: string;
  readonly crd?: { readonly schema?: Record<string, unknown>; readonly status?: boolean };
  readonly kinds?: readonly string[];
  readonly between?: Between;
  /** The spec that it begins with; `{}` when absent. */
  readonly spec?: Record<string, unknown>;
  /** Writes of the object of this name fail so, from the start. */
  readonly fault?: readonly [name: string, fault: WriteFault];
  /** Before the CR is made. */
  readonly before?: (operator: Operator) => Promise<unknown>;
  /** Condition and reason that is waited for first; Ready True when absent. */
  readonly first?: readonly [type: string, reason: string];
  /** What happens then. */
  readonly then?: (operator: Operator, faults: WriteFaults) => Promise<unknown>;
  /** Condition and reason that is waited for in the end; as `first` when absent. */
  readonly last?: readonly [type: string, reason: string];
  /** How long Events and log are waited for when the golden is written anew. */
  readonly settleMs?: number;
  /** The CR is gone in the end. */
  readonly isGone?: boolean;
  readonly simulateWorkloads?: boolean;
  /** After which a request of the operator has no answer in time; half a minute when absent. */
  readonly requestMs?: number;
}

const core = "/api/v1/namespaces/default";
const merge = "application/merge-patch+json";

const two = `onReconcile:
  configMaps:
    - { name: settings, data: { colour: "{{ .spec.colour }}" } }
    - { name: limits, data: { size: "3" } }`;

/** An entry of a ConfigMap, beside one that is fine. */
const beside = (entry: string) => `onReconcile:
  configMaps:
    - { name: fine, data: { a: b } }
    - ${entry}`;

const failed = ["Synced", "ReconcileError"] as const;
const waiting = ["Synced", "Waiting"] as const;
const taken = ["Synced", "NameTaken"] as const;

/** The schema of a status whose `size` is a number. */
const sized = {
  type: "object",
  properties: {
    observedGeneration: { type: "integer" },
    size: { type: "integer" },
    conditions: { type: "array", items: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
  },
};

/** What the API server says without a right; `what` as in `list resource "secrets" in API group ""`. */
function forbidden(what: string): Response {
  const [, plural = ""] = /"([^"/]+)/.exec(what) ?? [];
  const group = /API group "([^"]*)"/.exec(what)?.[1] ?? "";
  const resource = group === "" ? plural : `${plural}.${group}`;
  const name = what.startsWith("list") ? "" : ' "shop"';
  const where = what.startsWith("list") ? "at the cluster scope" : 'in the namespace "default"';
  const message = `${resource}${name} is forbidden: User "system:serviceaccount:ork:ork" cannot ${what} ${where}`;
  const details = { name: name === "" ? undefined : "shop", group, kind: plural };
  return statusResponse(403, "Forbidden", { message, details });
}

const somebodys = (name: string, more: Record<string, unknown> = {}) => (operator: Operator) =>
  operator.request("POST", `${core}/configmaps?fieldManager=kubectl-create`, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, ...more },
    data: { theirs: "yes" },
  });

const refusals = Object.fromEntries(
  ([
    ["403", "Without the right to write a child"],
    ["404 resource", "The API server returns a 404 without an object"],
    ["404 object", "The API server returns a 404 for the object that is written"],
    ["409", "Every write of a child meets a conflict"],
    ["422", "The API server takes a child for invalid"],
    ["429", "The API server is too busy, and does not say for how long"],
    ["500", "An admission webhook cannot be reached"],
    ["timeout", "The API server does not answer"],
  ] as const).flatMap(([fault, what]): [string, Way][] => {
    const slug = fault.replace(" ", "_");
    const reason = fault === "404 resource" ? waiting : failed;
    const requestMs = fault === "timeout" ? 300 : 30_000;
    return [
      [`create_${slug}`, { what: `${what} (at its creation)`, box: two, fault: ["settings", fault], first: reason, requestMs }],
      [`update_${slug}`, {
        what: `${what} (at a change)`,
        box: two,
        spec: { colour: "red" },
        then: async (operator, faults) => {
          faults.set("settings", fault);
          await operator.demo("shop", { colour: "blue" });
        },
        last: reason,
        requestMs,
      }],
    ];
  }),
);

const drain = 'onDelete:\n  jobs: [{ name: "{{ .metadata.name }}-drain", image: app }]';

export const ways: Readonly<Record<string, Way>> = {
  created: { what: "All goes well", box: two, spec: { colour: "red" } },
  updated: {
    what: "The spec changes",
    box: two,
    spec: { colour: "red" },
    then: async (operator) => {
      await operator.demo("shop", { colour: "blue" });
      await operator.until(`${core}/configmaps/settings`, (object) => object["data"].colour === "blue");
      await operator.until(`${demos}/shop`, (cr) => cr["status"].observedGeneration === 2);
    },
  },
  recreated: {
    what: "The spec changes what cannot be changed in a child",
    box: `onReconcile:
  roleBindings: [{ name: access, roleRef: { name: "{{ .spec.role }}" }, subjects: [{ name: robot }] }]`,
    spec: { role: "reader" },
    then: async (operator) => {
      await operator.demo("shop", { role: "writer" });
      const path = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings/access";
      await operator.until(path, (object) => object["roleRef"].name === "writer");
      await operator.until(`${demos}/shop`, (cr) => cr["status"].observedGeneration === 2);
    },
  },
  switched_off: {
    what: "A condition turns false",
    box: beside('{ name: extra, data: { a: b }, when: [{ field: spec.extra, equals: "true" }] }'),
    spec: { extra: true },
    then: async (operator) => {
      await operator.demo("shop", { extra: false });
      await operator.untilGone(`${core}/configmaps/extra`);
      await operator.until(`${demos}/shop`, (cr) => cr["status"].observedGeneration === 2);
    },
  },
  drift: {
    what: "Somebody changes a child",
    box: two,
    spec: { colour: "red" },
    then: async (operator) => {
      const theirs = { data: { colour: "black" } };
      await operator.request("PATCH", `${core}/configmaps/settings?fieldManager=kubectl-edit`, theirs, merge);
      await operator.until(`${core}/configmaps/settings`, (object) => object["data"].colour === "red");
    },
  },
  immutable_field: {
    what: "A field that cannot be changed is declared otherwise, and then the child is deleted",
    box: `onReconcile:
  custom:
    - { apiVersion: v1, kind: ConfigMap, metadata: { name: settings }, immutable: true, data: { a: "{{ .spec.colour }}" } }`,
    spec: { colour: "red" },
    then: async (operator) => {
      await operator.demo("shop", { colour: "blue" });
      await operator.until(`${demos}/shop`, (cr) => conditionOf(cr, "Synced")?.status === "False");
      await operator.request("DELETE", `${core}/configmaps/settings`);
    },
    last: ["Ready", "Ready"],
  },
  contested: {
    what: "Somebody undoes every repair",
    box: two,
    spec: { colour: "red" },
    then: async (operator) => {
      for (let round = 0; round <= 10; round++) {
        await operator.until(`${core}/configmaps/settings`, (object) => object["data"].colour === "red");
        const theirs = { data: { colour: "black" } };
        await operator.request("PATCH", `${core}/configmaps/settings?fieldManager=their-operator`, theirs, merge);
      }
    },
    last: failed,
  },
  progressing: {
    what: "A Deployment is not ready yet",
    box: "onReconcile:\n  deployments: [{ name: web, image: 'app:1' }]",
    simulateWorkloads: false,
    first: ["Ready", "Progressing"],
  },
  ready_when: {
    what: "The box's readyWhen does not hold yet",
    box: `${two}\nstatus:\n  readyWhen: [{ field: status.phase, equals: Running }]`,
    spec: { colour: "red" },
    first: ["Ready", "Progressing"],
  },

  template: {
    what: "A template of an entry fails",
    box: beside('{ name: greeting, data: { text: "Hello {{ .spec.name.first }}" } }'),
    spec: { name: "Ada" },
    first: failed,
  },
  template_of_name: {
    what: "The template of a name fails",
    box: beside('{ name: "{{ index .spec.names 0 }}", data: { a: b } }'),
    spec: { names: [] },
    first: failed,
  },
  name_not_valid: {
    what: "A name renders to what is no name",
    box: beside('{ name: "{{ .spec.title }}", data: { a: b } }'),
    spec: { title: "My Shop" },
    first: failed,
  },
  value_not_valid: {
    what: "A value renders to what its field does not take",
    box: 'onReconcile:\n  deployments: [{ name: web, image: "app:1", replicas: "{{ .spec.size }}" }]',
    spec: { size: "large" },
    first: failed,
  },
  condition: {
    what: "The field of a condition fails",
    box: beside('{ name: europe, data: { a: b }, when: [{ field: "{{ index .spec.regions 0 }}", equals: eu }] }'),
    spec: { regions: [] },
    first: failed,
  },
  condition_not_a_number: {
    what: "A condition compares with what is no number",
    box: beside('{ name: big, data: { a: b }, when: [{ field: spec.size, greaterThan: "{{ .spec.least }}" }] }'),
    spec: { size: 5, least: "one" },
    first: failed,
  },
  for_each: {
    what: "forEach names what is no collection",
    box: beside('{ name: "one-{{ .item }}", data: { a: b }, forEach: { field: spec.regions } }'),
    spec: { regions: "eu" },
    first: failed,
  },
  clash: {
    what: "Two entries come to the same child",
    box: `onReconcile:
  configMaps:
    - { name: "{{ .spec.first }}", data: { a: b } }
    - { name: "{{ .spec.second }}", data: { c: d } }`,
    spec: { first: "same", second: "same" },
    first: failed,
  },
  several: {
    what: "Four entries fail at once",
    box: `onReconcile:
  configMaps: [{ name: "one-{{ .item }}", data: { a: "{{ .item.b.c }}" }, forEach: { field: spec.items } }]`,
    spec: { items: ["w", "x", "y", "z"] },
    first: failed,
  },
  waiting_and_failing: {
    what: "One entry waits, another fails",
    box: `onReconcile:
  configMaps:
    - { name: address, data: { ip: "{{ index .children.service.status.loadBalancer.ingress 0 }}" } }
    - { name: greeting, data: { text: "{{ .spec.name.first }}" } }
  services: [{ name: web, port: 80 }]`,
    spec: { name: "Ada" },
    simulateWorkloads: false,
    first: failed,
  },
  waiting_for_child: {
    what: "An entry reads of a child what is not there yet",
    box: `onReconcile:
  services: [{ name: web, port: 80 }]
  configMaps: [{ name: address, data: { ip: "{{ (index .children.service.status.loadBalancer.ingress 0).ip }}" } }]`,
    simulateWorkloads: false,
    first: waiting,
    then: (operator) =>
      operator.request("PATCH", `${core}/services/web/status`, {
        status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } },
      }, merge),
    last: ["Ready", "Ready"],
  },
  source_missing: {
    what: "The source of a copy does not exist, and then it does",
    box: beside('{ name: copy, fromConfigMap: "{{ .spec.from }}", data: { own: c } }'),
    spec: { from: "settings" },
    first: waiting,
    then: (operator) =>
      operator.request("POST", `${core}/configmaps`, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "settings" },
        data: { colour: "red" },
      }),
    last: ["Ready", "Ready"],
  },
  source_not_readable: {
    what: "The source of a copy may not be read",
    box: `onReconcile:
  configMaps: [{ name: fine, data: { a: b } }]
  secrets: [{ name: copy, fromSecret: registry, fromNamespace: kube-public }]`,
    between: async (request, forward) => {
      const { pathname } = new URL(request.url);
      return pathname === "/api/v1/namespaces/kube-public/secrets"
        ? forbidden('list resource "secrets" in API group ""')
        : await forward();
    },
    first: failed,
    settleMs: 3_000,
  },
  kind_not_served: {
    what: "The kind of a child is not installed",
    box: `${beside("{ name: other, data: { a: b } }")}
  custom:
    - apiVersion: monitoring.dev/v1
      kind: Monitor
      metadata: { name: m }
      spec: { a: b }`,
    first: waiting,
  },
  namespace_not_allowed: {
    what: "The CR chooses a namespace that is not allowed",
    more: 'allowedNamespaces: [default, "team-*"]',
    box: beside('{ name: far, namespace: "{{ .spec.target }}", data: { a: b } }'),
    spec: { target: "kube-public" },
    first: failed,
  },
  namespace_missing: {
    what: "The namespace of a child does not exist",
    box: beside('{ name: far, namespace: "{{ .spec.target }}", data: { a: b } }'),
    more: 'allowedNamespaces: [default, "team-*"]',
    spec: { target: "team-tea" },
    first: failed,
  },
  namespace_not_made: {
    what: "A Namespace that is a child cannot be made",
    box: `onReconcile:
  custom: [{ apiVersion: v1, kind: Namespace, metadata: { name: "own-{{ .metadata.name }}" } }]
  configMaps: [{ name: inside, namespace: "own-{{ .metadata.name }}", data: { a: b } }]`,
    fault: ["own-shop", "403"],
    first: failed,
  },
  namespace_not_own: {
    what: "A Namespace that is to be a child was there before",
    box: `onReconcile:
  custom: [{ apiVersion: v1, kind: Namespace, metadata: { name: "own-{{ .metadata.name }}" } }]
  configMaps: [{ name: inside, namespace: "own-{{ .metadata.name }}", data: { a: b } }]`,
    before: (operator) =>
      operator.request("POST", "/api/v1/namespaces?fieldManager=kubectl-create", {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "own-shop" },
      }),
    first: taken,
  },

  taken_by_hand: {
    what: "Somebody has made an object of the child's name",
    box: two,
    spec: { colour: "red" },
    before: somebodys("settings"),
    first: taken,
  },
  taken_by_controller: {
    what: "Another controller has an object of the child's name",
    box: two,
    spec: { colour: "red" },
    before: async (operator) => {
      const { metadata: { uid } } = await somebodys("other")(operator);
      const owner = { apiVersion: "v1", kind: "ConfigMap", name: "other", uid, controller: true };
      await somebodys("settings", { ownerReferences: [owner] })(operator);
    },
    first: taken,
  },
  taken_by_another_cr: {
    what: "A child of another CR has the name",
    box: two,
    spec: { colour: "red" },
    before: async (operator) => {
      await operator.demo("rival", { colour: "black" });
      await operator.until(`${core}/configmaps/settings`, () => true);
    },
    first: taken,
  },
  taken_far_by_another_cr: {
    what: "A child of another CR has the name, in a namespace that neither is in",
    box: "onReconcile:\n  configMaps: [{ name: settings, namespace: kube-public, data: { a: b } }]",
    before: async (operator) => {
      await operator.demo("rival", {});
      await operator.until("/api/v1/namespaces/kube-public/configmaps/settings", () => true);
    },
    first: taken,
  },
  adopted: {
    what: "An object that was there before is adopted",
    box: beside("{ name: settings, adopt: true, data: { a: b } }"),
    before: somebodys("settings"),
  },
  fields_of_another: {
    what: "A field belongs to another manager, and forceConflict is false",
    box: beside("{ name: settings, adopt: true, forceConflict: false, data: { theirs: no more } }"),
    before: (operator) =>
      operator.request("PATCH", `${core}/configmaps/settings?fieldManager=their-tool`, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "settings" },
        data: { theirs: "yes" },
      }, "application/apply-patch+yaml"),
    first: failed,
  },
  not_updated: {
    what: "A child that is never changed in place differs from what is declared",
    box: "onReconcile:\n  jobs: [{ name: report, image: 'report:{{ .spec.version }}' }]",
    spec: { version: 1 },
    then: (operator) => operator.demo("shop", { version: 2 }),
    last: ["NotUpdated", "Immutable"],
  },

  denied: {
    what: "Validation denies the CR",
    box: two,
    more: 'validation:\n  rules: [{ field: spec.size, lessThanOrEqual: "3", message: "at most 3 are allowed" }]',
    spec: { size: 5 },
    first: ["Ready", "ValidationFailed"],
  },
  denied_twice: {
    what: "Validation denies the CR by two rules, one of them without a message",
    box: two,
    more: 'validation:\n  rules: [{ field: spec.size, lessThanOrEqual: "3" }, { field: spec.colour, exists: true }]',
    spec: { size: 5 },
    first: ["Ready", "ValidationFailed"],
  },
  warned: {
    what: "Validation warns",
    box: two,
    more: 'validation:\n  rules: [{ field: spec.size, lessThanOrEqual: "3", message: "more than 3 are slow", action: warn }]',
    spec: { size: 5, colour: "red" },
    first: ["ValidationWarning", "WarnRuleViolation"],
  },
  rule_not_usable: {
    what: "A rule cannot be evaluated, since what it reads is not observed yet",
    box: two,
    more: 'validation:\n  rules: [{ field: spec.size, lessThanOrEqual: "{{ .status.limit }}", message: "too large" }]',
    spec: { size: 5, colour: "red" },
    first: ["ValidationWarning", "WarnRuleViolation"],
  },
  rule_not_checkable: {
    what: "A rule cannot be evaluated because of what the CR says",
    box: two,
    more: 'validation:\n  rules: [{ field: spec.size, lessThanOrEqual: "{{ .spec.limit }}", message: "too large" }]',
    spec: { size: 5, limit: "x", colour: "red" },
    first: ["ValidationFailed", "DenyRuleViolation"],
  },
  normalize: {
    what: "Normalization fails",
    box: two,
    more: 'normalize:\n  spec: { host: "{{ .spec.name.first }}.example" }',
    spec: { name: "Ada" },
    first: ["Ready", "ReconcileError"],
  },
  mutation: {
    what: "A mutation fails",
    box: two,
    more: 'mutation:\n  rules: [{ field: spec.host, default: "{{ .spec.name.first }}" }]',
    spec: { name: "Ada" },
    first: ["Ready", "ReconcileError"],
  },
  not_evaluated: {
    what: "A CR that a rule denied cannot be evaluated any more",
    box: two,
    more: 'normalize:\n  spec: { host: "{{ .spec.name.first }}.example" }\n' +
      'validation:\n  rules: [{ field: spec.size, max: 3, message: "at most 3" }]',
    spec: { size: 4 },
    first: ["Ready", "ValidationFailed"],
    then: (operator) => operator.demo("shop", { size: 4, name: "Ada" }),
    last: ["Ready", "ReconcileError"],
  },
  label_not_valid: {
    what: "A label of the CR renders to what is no label value",
    box: two,
    more: 'labels: { tier: "{{ .spec.tier }}" }',
    spec: { tier: "not a label", colour: "red" },
    first: ["Ready", "ReconcileError"],
  },
  label_forbidden: {
    what: "Without the right to label the CR",
    box: two,
    more: 'labels: { tier: "{{ .spec.tier }}" }',
    spec: { tier: "gold", colour: "red" },
    between: async (request, forward) => {
      if (request.method !== "PATCH" || !request.url.includes("/demos/shop?")) return await forward();
      return forbidden('patch resource "demos" in API group "demo.dev"');
    },
    first: ["Ready", "ReconcileError"],
  },
  finalizer_forbidden: {
    what: "Without the right to add the finalizer",
    box: "onReconcile:\n  configMaps: [{ name: far, namespace: kube-public, data: { a: b } }]",
    between: async (request, forward) => {
      if (request.method !== "PATCH" || !request.url.includes("/demos/shop?")) return await forward();
      return forbidden('patch resource "demos" in API group "demo.dev"');
    },
    first: ["Ready", "ReconcileError"],
  },
  requeue: {
    what: "requeue.after fails",
    box: two,
    reconciler: 'resync: 1h\nrequeue: { after: "{{ .spec.every }}" }',
    spec: { every: "soon", colour: "red" },
    first: failed,
  },
  status_field: {
    what: "A status field fails",
    box: `${two}\nstatus:\n  fields: [{ path: url, value: "{{ .spec.name.first }}" }]`,
    spec: { name: "Ada", colour: "red" },
  },
  status_refused: {
    what: "The schema refuses the status",
    box: `${two}\nstatus:\n  fields: [{ path: size, value: "{{ .spec.size }}", type: string }]`,
    crd: { schema: sized },
    spec: { size: "large", colour: "red" },
    first: ["Ready", "ReconcileError"],
  },
  status_refused_and_failing: {
    what: "The schema refuses the status, and an entry fails",
    box: `${beside('{ name: name, data: { first: "{{ .spec.name.first }}" } }')}
status:
  fields: [{ path: size, value: large, when: [{ field: spec.name, exists: true }] }]`,
    crd: { schema: sized },
    spec: { name: "Ada" },
    first: ["Ready", "ReconcileError"],
  },
  status_refused_and_denied: {
    what: "The schema refuses the status, and a rule denies the CR",
    box: `${two}\nstatus:\n  fields: [{ path: size, value: large, when: [{ field: spec.size, exists: true }] }]`,
    more: 'validation:\n  rules: [{ field: spec.size, max: 3, message: "at most 3" }]',
    crd: { schema: sized },
    spec: { size: 4 },
    first: ["Ready", "ReconcileError"],
  },
  status_too_large: {
    what: "The API server takes the status for too large",
    box: `${two}\nstatus:\n  fields: [{ path: text, value: "{{ .spec.text }}" }]`,
    spec: { text: "long", colour: "red" },
    between: async (request, forward) => {
      const isLong = request.url.includes("/demos/shop/status") && (await request.clone().text()).includes('"text":"long"');
      const message = "Request entity too large: limit is 3145728";
      return isLong ? statusResponse(413, "RequestEntityTooLarge", { message }) : await forward();
    },
    first: ["Ready", "ReconcileError"],
  },
  status_forbidden: {
    what: "The right to write the status is taken away",
    box: two,
    spec: { colour: "red" },
    between: async (request, forward) => {
      const isLater = request.url.includes("/demos/shop/status") && (await request.clone().text()).includes('"observedGeneration":2');
      return isLater ? forbidden('patch resource "demos/status" in API group "demo.dev"') : await forward();
    },
    then: (operator) => operator.demo("shop", { colour: "blue" }),
  },
  kind_not_readable: {
    what: "Without the right to list a kind of child",
    box: `onReconcile:
  configMaps:
    - { name: fine, data: { a: b } }
    - { name: copy, data: { of: "{{ .children.secret.metadata.name }}" } }
  secrets: [{ name: hidden, data: { a: b } }]`,
    between: async (request, forward) => {
      const { pathname } = new URL(request.url);
      return pathname === "/api/v1/secrets" ? forbidden('list resource "secrets" in API group ""') : await forward();
    },
    first: failed,
  },
  never_at_rest: {
    what: "Each pass changes what the next one reads",
    box: `${two}\nstatus:\n  fields: [{ path: count, value: '{{ add (.status.count | default 0) 1 }}', type: int }]`,
    spec: { colour: "red" },
    then: (operator) => operator.until(`${demos}/shop`, (cr) => cr["status"].count >= 5),
  },

  deleted: {
    what: "The CR is deleted, and a child in another namespace goes with it",
    box: "onReconcile:\n  configMaps: [{ name: far, namespace: kube-public, data: { a: b } }]",
    then: (operator) => operator.request("DELETE", `${demos}/shop`),
    isGone: true,
  },
  deletion_refused: {
    what: "The CR is deleted, and a child in another namespace cannot be",
    box: "onReconcile:\n  configMaps: [{ name: far, namespace: kube-public, data: { a: b } }]",
    then: async (operator, faults) => {
      faults.set("far", "403");
      await operator.request("DELETE", `${demos}/shop`);
    },
  },
  deletion_waits: {
    what: "The CR is deleted, and a Job of onDelete runs",
    box: drain,
    simulateWorkloads: false,
    then: (operator) => operator.request("DELETE", `${demos}/shop`),
    last: ["Ready", "Deleting"],
  },
  deletion_job_failed: {
    what: "The CR is deleted, and a Job of onDelete fails",
    box: drain,
    simulateWorkloads: false,
    then: async (operator) => {
      await operator.request("DELETE", `${demos}/shop`);
      await operator.until(`${demos}/shop`, (cr) => conditionOf(cr, "Ready")?.reason === "Deleting");
      await operator.request("PATCH", "/apis/batch/v1/namespaces/default/jobs/shop-drain/status", {
        status: {
          startTime: "2026-01-01T00:00:00Z",
          failed: 1,
          conditions: ["FailureTarget", "Failed"].map((type) => ({
            type,
            status: "True",
            reason: "BackoffLimitExceeded",
            message: "Job has reached the specified backoff limit",
            lastTransitionTime: "2026-01-01T00:00:00Z",
          })),
        },
      }, "application/merge-patch+json");
    },
    last: ["Ready", "DeleteError"],
  },
  deletion_name_taken: {
    what: "The CR is deleted, and somebody has made an object of the name of a Job of onDelete",
    box: drain,
    simulateWorkloads: false,
    before: (operator) =>
      operator.request("POST", "/apis/batch/v1/namespaces/default/jobs?fieldManager=kubectl-create", {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "shop-drain" },
        spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "a" }] } } },
      }),
    then: (operator) => operator.request("DELETE", `${demos}/shop`),
    last: ["Ready", "NameTaken"],
  },
  deletion_template: {
    what: "The CR is deleted, and a Job of onDelete cannot be rendered",
    box: drain.replace("image: app", 'image: "{{ index .spec.images 3 }}"'),
    simulateWorkloads: false,
    then: (operator) => operator.request("DELETE", `${demos}/shop`),
    last: ["Ready", "DeleteError"],
  },
  deletion_timed_out: {
    what: "The CR is deleted, and a Job of onDelete does not complete in time",
    box: `${drain}\n  timeout: 2s`,
    simulateWorkloads: false,
    then: (operator) => operator.request("DELETE", `${demos}/shop`),
    isGone: true,
  },
  recovered: {
    what: "What failed works again",
    box: two,
    fault: ["settings", "500"],
    first: failed,
    then: (_operator, faults) => Promise.resolve(faults.lift("settings")),
    last: ["Ready", "Ready"],
  },
  ...refusals,
};
