import { annotations, labels } from "../../src/k8s/names.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { type Attack, configMap, reference } from "./stage.ts";

/*
 * CRs of an author who may write them in the namespace `mallory`, and nothing else. `victim`, `team-secret` and
 * `kube-system` are others'; so is what `victims` has in `mallory`.
 */

const group = "deputy.example.org";
const author = "mallory";

/** A CR of a Katalog of this folder. */
function cr(kind: string, spec: unknown, more: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return { apiVersion: `${group}/v1`, kind, metadata: { name: "web", namespace: author, ...more }, spec };
}

/** A CR of an example. */
function example(
  apiVersion: string,
  kind: string,
  spec: unknown,
  more: Partial<KubeObject["metadata"]> = {},
): KubeObject {
  return { apiVersion, kind, metadata: { name: "web", namespace: author, ...more }, spec };
}

/** JSON as it comes over the wire: keys such as `__proto__` are own keys. */
function wire(text: string): unknown {
  return JSON.parse(text);
}

const near = (...names: string[]): string[] => names.map((name) => `ConfigMap ${author}/${name}`);

const place = (name: string, namespace: unknown, attempts: string, may: readonly string[] = []): Attack => ({
  name: `a child in ${name}`,
  attempts,
  katalog: "places",
  cr: cr("Place", { namespace, text: "x" }),
  may,
});

const places: readonly Attack[] = [
  place("the namespace of another tenant", "victim", "write where the author may not"),
  place("kube-system, which a glob restricts", "kube-system", "write among the system's objects"),
  place("a restricted namespace that a glob allows", "team-secret", "have allowed win over restricted"),
  place("an allowed namespace", "team-a", "do what the Katalog allows", ["ConfigMap team-a/web-far"]),
  place("a path to the victim", "team-a/../victim", "inject into the path of the request"),
  place("an encoded path to the victim", "team-a%2F..%2Fvictim", "inject with percent-encoding"),
  place("a path above", "..", "address what is above the namespace"),
  place("a path and a query", "team-a/configmaps/web-far?force=true#", "add parameters to the request"),
  place("capitals", "VICTIM", "get by a comparison that knows cases"),
  place("a Cyrillic letter", "v\u0456ctim", "get by a comparison that normalizes"),
  place("full-width letters", "\uff56\uff49\uff43\uff54\uff49\uff4d", "get by a comparison that normalizes"),
  place("a zero-width joiner", "team-\u200dsecret", "get by a comparison that drops signs"),
  place("white space round the victim", "  victim\n", "be trimmed after the check"),
  place("two lines, the first allowed", "team-a\nvictim", "be matched line by line"),
  place("a glob", "team-*", "be taken for the pattern that allows it"),
  place("everything", "*", "be taken for all namespaces"),
  place("a list", ["victim"], "be joined to a name after the check"),
  place("a map", { toString: "victim" }, "be converted after the check"),
  place("a number", 7, "be taken for an index"),
  place("a null byte", "team-a\u0000victim", "end the text early"),
  place("a prototype's name", "__proto__", "find an inherited list", []),
  place("an empty namespace", "", "fall back to all namespaces", near("web-far")),
  place("300 characters", "team-".padEnd(300, "a"), "be cut to something else"),
  {
    name: "copies in several namespaces, one of them the victim's",
    attempts: "hide a namespace among those that are allowed",
    katalog: "places",
    cr: cr("Place", { namespace: author, text: "x", namespaces: ["team-a", "victim", "team-secret", "kube-system"] }),
    may: [...near("web-far"), "ConfigMap team-a/web-many"],
  },
  {
    name: "a CR with the labels of somebody else's child",
    attempts: "have the CR itself taken for a child, and its owner's children for its own",
    katalog: "places",
    cr: cr("Place", { namespace: author, text: "x" }, {
      labels: { [labels.ownerUid]: "11111111-0000-4000-8000-000000000000", [labels.managed]: "true" },
      annotations: { [annotations.place]: "victim/settings", [annotations.declaredBy]: "places/place" },
    }),
    may: near("web-far"),
  },
  {
    name: "a CR with the finalizers of the box and of a former version",
    attempts: "have the cleanup run, with nothing to clean up, over all namespaces",
    katalog: "places",
    cr: cr("Place", { namespace: author, text: "x" }, {
      finalizers: ["place.orkestra.orkspace.io/cleanup", "orkestra.orkspace.io/cleanup"],
    }),
    may: near("web-far"),
  },
  {
    name: "a CR that an object of another owner owns",
    attempts: "have its children collected with, or owned by, another object",
    katalog: "places",
    cr: cr("Place", { namespace: author, text: "x" }, {
      ownerReferences: [reference("Deployment", "apps/v1", "another")],
    }),
    may: near("web-far"),
  },
];

