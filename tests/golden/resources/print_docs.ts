/**
 * Prints the reference of the shorthands from their shapes:
 *
 *     deno run -A tests/golden/resources/print_docs.ts > docs/shorthands.md
 */
import { stringify } from "yaml";
import type { RecordShape, Shape, TextFormat, TextShape } from "../../../src/base/shape.ts";
import { autoscaleField } from "../../../src/resources/autoscale.ts";
import { commonFields } from "../../../src/resources/fields.ts";
import { describeFormat } from "../../../src/resources/formats.ts";
import { builtInProfileNames, neverShorthands, profileOf, type Shorthand, shorthands } from "../../../src/resources/mod.ts";
import { podFields, servingFields } from "../../../src/resources/pod_fields.ts";
import { formatMarkdown } from "../format_markdown.ts";

type Fields = RecordShape["fields"];

/** Fields that several kinds share are described once. */
const shared: readonly { title: string; anchor: string; fields: Fields; text: string }[] = [
  {
    title: "Common fields",
    anchor: "common-fields",
    fields: commonFields,
    text: "Every entry has these, and `when`, `or`, `forEach` and `readyWhen`. In `custom` entries the first four stand under " +
      "`metadata`. System labels win over an author's label of the same key. Annotations and labels stand on the child; " +
      "its Pods carry the labels only.",
  },
  {
    title: "Fields of Pods",
    anchor: "fields-of-pods",
    fields: podFields,
    text: "Deployments, ReplicaSets, StatefulSets, Pods, Jobs and CronJobs make Pods with one container, named like the child.",
  },
  {
    title: "Fields of containers that serve",
    anchor: "fields-of-containers-that-serve",
    fields: servingFields,
    text: "A probe whose `path` and `type` are absent is not a probe.",
  },
  {
    title: "Autoscale",
    anchor: "autoscale",
    fields: { autoscale: autoscaleField },
    text: [
      "Deployments, ReplicaSets and StatefulSets can be scaled by conditions:",
      "",
      "```yaml",
      "onReconcile:",
      "  deployments:",
      '    - name: "{{ .metadata.name }}"',
      '      image: "{{ .spec.image }}"',
      "      autoscale:",
      "        min: 1",
      '        max: "{{ .spec.maxReplicas }}"',
      "        cooldown: 2m",
      "        scaleUp:",
      '          conditions: { when: [{ field: status.backlog, greaterThan: "100" }] }',
      "          increment: 2",
      "        scaleDown:",
      '          conditions: { when: [{ time: { after: "20:00", before: "06:00" } }] }',
      "          target: 1",
      "```",
      "",
      "`scaleUp` and `scaleDown` have [`conditions`](katalog.md#conditions), `when` and `or`, which read what `when` of the entry",
      "reads, `.children` included. They are evaluated in every pass: when the CR, a child, or something that they read of other",
      "operators changes, when the clock may change them, when a cooldown ends, and at the resync. The result of an",
      "[HTTP call](external.md) is as old as the last pass that made it: `requeue.after` asks for a new one. A pass that scales",
      "nothing calls nothing.",
      "",
      "- The number of Pods belongs to `autoscale` (ruling 44). `replicas` is what the object is created with, within the bounds;",
      "  without it that is `min`, and without both 1. Afterwards each step starts from the number that the object has: what",
      "  somebody scales it to stays until the next step, within the bounds.",
      "- A number above `max` or below `min` is brought there at once, without a cooldown. 0 with a `min` above is what somebody",
      "  does to switch it off: it stays at 0. With `min: 0` it is scaled to zero, and from zero.",
      "- While the conditions of `scaleUp` hold there is no step down, also at `max`.",
      "- Conditions that cannot be evaluated leave the number as it is; the entry fails or waits with the reason, and the rest of the",
      "  child is kept as declared.",
      "- With `forceConflict: false` a step fails while another field manager has the number.",
      "- The annotation `orkestra.orkspace.io/last-scale-event` on the child is the time of the last step, in the same write. So a",
      "  restart neither repeats a step nor forgets a cooldown.",
      "- A HorizontalPodAutoscaler of the same CR for the same workload is an error. Where conditions decide whether it is there, it",
      "  goes before `autoscale`, and the entry fails with the reason.",
      "- When `autoscale` is taken out of an entry without `replicas`, the number stays what it was scaled to.",
      "",
      "Under `onCreate` it needs `reconcile: true`, since what is only created is never changed.",
    ].join("\n"),
  },
];

