/**
 * Prints the reference of the shorthands from their shapes:
 *
 *     deno run -A tests/golden/resources/print_docs.ts > docs/shorthands.md
 */
import type { RecordShape, Shape, TextFormat, TextShape } from "../../../src/base/shape.ts";
import { commonFields } from "../../../src/resources/fields.ts";
import { describeFormat } from "../../../src/resources/formats.ts";
import { laterShorthands, neverShorthands, type Shorthand, shorthands } from "../../../src/resources/mod.ts";
import { podFields, servingFields } from "../../../src/resources/pod_fields.ts";

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
    text: "Deployments, Jobs and CronJobs make Pods with one container, named like the child.",
  },
  {
    title: "Fields of containers that serve",
    anchor: "fields-of-containers-that-serve",
    fields: servingFields,
    text: "A probe whose `path` and `type` are absent is not a probe.",
  },
];

/** What the shapes do not say. */
const notes: Readonly<Record<string, string>> = {
  secrets: "Values are written as plain text and sent base64-encoded as `data`; a template may render to any bytes " +
    "(`fromBase64`). Any `type` is passed on. [Copies](#copies) tells how another Secret is copied.",
  serviceAccounts: "",
  custom: "`apiVersion` and `kind` are not templates: they decide what the runtime may do. Every key that is not listed " +
    "becomes one of the object, with all its templates rendered. A value that is one expression keeps its type; what " +
    "is absent leaves no key and no item. White space round a rendered value stays in values of several lines only.",
  services: "A Service selects Pods of its CR only: those of the workload that it is named like; else those with the " +
    "labels in `selector`; else those of the only workload that the CR has in the namespace. Jobs and CronJobs do not " +
    "count. Where that leaves none in the namespace or several, the entry is refused; where the CR has no workload at all, " +
    "every Pod with its `orkestra-owner` label is selected. A `selector` beside a workload of the same " +
    "name narrows it.",
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
  '      toNamespaces: ["{{ .spec.spaces }}"]',
  "```",
  "",
  "`fromSecret` and `fromConfigMap` name the *source*, an object of the same kind. Its `data` is copied byte for byte, and",
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
  "  that leave the list are deleted where the entry reconciles; all of them go with the object.",
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
    "unless it has a `name`, and stands in the CR's namespace unless it has a `namespace` (`default` for a cluster-scoped",
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
    ...copies,
    "## Kinds of a later version",
    "",
    `${laterShorthands.map(code).join(", ")} are known, and refused as not supported yet.`,
    "",
    `${neverShorthands.map(code).join(", ")} were declared once and never carried out: use \`custom\`.`,
    "",
  );
  return lines.join("\n");
}

function kind({ key, shape, defaultSuffix, upkeep }: Shorthand): string[] {
  const name = defaultSuffix === undefined ? "a name must be given" : `default name \`<cr>-${defaultSuffix}\``;
  const kept = upkeep === "apply" ? "kept as declared" : "made again when it is gone and never changed";
  const included = shared.filter(({ fields }) => Object.keys(fields).every((field) => shape.fields[field] === fields[field]));
  const own = Object.fromEntries(
    Object.entries(shape.fields).filter(([field, value]) => !included.some(({ fields }) => fields[field] === value)),
  );
  const more = included.map(({ title, anchor }) => `[${title.replace(/^[CF]/, (letter) => letter.toLowerCase())}](#${anchor})`)
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
  return shape.support === "later" ? `${doc} (a later version)` : doc;
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
export async function formattedDocs(): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext=md", "--line-width=120", "-"],
    stdin: "piped",
    stdout: "piped",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(printDocs()));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout);
}

if (import.meta.main) await Deno.stdout.write(new TextEncoder().encode(await formattedDocs()));