const named = (name: string, spec: Record<string, unknown>, attempts: string, may: readonly string[] = []): Attack => ({
  name,
  attempts,
  katalog: "names",
  cr: cr("Named", spec),
  may,
});

const names: readonly Attack[] = [
  named("a child called ..", { near: "..", far: ".." }, "PATCH the collection, or the namespace itself"),
  named("a child called .", { near: "." }, "PATCH the collection"),
  named("a child called like a path", { near: "../../victim/configmaps/settings" }, "leave the namespace by the path"),
  named(
    "a child called like an encoded path",
    { near: "..%2F..%2Fvictim%2Fconfigmaps%2Fsettings" },
    "decode to a path",
  ),
  named("a child with a query in its name", { near: "settings?dryRun=All" }, "add parameters to the request"),
  named("a child with a subresource in its name", { far: "web/status" }, "write a subresource"),
  named("a child with a fragment", { near: "settings#x" }, "cut the path"),
  named("a child with a backslash", { near: "..\\settings" }, "be normalized to a path"),
  named("a child with a null byte", { near: "settings\u0000x" }, "end the text early"),
  named("a child called by 300 characters", { near: "a".repeat(300) }, "be shortened to somebody else's name"),
  named("a child without a name", { near: "   " }, "write the collection", near("web-config")),
  named("a child called by a list", { near: ["settings"] }, "be converted after the check"),
  named("a child called like a template", { near: "{{ .metadata.namespace }}" }, "be rendered a second time"),
  named("the name of an object that is there", { near: "theirs" }, "overwrite it"),
  named("the name of an object with another controller", { near: "held" }, "take it over"),
  named("the ClusterRole of others", { far: "trusted" }, "replace its rules"),
  named("a ClusterRole in capitals", { far: "TRUSTED" }, "get by a comparison that knows cases"),
  named("a free ClusterRole", { far: "mallorys-own" }, "do what the Katalog allows", [
    "ClusterRole mallorys-own",
  ]),
  {
    name: "a CR with a generated name",
    attempts: "have children without a name, or with another CR's",
    katalog: "names",
    cr: {
      apiVersion: `${group}/v1`,
      kind: "Named",
      metadata: { generateName: "web-", namespace: author } as unknown as KubeObject["metadata"],
      spec: { near: "generated-near" },
    },
    may: near("generated-near"),
  },
];

const inner = `Inner ${author}/web-inner`;
/** Nothing of the child is written: the box, or the API server, refuses what it would be. */
const nothing = { may: [] };

const wrapped = (name: string, spec: unknown, attempts: string, more: Partial<Attack> = {}): Attack => ({
  name,
  attempts,
  katalog: "objects",
  cr: cr("Wrapped", spec),
  may: [inner],
  ...more,
});