/** What the shapes do not say. */
const notes: Readonly<Record<string, string>> = {
  namespaces: "Children of the same CR may stand in it (ruling 49), in the very pass that makes it. It goes with the CR, and " +
    "all that is in it. `restrictedNamespaces` hold for its name too.",
  networkPolicies: "`policyTypes` follow from what is declared. An empty list is not the same as none: `ingress: []` denies " +
    "everything, and `namespaceSelector: {}` is all namespaces. Peers that all render to nothing are an error, since an empty " +
    "`from` is everybody. [Copies](#copies) tells how another NetworkPolicy is copied.",
  resourceQuotas: "[Copies](#copies) tells how another ResourceQuota is copied.",
  limitRanges: "[Copies](#copies) tells how another LimitRange is copied.",
  roles: "The bundle grants the Runtime `escalate` on roles of this name, since Kubernetes lets nobody grant what he has not.",
  clusterRoles: "As `roles`.",
  roleBindings: "Its `roleRef` cannot be changed: for another one the binding is deleted and made again, once a dry run has " +
    "shown that the API server would make it. The bundle grants the Runtime `bind` on the role.",
  clusterRoleBindings: "As `roleBindings`.",
  replicaSets: "A ReplicaSet replaces no Pods: what is changed holds for new ones. A Deployment is what is mostly meant.",
  statefulSets: "`serviceName` names a headless Service that is not made with it: declare it under `services`, with `headless: " +
    "true` and the same name. All Pods are started at once (`podManagementPolicy: Parallel`). **Without `rollingUpdate` a " +
    "change reaches a Pod when somebody deletes it** (`updateStrategy: OnDelete`); `rollingUpdate: { maxUnavailable: 1 }` " +
    "replaces them one by one, and `maxSurge` has no effect. What Kubernetes does not let be changed, such as " +
    "`volumeClaimTemplates`, fails the entry.",
  persistentVolumes: "`hostPath`, or `csiDriver` with `csiVolumeHandle`.",
  hpa: "`metrics` has the CPU alone, and nothing without a percentage. The workload's `replicas` are left to it (ruling 44).",
  pdb: "One of `minAvailable`, `maxUnavailable` and a profile.",
  pods: "What Kubernetes does not let be changed is changed by deleting the Pod and making it again, once a dry run has " +
    "shown that the API server would make it.",
  secrets: "Values are written as plain text and sent base64-encoded as `data`; a template may render to any bytes " +
    "(`fromBase64`). Any `type` is passed on. [Copies](#copies) tells how another Secret is copied.\n\n" +
    "With `once`, under `onCreate`, what is random stays: `data: { password: \"{{ randomAlphanumeric 24 }}\" }`. With " +
    "`rotateAfter` besides, a Secret that is older, by its annotation `orkestra.orkspace.io/generated-at`, gets other values in " +
    "place; one without the annotation, or with a time to come, gets it, and its age counts from then. Age is looked at on " +
    "every resync. A Secret that a former CR of the name has left is rotated too. Names cannot be random.\n\n" +
    "`tls` makes a certificate (`tls.crt`, `tls.key`, `ca.crt`; RSA with 2048 bits) when there is no Secret of the name, under " +
    "whichever block; its default name is `<cr>-orkestra-tls`. The key of the CA is not kept. It is renewed with `rotateAfter` " +
    "alone, and stays when its entry or its condition goes, as under `onCreate`.",
  serviceAccounts: "",
  custom: "`apiVersion` and `kind` are not templates: they decide what the runtime may do. Every key that is not listed " +
    "becomes one of the object, with all its templates rendered. A value that is one expression keeps its type; what " +
    "is absent leaves no key and no item. White space round a rendered value stays in values of several lines only.",
  services: "A Service selects Pods of its CR only: those of the workload that it is named like; else those with the " +
    "labels in `selector`; else those of the only workload that the CR has in the namespace. Jobs and CronJobs do not " +
    "count. Where that leaves none in the namespace or several, the entry is refused; where the CR has no workload at all, " +
    "every Pod with its `orkestra-owner` label is selected. A `selector` beside a workload of the same " +
    "name narrows it. A workload that is declared and not there, since its condition is false or it fails, keeps its " +
    "Service: that selects no other Pods meanwhile.\n\n" +
    "A Deployment, StatefulSet, DaemonSet or ReplicaSet under `custom` is selected by its own `matchLabels`, by a " +
    "Service of its name, or where it is the only workload. By a `selector` a Service finds its Pods only where their " +
    'template has the label `orkestra-owner: "{{ .metadata.name }}"`.',
  deployments: "The selector holds the CR's name and the child's name, so that two workloads of one CR never take each " +
    "other's Pods.",
  jobs: "A Job is made once and never changed. Its Pods are started again on failure (`restartPolicy: OnFailure`).",
  cronJobs: "`@daily` and the like, and `@every 1h`, are schedules too.",
  ingresses: "",
  persistentVolumeClaims: "A claim is owned by its CR and goes with it.",
  configMaps: "A key whose template renders absent is dropped; an empty value stays. A value whose template renders to " +
    "bytes that are not UTF-8 (`fromBase64`) is sent as `binaryData`. [Copies](#copies) tells how another ConfigMap is " +
    "copied.",
};

const copies = [
  "## Copies",
  "",
  "```yaml",
  "onReconcile:",
  "  secrets:",
  '    - name: "{{ .metadata.name }}-pull"',
  "      fromSecret: registry",
  "      fromNamespace: platform",
  '      toNamespaces: ["{{ .spec.spaces }}"] # of those in allowedNamespaces',
  "```",
  "",
  "`fromSecret`, `fromConfigMap`, `fromNetworkPolicy`, `fromResourceQuota` and `fromLimitRange` name the *source*, an object",
  "of the same kind. Of the last three the whole `spec` is copied. Of the others `data` is copied byte for byte, and",
  "its `binaryData`, or its `type` where the entry has none; its labels and annotations are not. What `data` declares comes",
  "on top: a key that stands in both is the declared one.",
  "",
  "- A source is watched by name. When it changes, exactly the objects that copy it are reconciled; nothing is polled, and",
  "  at rest a copy costs no call. An entry that only creates copies once.",
  "- Where the name of the source is written out, the operator may read objects of that name alone. Where it is a template,",
  "  it may read all of that kind in the namespace, and watches those that objects name, up to 100 for one operator;",
  "  beyond that an entry fails with the reason.",
  "- While the source does not exist the entry waits (reason `Waiting`, no Warning Event), and its children stay as they",
  "  are. A copy outlives its source. A source that may not be read fails its entry alone.",
  "- A source stands in the namespace that the Katalog writes out, in that of the object, or, where `fromNamespace` is a",
  "  template, in one of `allowedNamespaces`. A user who may write an object whose spec chooses the *name* can get a copy of any",
  "  source in that namespace: `ork validate` warns where that crosses namespaces.",
  "- With `toNamespaces` there is one child of the entry's name in each of the namespaces, and `namespace` has no effect. An",
  "  empty list makes none. Each namespace is judged as `namespace` is (ruling 49), and fails alone. Children in namespaces",
  "  that leave the list are deleted where the entry reconciles, also while another namespace of the list fails; all of",
  "  them go with the object.",
  "- An object is not copied to itself.",
  "- Values of a Secret are in no status, Event, message or log, nor in the HTTP API. `ork template` does not read sources:",
  "  it prints `<from Secret platform/registry>` as a key in place of their data, which no API server accepts.",
  "",
];