const objects: readonly Attack[] = [
  wrapped("labels that say who owns the child", {
    labels: {
      [labels.ownerUid]: "11111111-0000-4000-8000-000000000000",
      [labels.ownerKind]: "Wrapped.other.example.org",
      [labels.managed]: "false",
      [labels.owner]: "another",
      "orkestra.orkspace.io/box": "another",
    },
    inner: { a: 1 },
  }, "forge the identity, so that another CR's operator takes the child for its own"),
  wrapped("annotations that the box decides on", {
    annotations: {
      [annotations.applied]: "forged",
      [annotations.declaredBy]: "other/other",
      [annotations.deletionPolicy]: "Retain",
      [annotations.place]: "victim/settings",
      [annotations.adopted]: "forged",
      [annotations.onDelete]: "true",
    },
    inner: { a: 1 },
  }, "keep the child when the CR goes, or have it taken for another one"),
  wrapped(
    "keys of the prototype as labels",
    wire('{"labels": {"__proto__": "x", "constructor": "y"}, "inner": {"a": 1}}'),
    "pollute the prototype",
    nothing,
  ),
  wrapped(
    "keys of the prototype in a spec",
    wire('{"inner": {"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}}'),
    "pollute the prototype",
  ),
  wrapped("metadata and a kind inside the spec", {
    inner: {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace: "victim", name: "credentials", ownerReferences: [], finalizers: ["x/y"] },
    },
  }, "move what is below to the top of the object"),
  wrapped(
    "templates inside the spec",
    { inner: { text: "{{ .metadata.uid }}", deeper: ['{{ template "x" }}'] } },
    "have data rendered as templates",
  ),
  wrapped(
    "a status of the child",
    { inner: { a: 1 }, status: { phase: "Ready", conditions: [{ type: "Ready", status: "True" }] } },
    "do what the Katalog allows",
    {},
  ),
  wrapped("a spec that is a text", { inner: "text" }, "write a spec of another type", nothing),
  wrapped(
    "annotations of 300 KiB",
    { annotations: { "example.org/big": "x".repeat(300 * 1024) }, inner: { a: 1 } },
    "exceed what an object may have",
    nothing,
  ),
  wrapped(
    "a spec of 100,000 values",
    { inner: { list: Array.from({ length: 100_000 }, (_, i) => i) } },
    "take the memory and time of the box",
    nothing,
  ),
  wrapped(
    "a spec that is nested 200 levels deep",
    { inner: wire(`${'{"a":'.repeat(200)}1${"}".repeat(200)}`) },
    "overflow the stack",
    nothing,
  ),
  wrapped(
    "labels that are no labels",
    {
      labels: { "not a key!": "x", "example.org/ok": "not a value!" },
      inner: { a: 1 },
    },
    "have the request refused, and others' work held up",
    nothing,
  ),
  {
    name: "an object with the marks of a victim's child, applied as our manager",
    attempts: "have the Runtime delete or change what looks like a child of another CR",
    katalog: "objects",
    cr: cr("Wrapped", { inner: { a: 1 } }),
    before: [{
      manager: "orkestra",
      object: {
        apiVersion: `${group}/v1`,
        kind: "Inner",
        metadata: {
          name: "forged",
          namespace: author,
          labels: {
            [labels.managed]: "true",
            [labels.ownerKind]: `Wrapped.${group}`,
            [labels.ownerUid]: "11111111-0000-4000-8000-000000000000",
            [labels.owner]: "web",
            [labels.ownerNamespace]: author,
          },
          annotations: { [annotations.applied]: "x", [annotations.declaredBy]: "objects/wrapped" },
        },
        spec: { b: 1 },
      },
    }],
    may: [inner],
  },
  {
    name: "an object with the marks of a former version, applied as our manager",
    attempts: "have the Runtime delete it as a left-over",
    katalog: "objects",
    cr: cr("Wrapped", { inner: { a: 1 } }),
    before: [{
      manager: "orkestra",
      object: {
        apiVersion: `${group}/v1`,
        kind: "Inner",
        metadata: {
          name: "left-over",
          namespace: "victim",
          labels: { [labels.managed]: "true", "orkestra.orkspace.io/box": "wrapped", [labels.owner]: "web" },
        },
        spec: { b: 1 },
      },
    }],
    may: [inner],
  },
];

const team = (name: string, spec: unknown, attempts: string, more: Partial<Attack> = {}): Attack => ({
  name,
  attempts,
  katalog: "roles",
  cr: cr("Team", spec),
  may: [`Role ${author}/web-reader`, `RoleBinding ${author}/web-reader`],
  ...more,
});