/** The whole reference, as Markdown. */
export function printDocs(): string {
  const lines = [
    "# Shorthands",
    "",
    "<!-- Printed from the shapes by tests/golden/resources/print_docs.ts; edit those. -->",
    "",
    "An entry of `onCreate` or `onReconcile` is a short form of one Kubernetes object. The child is named `<cr>-<suffix>`",
    "unless it has a `name` (`<cr>` alone for a StatefulSet), and stands in the CR's namespace unless it has a `namespace` (`default` for a cluster-scoped",
    "CR). It is owned by the CR where Kubernetes allows it: in the same namespace, or when the CR is cluster-scoped.",
    "Every child carries the labels `orkestra.orkspace.io/managed`, `orkestra-owner`,",
    '`orkestra.orkspace.io/owner-namespace` ("" for a cluster-scoped CR), `orkestra.orkspace.io/owner-uid` and',
    "`orkestra.orkspace.io/owner-kind` (the identity of the CR, which Pods do not carry), `app.kubernetes.io/managed-by`",
    "and `app.kubernetes.io/name`; names that are too long for a label value are cut and",
    "end in a digest.",
    "",
    "**Values.** A text may hold a template unless the table says otherwise. What renders to nothing is left out, so the",
    "default applies. White space round a value is dropped, except in free text. One template may stand for a whole list",
    'or map (`args: "{{ .spec.args }}"`); in a list of texts, a template that renders to a list gives all its items. What a',
    "template rendered is data: a `{{` in it is not rendered again. A value that does not fit is an error that names the",
    "field, never a silent default.",
    "",
    "A *name* has lower-case letters, digits, hyphens and dots, at most 253 characters; a *label* and a *namespace* have",
    "no dots and at most 63 characters. A *label value* has at most 63 letters, digits, hyphens, underscores and dots. A",
    'quantity is written `250m`, `1.5` or `512Mi`, a duration `30s`, `5m` or `2d`, a percentage `25%`. A boolean is `true`,',
    "`yes` or `1`, or `false`, `no` or `0`; unlike a flag it may be a template. Words may be written in any case.",
    "",
  ];
  for (const { title, fields, text } of shared) lines.push(`## ${title}`, "", text, "", ...table(fields, []), "");
  for (const shorthand of shorthands.values()) lines.push(...kind(shorthand));
  lines.push(
    ...profiles(),
    ...copies,
    "## Keys without a kind",
    "",
    `${neverShorthands.map(code).join(", ")} were declared once and never carried out: use \`custom\`.`,
    "",
  );
  return lines.join("\n");
}

/** What everybody has. */
function profiles(): string[] {
  const lines = [
    "## Profiles",
    "",
    "`profile` stands for fields that are given together, such as `resources: { profile: small }`. Its fields and those that",
    "are written beside it exclude each other, but for probes and `hpa`, where what is written wins. Those below may be written in",
    "any case; a Katalog may declare others under [`profiles`](katalog.md#profiles), which go first. A name that is written out",
    "is checked when the Katalog is read. One that is a template is looked up in each pass: what renders to nothing is none, and a",
    "name that there is not fails the entry.",
    "",
    "| For | Name | Fields |",
    "|---|---|---|",
  ];
  for (const of of classes) {
    for (const name of builtInProfileNames(of)) {
      lines.push(`| \`${of}\` | \`${name}\` | \`${stringify(profileOf(of, name, undefined), { collectionStyle: "flow", lineWidth: 0 }).trim()}\` |`);
    }
  }
  return [...lines, ""];
}

const classes = ["resources", "probes", "containerSecurity", "podSecurity", "rollingUpdate", "pdb", "hpa", "networkPolicies", "resourceQuotas"] as const;

function kind({ key, shape, defaultSuffix, upkeep }: Shorthand): string[] {
  const name = defaultSuffix === undefined ? "a name must be given" : `default name \`<cr>${defaultSuffix === "" ? "" : `-${defaultSuffix}`}\``;
  const kept = upkeep === "apply" ? "kept as declared" : "made again when it is gone and never changed";
  const included = shared.filter(({ fields }) => Object.keys(fields).every((field) => shape.fields[field] === fields[field]));
  const own = Object.fromEntries(
    Object.entries(shape.fields).filter(([field, value]) => !included.some(({ fields }) => fields[field] === value)),
  );
  const more = included.map(({ title, anchor }) => `[${title.replace(/^[ACF]/, (letter) => letter.toLowerCase())}](#${anchor})`)
    .join(", ");
  return [
    `## \`${key}\``,
    "",
    `${shape.doc}; ${name}. Under \`onReconcile\` it is ${kept}.`,
    ...(notes[key] === "" ? [] : ["", notes[key]!]),
    "",
    ...(Object.keys(own).length === 0 ? [] : [...table(own, shape.required ?? []), ""]),
    ...(more === "" ? [] : [`${Object.keys(own).length === 0 ? "It has the" : "And the"} ${more}.`, ""]),
    ...required(shape, own),
  ];
}