const roles: readonly Attack[] = [
  team("names of resources that are everything", { reads: "*", account: "default" }, "widen a rule"),
  team("a rule inside a name", { reads: '"],"verbs":["*"],"x":["', account: "default" }, "break out of the text"),
  team("a list where a name is meant", { reads: ["a", "b"], account: ["x", "y"] }, "add items to a rule", nothing),
  team(
    "rules where a name is meant",
    { reads: { verbs: ["*"] }, account: { kind: "Group", name: "system:masters" } },
    "add fields to a rule",
    nothing,
  ),
  team(
    "a subject of another kind",
    { reads: "a", account: "system:serviceaccount:kube-system:default" },
    "bind somebody else",
    // A ServiceAccount is not called so.
    { stricter: [`RoleBinding ${author}/web-reader`] },
  ),
  team(
    "a CR called so that its Role is another one's",
    { reads: "a", account: "default" },
    "replace the rules of a Role that others trust",
    {
      cr: cr("Team", { reads: "a", account: "default" }, { name: "trusted" }),
      may: [`RoleBinding ${author}/trusted-reader`],
    },
  ),
];

const text = (name: string, spec: unknown, attempts: string, may: readonly string[]): Attack => ({
  name,
  attempts,
  katalog: "texts",
  cr: cr("Text", spec),
  may,
});

const texts: readonly Attack[] = [
  text(
    "a forEach over 100,000 items",
    { items: Array.from({ length: 100_000 }, (_, i) => ({ name: `n${i}` })) },
    "flood the API server",
    [],
  ),
  text(
    "a forEach over items of one name",
    { items: [{ name: "a" }, { name: "a" }] },
    "have one child written by turns",
    near("web-a"),
  ),
  text(
    "a forEach with names that leave the place",
    { items: [{ name: "../../victim/configmaps/settings" }, { name: "%2e%2e" }, { name: "ok" }] },
    "inject into the path",
    near("web-ok"),
  ),
  text("a forEach over a text", { items: "abc" }, "be iterated by characters", []),
  text(
    "a forEach over keys of the prototype",
    wire('{"pairs": {"__proto__": "x", "constructor": "y", "ok": "z"}}'),
    "pollute the prototype",
    near("web-pair-ok", "web-pair-constructor"),
  ),
  text("items that are no maps", { items: [null, 1, "x", [], { name: null }] }, "fail the loop for all", []),
  text(
    "a template in a text",
    { text: '{{ .metadata.uid }}{{ repeat "x" 1000000000 }}' },
    "be rendered as a template",
    near("web-whole"),
  ),
  text(
    "a line that looks like another key",
    { text: "x\nkind: Secret\nowner=root" },
    "inject a key into what is rendered",
    near("web-whole"),
  ),
  text(
    "a text that is repeated a thousand million times",
    { text: "xxxxxxxx", count: 1_000_000_000 },
    "take all memory",
    [],
  ),
  text("a text of 900 KB", { text: "x".repeat(900_000) }, "exceed what an object may have", []),
  text(
    "bytes that are no characters",
    { text: "\ud800\udfff\ud800" },
    "have text that cannot be encoded",
    near("web-whole"),
  ),
  text(
    "data with keys of paths",
    { data: { "../../etc/passwd": "x", "ok": "y" } },
    "write a file elsewhere where the ConfigMap is mounted",
    [],
  ),
  text(
    "data with keys of the prototype",
    wire('{"data": {"__proto__": "x", "constructor": "y"}}'),
    "pollute the prototype",
    near("web-data"),
  ),
  text(
    "a number of 30 digits",
    wire('{"text": 123456789012345678901234567890, "count": 1}'),
    "lose digits, or be taken for another number",
    near("web-whole"),
  ),
  {
    name: "a status that the author sends along",
    attempts: "have the box believe what it has never done",
    katalog: "texts",
    cr: {
      ...cr("Text", { text: "x" }),
      status: {
        text: "forged",
        conditions: [{ type: "Synced", status: "True", reason: "Synced", message: "kinds of children: Secret, Node" }],
      },
    },
    may: near("web-whole"),
  },
];

const taker = (name: string, spec: unknown, attempts: string, more: Partial<Attack> = {}): Attack => ({
  name,
  attempts,
  katalog: "takers",
  cr: cr("Taker", spec),
  may: near("web-taken"),
  ...more,
});

const takers: readonly Attack[] = [
  taker("adoption of what another controller has", {}, "overwrite the object of a Deployment", {
    before: [{
      object: configMap(author, "web-taken", { ownerReferences: [reference("Deployment", "apps/v1", "another")] }),
    }],
    may: [],
  }),
  taker("adoption of the child of another CR", {}, "overwrite the child of another operator", {
    before: [{
      manager: "orkestra",
      object: configMap(author, "web-taken", {
        labels: { [labels.managed]: "true", [labels.ownerUid]: "11111111-0000-4000-8000-000000000000" },
      }),
    }],
    may: [],
  }),
  taker("a source in another namespace", { source: "victim/credentials" }, "copy a Secret of the victim"),
  taker(
    "a source by a path",
    { source: "../../victim/secrets/credentials" },
    "copy a Secret of the victim by the path",
  ),
  taker("a source by a selector", { source: "x,metadata.namespace=victim" }, "add a condition to the field selector"),
  taker("a source that is every Secret", { source: "" }, "copy the first Secret that there is"),
  taker(
    "a source beside the one that is meant",
    { public: "credentials,metadata.name=shared" },
    "add a condition to the field selector",
  ),
  taker("a source that the Katalog names the end of", { public: "shared" }, "do what the Katalog allows", {
    may: [...near("web-taken"), `Secret ${author}/web-public`],
  }),
  taker("deletion of what is not a child", { trash: "theirs" }, "delete the object of another user with the CR"),
  taker(
    "deletion by a path",
    { trash: "../../victim/configmaps/settings" },
    "delete an object of the victim with the CR",
  ),
  taker("deletion of everything", { trash: "" }, "delete the whole collection with the CR"),
];

const plainJob = `Job ${author}/web-last`;
const smuggled: readonly Attack[] = [
  {
    name: "a status that records kinds of children",
    attempts: "have the Runtime look for children of every kind, and delete them",
    katalog: "smuggled",
    cr: {
      ...cr("Plain", {}),
      status: {
        key: "smuggled",
        conditions: [
          { type: "Synced", status: "False", reason: "ReconcileError", message: "no" },
          {
            type: "ChildKinds",
            status: "True",
            reason: "Recorded",
            message: "kinds of children: Secret, Node, Role.rbac.authorization.k8s.io",
          },
        ],
      },
    },
    early: true,
    before: [{ object: configMap("victim", "web-plain") }],
    may: [...near("web-plain"), plainJob],
  },
  {
    name: "a status that says that the last Job has run",
    attempts: "have the object deleted without its last Job",
    katalog: "smuggled",
    cr: {
      ...cr("Plain", {}),
      status: {
        conditions: [{
          type: "DeletionJobs",
          status: "True",
          reason: "Recorded",
          message: `completed: ${author}/web-last`,
        }],
      },
    },
    may: [...near("web-plain"), plainJob],
  },
  {
    name: "a status that is no map",
    attempts: "fail every pass of the box",
    katalog: "smuggled",
    cr: { ...cr("Plain", {}), status: ["x"] },
    may: [plainJob],
  },
];

const tenant = (
  name: string,
  home: unknown,
  attempts: string,
  may: readonly string[] = [],
  kind: "Tenant" | "Settler" = "Tenant",
): Attack => ({
  name,
  attempts,
  katalog: "tenants",
  cr: { apiVersion: `${group}/v1`, kind, metadata: { name: "web" }, spec: { home } },
  may,
});

const tenants: readonly Attack[] = [
  tenant("a tenant in the victim's namespace", "victim", "have its Namespace taken over, and write in it"),
  tenant("a tenant in kube-system", "kube-system", "write among the system's objects"),
  tenant("a tenant in a namespace of its own", "web-home", "do what the Katalog allows", [
    "Namespace web-home",
    "ConfigMap web-home/tenant-settings",
  ]),
  tenant("a tenant at a path", "web-home/../victim", "inject into the path"),
  // A POST, which changes nothing where there is one.
  tenant("a settler in the victim's namespace", "victim", "write in a Namespace that only has to exist", [
    "Namespace victim",
  ], "Settler"),
  tenant("a settler in kube-system", "kube-system", "write among the system's objects", [
    "Namespace kube-system",
  ], "Settler"),
  tenant("a settler in a namespace of its own", "web-home", "do what the Katalog allows", [
    "Namespace web-home",
    "ConfigMap web-home/settler-settings",
  ], "Settler"),
];

/** A Tenant of the example, cluster-scoped. */
function platform(name: string, environment: string): KubeObject {
  const spec = { environments: [{ name: environment }] };
  return { apiVersion: "platform.example.com/v1", kind: "Tenant", metadata: { name }, spec };
}