/** Required fields that stand in a shared table. */
function required(shape: RecordShape, own: Fields): string[] {
  const elsewhere = (shape.required ?? []).filter((field) => !Object.hasOwn(own, field));
  return elsewhere.length === 0 ? [] : [`Required besides: ${elsewhere.map(code).join(", ")}.`, ""];
}

function table(fields: Fields, needed: readonly string[]): string[] {
  return ["| Field | Value | Meaning |", "|---|---|---|", ...rows(fields, needed, "")];
}

function rows(fields: Fields, needed: readonly string[], prefix: string): string[] {
  const entries = Object.entries(fields);
  const parts = entries.map(([, field]) => field.type === "record" ? JSON.stringify(field.fields) : "");
  const alike = entries.length > 1 && parts[0] !== "" && parts.every((part) => part === parts[0]);
  const lines: string[] = [];
  entries.forEach(([key, field], index) => {
    const path = prefix + key;
    const must = needed.includes(key) ? ", required" : "";
    lines.push(`| \`${path}\` | ${value(field).replaceAll("|", "\\|")}${must} | ${meaning(field)} |`);
    if (!alike) lines.push(...below(field, path));
    else if (index === entries.length - 1) lines.push(...below(field, `${prefix}*`));
  });
  return lines;
}

function below(shape: Shape, path: string): string[] {
  if (shape.support === "later") return [];
  if (shape.type === "record") return rows(shape.fields, shape.required ?? [], `${path}.`);
  return shape.type === "list" ? below(shape.items, `${path}[]`) : [];
}

function meaning(shape: Shape): string {
  const doc = (shape.doc ?? "").replaceAll("|", "\\|");
  return shape.support === "later" ? `Not supported yet. ${doc}` : doc;
}

function value(shape: Shape): string {
  switch (shape.type) {
    case "text":
      return textValue(shape);
    case "number":
      return "number";
    case "flag":
      return "flag";
    case "duration":
      return "duration";
    case "map":
      return `map to ${value(shape.values)}`;
    case "list":
      return shape.items.type === "record" ? "list of maps" : `list of ${value(shape.items)}`;
    case "record":
      return "map";
    case "tree":
      return "anything";
    case "union":
      return [shape.scalar, shape.list, shape.map].filter((each) => each !== undefined).map(value).join(" or ");
  }
}

function textValue(shape: TextShape): string {
  const fixed = shape.template ? "" : ", no template";
  if (shape.oneOf !== undefined) {
    return shape.oneOf.length > 8 ? `word${fixed}` : `${shape.oneOf.map(code).join(", ")}${fixed}`;
  }
  const short = shape.format === undefined ? undefined : shortNames[shape.format];
  return `${shape.free === true ? "free text" : short ?? describeFormat(shape).replace(/^a /, "")}${fixed}`;
}

const shortNames: Partial<Record<TextFormat, string>> = {
  boolean: "boolean",
  quantity: "quantity",
  duration: "duration",
  lifetime: "duration or years",
  dnsLabel: "label",
  dnsSubdomain: "name",
  namespace: "namespace",
  labelValue: "label value",
  intOrPercent: "whole number or percentage",
  cron: "cron schedule",
};

function code(text: string): string {
  return `\`${text}\``;
}

/** As `deno fmt` leaves it, so that both agree. */
export function formattedDocs(): Promise<string> {
  return formatMarkdown(printDocs());
}

if (import.meta.main) await Deno.stdout.write(new TextEncoder().encode(await formattedDocs()));