const deployment = `Deployment ${author}/web`;
const service = `Service ${author}/web`;

const examples: readonly Attack[] = [
  {
    name: "a Website whose image is a command",
    attempts: "break out of the field",
    katalog: "example/hello-website",
    cr: example("web.example.com/v1", "Website", { image: 'x"}],"hostNetwork":true,"y":[{"z":"', replicas: 1 }),
    may: [deployment, service],
  },
  {
    name: "a Website called like the objects of others",
    attempts: "take them over",
    katalog: "example/hello-website",
    cr: example("web.example.com/v1", "Website", { image: "x" }, { name: "theirs" }),
    before: [{
      object: {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "theirs", namespace: author },
        spec: { selector: { app: "theirs" }, ports: [{ port: 80 }] },
      },
    }],
    may: [`Deployment ${author}/theirs`],
  },
  {
    name: "a Database with users called by paths",
    attempts: "make DatabaseUsers elsewhere",
    katalog: "example/database",
    cr: example("db.example.com/v1", "Database", { users: [{ name: "../../victim", role: "owner" }] }),
    may: [],
    outcome: "refused",
  },
  {
    name: "a Database with a schedule that is a script",
    attempts: "run a script by the schedule",
    katalog: "example/database",
    cr: example("db.example.com/v1", "Database", { backup: { schedule: "* * * * *; rm -rf /", keep: 1 }, users: [] }),
    may: [`PersistentVolumeClaim ${author}/web-data`, `Job ${author}/web-init`],
    later: [deployment, service],
  },
  {
    name: "a DatabaseUser with the marks of a Database's child",
    attempts: "be taken for the user of somebody else's Database",
    katalog: "example/database",
    cr: example("db.example.com/v1", "DatabaseUser", { database: "x@evil.example.org/", user: "root", role: "owner" }, {
      labels: {
        [labels.managed]: "true",
        [labels.ownerKind]: "Database.db.example.com",
        [labels.ownerUid]: "11111111-0000-4000-8000-000000000000",
        "db.example.com/database": "orders",
      },
    }),
    may: [`Secret ${author}/web`],
  },
  {
    name: "a DatabaseUser called like the Secret of others",
    attempts: "overwrite a Secret",
    katalog: "example/database",
    cr: example("db.example.com/v1", "DatabaseUser", { database: "x", user: "root", role: "owner" }, {
      name: "admin-token",
    }),
    may: [],
  },
  {
    name: "a QueueWorker whose broker is a path",
    attempts: "inject into the URL of the broker",
    katalog: "example/queue-worker",
    cr: example("queue.example.com/v1", "QueueWorker", {
      image: "x",
      queue: "q\nother: key",
      broker: { host: "evil.example.org/#", user: "a:b@evil.example.org" },
    }),
    may: [`Secret ${author}/web-password`, `Secret ${author}/web-broker`, deployment],
  },
  {
    name: "a StaticSite with regions that are paths",
    attempts: "make Deployments elsewhere",
    katalog: "example/static-site",
    cr: example("static.example.com/v1", "StaticSite", { title: "x", regions: ["../victim"] }),
    may: [],
    outcome: "refused",
  },
  {
    name: "a StaticSite whose titles are scripts and templates",
    attempts: "put markup into the page, or have it rendered",
    katalog: "example/static-site",
    cr: example("static.example.com/v1", "StaticSite", {
      title: "<script>alert(1)</script>{{ .metadata.uid }}",
      regions: ["north"],
      articles: [{ title: '"><img src=x onerror=alert(1)>', author: "</ul>" }],
    }),
    may: [`ConfigMap ${author}/web-pages`, `Deployment ${author}/web-north`, `Service ${author}/web-north`],
  },
  {
    name: "a Report that names another ServiceAccount",
    attempts: "run as a ServiceAccount of the namespace",
    katalog: "example/scheduled-report",
    cr: example("reports.example.com/v1", "Report", {
      title: "--serviceaccount=admin",
      schedule: "* * * * *",
      query: "'; drop table x; --",
      recipients: ["a@b\nBcc:everybody@example.org"],
      format: "csv",
    }),
    may: [`ServiceAccount ${author}/web-reporter`, `ConfigMap ${author}/web-definition`, `CronJob ${author}/web`],
    outcome: "refused",
  },
  {
    name: "a Report whose fields are options",
    attempts: "give the reporter options of the author's",
    katalog: "example/scheduled-report",
    cr: example("reports.example.com/v1", "Report", {
      title: "x --definition=configmap/victim/settings",
      schedule: "0 0 * * *",
      query: "select 1",
      recipients: ["a@b"],
    }),
    may: [`ServiceAccount ${author}/web-reporter`, `ConfigMap ${author}/web-definition`, `CronJob ${author}/web`],
  },
  {
    name: "a Storefront that breaks every rule",
    attempts: "be reconciled although it is denied",
    katalog: "example/guard-rails",
    cr: example("shop.example.com/v1", "Storefront", {
      image: "evil.example.org/x:latest",
      host: "../../etc",
      tier: "gold",
      replicas: 1000,
      port: 22,
    }, { namespace: "shop-mallory" }),
    may: [],
  },
  {
    name: "a PublicApi with a host that is a path",
    attempts: "route another host or path",
    katalog: "example/public-api",
    cr: example("api.example.com/v1", "PublicApi", {
      image: "x",
      host: "https://victim.example.org/../../admin",
      path: "/%2e%2e/admin",
      owner: "nginx.ingress.kubernetes.io/configuration-snippet",
    }),
    may: [],
  },
  {
    name: "a Queue that selects with a comma",
    attempts: "widen a selector of labels",
    katalog: "example/queue-and-consumers",
    cr: example("messaging.example.com/v1", "Consumer", { queue: "orders,x!=y", topic: "x", image: "x" }),
    may: [],
  },
  {
    name: "a Consumer of a Queue in another namespace",
    attempts: "read the status of the victim's Queue",
    katalog: "example/queue-and-consumers",
    cr: example("messaging.example.com/v1", "Consumer", { queue: "victim/orders", topic: "x", image: "x" }),
    may: [],
  },
  {
    name: "a Ledger whose archive is an option",
    attempts: "have the last backup go elsewhere",
    katalog: "example/backup",
    cr: example("ledgers.example.com/v1", "Ledger", { archive: "x --from=victim:7070" }),
    may: [`PersistentVolumeClaim ${author}/web-data`, deployment, service, `Job ${author}/web-last-backup`],
  },
  {
    name: "a Gallery with an image that has two tags",
    attempts: "break out of the image",
    katalog: "example/three-versions",
    cr: example("art.example.com/v1", "Gallery", { image: { repository: "x:y", tag: "z\n- name: evil" }, replicas: 1 }),
    may: [],
    outcome: "refused",
  },
  {
    name: "a Store whose version and archive are options",
    attempts: "have the backup dump another store, or run another image",
    katalog: "example/stateful-store",
    cr: example("data.example.com/v1", "Store", {
      version: "1@sha256:0000",
      backup: { schedule: "0 0 * * *", to: "x --from=victim:6543" },
    }),
    may: [`Secret ${author}/web-password`, service, `StatefulSet ${author}/web`, `CronJob ${author}/web-backup`],
  },
  {
    name: "a Tenant whose environment is kube-system",
    attempts: "grant rights among the system's objects",
    katalog: "example/tenants",
    cr: platform("kube", "system"),
    may: [],
  },
  {
    name: "a Tenant whose environment is somebody else's namespace",
    attempts: "have it taken over, or grant rights in it",
    katalog: "example/tenants",
    cr: platform("team", "secret"),
    may: [],
  },
  {
    name: "a Tenant with an environment of its own",
    attempts: "do what the Katalog allows",
    katalog: "example/tenants",
    cr: platform("web", "home"),
    may: [
      "Namespace web-home",
      ...["ResourceQuota web-home/quota", "LimitRange web-home/defaults"],
      ...["NetworkPolicy web-home/deny-all", "NetworkPolicy web-home/allow-inside"],
      ...["Role web-home/team", "RoleBinding web-home/team"],
    ],
  },
];

export const corpus: readonly Attack[] = [
  ...places,
  ...names,
  ...objects,
  ...roles,
  ...texts,
  ...takers,
  ...smuggled,
  ...tenants,
  ...examples,
];
