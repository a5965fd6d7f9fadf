/**
 * Prints the reference of the Katalog from its shapes and its table of moves:
 *
 *     deno run -A tests/golden/katalog/print_docs.ts > docs/katalog.md
 */
import type { RecordShape, Shape, TextFormat } from "../../../src/base/shape.ts";
import { katalogLimits } from "../../../src/katalog/decode.ts";
import { moves } from "../../../src/katalog/moves.ts";
import { crdEntry, katalogShape, laterKinds } from "../../../src/katalog/schema.ts";
import { admissionCall } from "../../../src/katalog/schema_external.ts";
import { conversionPath } from "../../../src/katalog/schema_conversion.ts";
import { entryShapes, operatorBox } from "../../../src/katalog/schema_box.ts";
import { comparisonFields, condition, gateFields, operators } from "../../../src/katalog/schema_conditions.ts";
import { motifShape, notesShape } from "../../../src/katalog/schema_composition.ts";
import { describeFormat } from "../../../src/resources/formats.ts";
import { formatMarkdown } from "../format_markdown.ts";

type Fields = RecordShape["fields"];

function recordAt(shape: Shape, ...keys: string[]): RecordShape {
  const found = keys.reduce<Shape>((at, key) => {
    if (at.type === "record") return at.fields[key]!;
    return at.type === "list" ? at.items : (at as { values: Shape }).values;
  }, shape);
  if (found.type !== "record") throw new TypeError(`no record at ${keys.join(".")}`);
  return found;
}

const reconciler = recordAt(operatorBox, "reconciler");
const autoscale = recordAt(operatorBox, "autoscale");
const status = recordAt(operatorBox, "status", "fields", "*");
const validation = recordAt(crdEntry, "validation", "rules", "*");
const mutation = recordAt(crdEntry, "mutation", "rules", "*");
const onDelete = recordAt(operatorBox, "onDelete");
const deletionFields = ["ordered", "timeout", "groups"].map((key) => [key, onDelete.fields[key]!] as const);
const cross = recordAt(operatorBox, "cross", "*");
const forEach = entryShapes.get("deployments")!.fields["forEach"] as RecordShape;

/** The whole reference, as Markdown. */
export function printDocs(): string {
  return [
    intro,
    "A *name* has lower-case letters, digits, hyphens and dots, at most 253 characters; a *label* and a *namespace* have " +
    "no dots and at most 63. A *label value* has at most 63 letters, digits, hyphens, underscores and dots.",
    "## The document",
    table(without(katalogShape, "spec", "metadata", "profiles", "notes")),
    "### `metadata`",
    table(recordAt(katalogShape, "metadata")),
    "### `spec.crds.<name>`",
    "The name is a DNS label: it names the operator in messages, labels and logs. Several files make one set, so a name " +
    "may be given once only, and so may a kind, unless `namespace` or `labelSelector` keep the two apart. An entry with " +
    "`conversion` and without `operatorBox` describes another version of a kind and has no operator.",
    table(without(crdEntry, "operatorBox", "validation", "mutation")),
    types,
    "### `dependsOn`",
    dependsOnText,
    "### `profiles`",
    profilesText,
    table(recordAt(katalogShape, "profiles")),
    "## `operatorBox.reconciler`",
    table(reconciler),
    queueText,
    "## `operatorBox.autoscale`",
    autoscaleText,
    table(autoscale),
    "## `operatorBox.onCreate`, `onReconcile`, `onDelete`",
    blocks,
    "### `onDelete`",
    onDeleteText,
    table({ ...onDelete, fields: Object.fromEntries(deletionFields) }),
    "### `forEach`",
    forEachText,
    table(forEach),
    "## Conditions",
    conditionText,
    table(condition),
    `\`operator\` is one of ${operators.map(code).join(", ")}.`,
    "## `operatorBox.cross`",
    crossText,
    table(cross),
    "## `external`",
    externalText,
    table(admissionCall, gateFields),
    "## `operatorBox.status`",
    statusText,
    table(status, gateFields),
    "## `operatorBox.preReconcile`",
    gatesText,
    table(without(recordAt(operatorBox, "preReconcile"), "external")),
    "### `reconcileGate`, `enqueueGate`",
    table(without(recordAt(operatorBox, "preReconcile", "reconcileGate"), "external"), gateFields),
    "## `operatorBox.watch`, `watchEvents`",
    watchText,
    "### `watch`",
    table(without(recordAt(operatorBox, "watch", "*"), "enqueueGate", "keyFrom", "index")),
    "### `keyFrom`",
    table(recordAt(operatorBox, "watch", "*", "keyFrom")),
    "### `enqueueGate` of a watch",
    table(without(recordAt(operatorBox, "watch", "*", "enqueueGate"), "external"), gateFields),
    "### `watchEvents`",
    table(without(recordAt(operatorBox, "watchEvents", "*"), "enqueueGate", "keyFrom", "include")),
    "## `operatorBox.finalizers`, `cleanup`, `events`",
    lifeText,
    table({ ...operatorBox, fields: { finalizers: operatorBox.fields["finalizers"]! }, required: [] }),
    "### `cleanup`",
    table(recordAt(operatorBox, "cleanup"), gateFields),
    "### `events`",
    eventsText,
    table(recordAt(operatorBox, "events", "*"), gateFields),
    "## `validation.rules`",
    validationText,
    table(validation, { ...gateFields, ...comparisonFields }, ["field"]),
    "## `mutation.rules`",
    mutationText,
    table(mutation, gateFields),
    "## `conversion.paths`",
    conversionText,
    table(conversionPath),
    "## Putting Katalogs together",
    compositionText,
    "### `notes`",
    notesText,
    table(notesShape),
    "### Motifs",
    motifText,
    table(without(motifShape, "apiVersion", "kind", "metadata", "imports")),
    "### `include`",
    includeText,
    "### `kind: Komposer`",
    komposerText,
    "## What templates see",
    context,
    "## How YAML is read",
    yaml,
    "## Other layouts",
    "Katalogs have been laid out in other ways. They are read and moved, with a warning for each use that names the old " +
    "and the new place; both places filled is an error.",
    moveTable(),
    "## Not supported yet",
    "Known, and refused with a finding of its own:",
    notYet().join("\n"),
    `Left out: ${[...new Set([katalogShape, crdEntry, operatorBox].flatMap(leftOut))].map(code).join(", ")}, \`mode: typed\`, and ` +
    "everything else that needs Go code.",
    "",
  ].join("\n\n");
}

const intro = `# Katalog

<!-- Printed from the shapes by tests/golden/katalog/print_docs.ts; edit those. -->

A Katalog declares operators: which custom resources (CRs) to watch, which objects they become, and what their status
says. \`ork validate\` reports mistakes in it, with file, line, column and a hint; \`ork template\` prints it with all
defaults written out.

\`\`\`yaml
apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata:
  name: shops
spec:
  crds:
    shop:
      crdFile: crd.yaml # group, version, kind and plural are read from it
      mutation:
        rules:
          - { field: spec.replicas, default: 2 }
      validation:
        rules:
          - { field: spec.replicas, max: 20, message: "at most 20 replicas" }
      operatorBox:
        reconciler: { workers: 5, resync: 1m }
        onCreate:
          secrets:
            - data: { token: "{{ .metadata.uid }}" } # made when absent, never changed
        onReconcile:
          deployments:
            - image: "{{ .spec.image }}" # kept as declared
              replicas: "{{ .spec.replicas }}"
              port: 8080
          services:
            - { port: 80, targetPort: 8080 }
          ingresses:
            - host: "{{ .spec.host }}"
              serviceName: "{{ .metadata.name }}-svc"
              servicePort: 80
              when: [{ field: spec.host, exists: true }]
        status:
          fields:
            - { path: ready, type: int, value: "{{ readyReplicas .children.deployment }}" }
\`\`\``;

const types = `\`apiTypes\` may be left out where \`crdFile\` names the manifest of the CRD; given both, they must agree, and
\`apiTypes.version\` chooses among the served versions (otherwise the stored one). Kubernetes' own kinds need only
\`apiTypes.kind\`, and a \`labelSelector\`: without it every object of the kind would be reconciled. Their status is never
written. Without \`plural\` and \`crdFile\` the plural is guessed as Kubernetes' tools do, and checked against the API
server. A CRD is never applied by the Runtime. Where the CRD's schema is known, templates and paths that lead out of it
give a warning.`;

const compositionText = `A Katalog may be one file or several: \`-f\` takes files and folders, which make one set. Inside a Katalog
the parts below are read, and put in their places, before anything is checked; findings name the file and the line that they
come from. \`ork template\` and the ConfigMap of \`ork generate\` have everything written out. Only files are read, by
paths relative to the file that names them.`;

const notesText = `Expressions with a name, which is used as a function without arguments in every template and condition:

\`\`\`yaml
notes:
  functions:
    - { name: fullImage, expression: '{{ .spec.image }}:{{ .spec.tag | default "latest" }}' }
    - { name: openHours, expression: '{{ and weekday (timeInWindow "08:00" "18:00") }}' }
\`\`\`

\`image: "{{ fullImage }}"\` then is what the expression renders to, without white space round it, and a boolean where that is
\`true\` or \`false\`. It reads the data of the template that calls it, the element of \`forEach\` too. Notes may call each
other, but not themselves. One that a Katalog declares goes before one of that name that it imports.`;

const motifText = `A Motif is a part of operators that several Katalogs use. An entry of \`spec.crds\` imports it with what its
inputs are:

\`\`\`yaml
# motifs/redis.yaml
apiVersion: orkestra.orkspace.io/v1
kind: Motif
metadata: { name: redis }
inputs:
  - { name: size, required: true }
  - { name: image, default: "redis:7" }
resources:
  deployments:
    - name: "{{ .metadata.name }}-redis"
      image: "{{ .inputs.image }}"
      replicas: "{{ .inputs.size }}"
\`\`\`

\`\`\`yaml
# katalog.yaml
spec:
  crds:
    shop:
      imports:
        - motif: motifs/redis.yaml
          with: { size: "{{ .spec.cacheSize }}" }
\`\`\`

The lists of \`resources\` are joined with \`onReconcile\`, those of \`resources.onCreate\` with \`onCreate\`,
\`status.fields\` with the status, and the rules of \`admission\` with those of the entry. Where the entry has a child of the
same kind and name, its own is made. What an input is bound to is read where the CR is; one that is a single expression keeps
the type of its value. In \`field\` of conditions and \`forEach\`, \`inputs.size\` may stand for the path. A Motif may have
\`imports\` of its own. Of a Motif under \`spec.imports\` the notes and profiles are used, in all entries, and nothing else.`;

const includeText = `A part of a Katalog in a file of its own, in which a key at the root says what it is. What is written beside
\`include\` comes after it, or wins where a thing can be said once only. Included files include nothing.

| Where | Key in the file |
|---|---|
| \`validation\`, \`mutation\` | \`rules\` |
| \`conversion\` | \`paths\` |
| \`operatorBox.status\` | \`fields\` |
| \`operatorBox.reconciler\` | \`reconciler\` |
| an item of \`external\` | \`calls\`, which stand in its place |
| an item of \`operatorBox.watch\` | \`watch\`, which stand in its place |
| \`notes\` | \`functions\` |
| \`profiles\` | \`profiles\` |`;

const komposerText = `A document of kind \`Komposer\` is a Katalog made of others:

\`\`\`yaml
apiVersion: orkestra.orkspace.io/v1
kind: Komposer
metadata: { name: platform }
imports:
  files: [shops/katalog.yaml, databases/katalog.yaml]
security:
  deletionProtection: { enabled: true }
spec:
  crds:
    shop:
      operatorBox: { reconciler: { workers: 10 } }
\`\`\`

Its \`spec.crds\` sets fields of imported entries, key by key; a name that no imported Katalog has is an error, and so is one
that two of them have. Its \`security\` and \`gateway\` go before theirs. It imports no Komposer.`;

const gatesText = `Gates say when nothing is done for a CR. While one is closed, its children and its status stay as they
are; its deletion continues. Gates read the CR as it is stored, without defaults of \`normalize\` and \`mutation\`, and are evaluated
at each event and each resync.

\`\`\`yaml
preReconcile:
  sentinels: [generationChanged]
  reconcileGate:
    sentinels: [generationChanged]
    when: [{ field: spec.paused, notEquals: "true" }]
\`\`\`

A sentinel compares the CR with how it was when its last reconcile succeeded, or was denied: what failed, or waits, is tried again
whatever has changed. After a start of the operator everything has changed. With the gate above a child that somebody changes is
corrected when the CR changes, and not before. While \`reconcileGate\` is closed, \`cleanup\` is evaluated all the same;
\`deleteAfter\` counts from a pass with open gates.`;

const watchText = `A CR has a pass when it changes, when one of its children does, a source that it copies from, or what it
reads under \`cross\`. \`watch\` names other objects whose changes are a reason for one, and \`watchEvents\` Events that others write.
What changed is only a reason: a pass decides on what is there, as always.

\`\`\`yaml
watch:
  - apiVersion: v1
    kind: ConfigMap
    keyFrom: { label: shop }
  - apiVersion: v1
    kind: Pod
    on: [delete]
    keyFrom: { label: orkestra-owner }
    enqueueGate: { when: [{ field: status.phase, equals: Failed }] }
watchEvents:
  crashed: { reason: BackOff, type: Warning, regarding: { kind: Pod }, keyFrom: { name: main } }
\`\`\`

Without \`keyFrom\` an object concerns the CR that is its owner or whose child it is, and an Event that which it is about; where
there is none, all CRs have a pass. Where a label changes, the CR that it named before has one too. What the operator
itself writes is no reason. Changes during an interruption of the watch count when it is back; an object that went meanwhile passes
every gate, since nothing is known of it any more.

Each watch takes the right to list and watch its kind, in all namespaces without \`namespace\`.`;

const lifeText = `The operator sets a finalizer of its own where it has to act before a CR goes, and removes it then. What
\`finalizers\` lists is set and removed with it, whatever the box does; \`spec.finalizers\` is for all entries that list none.
A finalizer that is no longer listed stays on the CRs that have it, and holds them when they are deleted, until somebody removes
it.

With \`cleanup\` a CR is deleted when its conditions hold, which are evaluated before anything is done for its children:

\`\`\`yaml
cleanup: { when: [{ field: spec.phase, equals: Retired }], deleteAfter: 1h }
\`\`\`

A CR that is changed meanwhile is looked at again before it goes, and children that cannot be read do not count as absent.

With \`deleteAfter\` the condition \`CleanupDue\` of its status says since when they hold, and when it will be deleted; it goes
when they do not hold any more.`;

const eventsText = `Besides the Events that every operator writes, a Katalog may declare others. They see what the status fields
see: children as they are after the pass.

\`\`\`yaml
events:
  ready:
    type: Normal
    reason: ShopReady
    message: "{{ .metadata.name }} is up"
    when: [{ field: "{{ allReplicasReady .children.deployment }}", equals: "true" }]
\`\`\``;

const profilesText = `Named sets of fields. Where a field \`profile\` names one, its fields are taken; what is written beside
it wins, or excludes it: see [shorthands](shorthands.md#profiles), which has those that every Katalog may use. One that is
declared goes before one of this name that every Katalog has, with a warning; two of one name in a class are an error.
Values may be templates, which each CR renders.

\`\`\`yaml
profiles:
  resources:
    - { name: shop, requests: { cpu: "{{ .spec.cpu }}" }, limits: { memory: 1Gi } }
  reconciler:
    - { name: steady, workers: 4, resync: 2m, queue: { maxDepth: 300 } }
\`\`\`

For \`operatorBox.reconciler\` there are \`high-throughput\` (10 workers, resync 5m, \`maxDepth\` 1000), \`conservative\` (2, 1m,
100) and \`development\` (1, 30s, 50).`;

const dependsOnText = `The workers of a box start once the condition of each box that it depends on is met:

\`\`\`yaml
dependsOn: [database, mail] # both healthy, the default
# or
dependsOn: { database: healthy, mail: started }
# or
dependsOn: { database: { condition: healthy }, mail: { condition: started } }
\`\`\`

| Condition | Met when the workers of the box run, and |
|---|---|
| \`healthy\`, \`ready\` | it has reconciled successfully at least once since the start of the process; or its CRD is installed and there is no CR |
| \`started\` | its CRD is installed |

Names are keys of \`spec.crds\`, of all files of the set. A name that is no enabled box, and a cycle, are errors. Boxes
start in the order of their dependencies, by name where those leave it open (\`ork template\` prints it), and stop in the
reverse one. Meanwhile a box that waits fills its caches; its health is pending, and names what it waits for. A missing
CRD, or a dependency that fails, delays the boxes that depend on it and no others.

Deletions do not wait: of a box that waits, CRs that are being deleted are cleaned up as ever, \`onDelete\` included, and
no other CR is touched. Otherwise a dependency that never becomes healthy would keep CRs, and their Namespaces, from
going.

A condition has to be met once. A dependency that becomes degraded later stops no other box; the health of its dependents
and the log report it. When a process loses its leadership and gets it back, each box waits for the workers of its dependencies, not
for another success.`;

const autoscaleText = `\`\`\`yaml
autoscale:
  interval: 15s
  cooldown: 2m
  conditions:
    or:
      - { field: metrics.queueDepth, greaterThan: "200" }
      - { field: metrics.workersBusyPercent, greaterThan: "90" }
  do: { workers: 20, resync: 5m }
\`\`\`

The settings under \`do\` are in effect as soon as the conditions hold, and until they have not held for the whole
\`cooldown\`. They are about the operator, so they read its load and the clock, and no object:

| Field | Is |
|---|---|
| \`metrics.queueDepth\` | Number of CRs that wait for a worker, are held back or in a pass |
| \`metrics.workersBusyPercent\` | Share of the workers' time, since the last evaluation, that they were in passes |
| \`metrics.workersIdlePercent\` | The rest of it |
| \`metrics.reconcileDurationP95Ms\` | 95 of 100 passes of the last minute took this long or less; 0 without passes |
| \`metrics.errorRatePercent\` | Share of the passes of the last minute that failed; 0 without passes |

More workers start at once. When there are fewer, a worker ends after its pass; none is cut short. A shorter \`resync\` brings
CRs forward that are due later. \`queueDepth\` takes the place of \`queue.maxDepth\`, and a lower one drops nothing.

Only an operator that leads evaluates them, and what it finds is in memory alone: after a restart the declared settings are in
effect until the first evaluation. Each change is logged with the load; the HTTP API and the metric \`orkestra_autoscale_active\`
show it. Workers share one thread and one budget of API calls: they help where passes wait for the API server, not where they
compute. \`profile\`, and metrics of other operators (\`cross.<as>.metrics\`), are not supported yet.`;

const queueText = `A pass that failed is tried again after a wait, and at once when something changes that a pass reads:
the CR, its labels and annotations included, a child, the source of a copy, or an object under \`cross\`. What the operator
wrote itself counts as no change. A new generation of the CR starts the waits from \`initial\` again: earlier failures say
nothing of the spec as it is now. A resync does not end a wait.

The queue is unlimited, and a key is queued once however often its CR changes, so a box never needs
\`queue.behaviour\`. It is for boxes that are overrun at times and have CRs that can wait:

\`\`\`yaml
queue:
  maxDepth: 1000
  behaviour:
    onThreshold: { value: 50, when: [{ field: spec.tier, equals: bronze }] } # from 500 waiting keys on
    onLimit: { drop: true } # from 1000 on
\`\`\`

What is dropped is the place in the queue, never the work: a deferred key is added when fewer keys wait than the rule
says, at the latest after \`resync\`, and at once when its CR changes so that no rule applies to it. Keys that are being
processed do not count as waiting. Conditions read the CR as it is stored, and no \`.children\`; where one cannot be
evaluated the key is added. A CR that is being deleted is never deferred. The log has one warning a minute at most, and
the health of the box the number of deferred keys.`;

const blocks = `Each block has lists of children, one list a kind: see [shorthands](shorthands.md). They are carried out
kind by kind, in the order of that page, \`onCreate\` before \`onReconcile\`.

| | \`onCreate\` | \`onReconcile\`, or \`reconcile: true\` on the entry |
|---|---|---|
| absent | made, on every pass | made |
| changed by somebody | left alone | corrected |
| a condition turns false | left alone | deleted, unless another entry claims the object |
| entry or \`forEach\` element gone | left alone | deleted |

\`when\` and \`or\` of a block hold for all of its entries, besides their own.

Two entries of a block must not be for one object, unless conditions keep them apart. Nor can two CRs have one child:
\`ork validate\` warns of names that do not distinguish them (a fixed name; in cluster scope or another namespace, a name
without the CR's namespace), but not where a child is only created, or adopted beside its CR. It holds \`custom\` children
to the schema of their kind, where the kind is Kubernetes' own or its CRD stands in a \`crdFile\` of the Katalog.

An object that is there already under the name of a child, and is not the operator's, is never written to: the entry
fails with \`NameTaken\`. \`adopt: true\` takes it over, unless something else controls it, or it cannot be made what is declared. With \`deletionPolicy: Retain\`
a child outlives the CR, the entry and the condition, and has no owner reference; a policy that is changed later takes
effect on children of \`onReconcile\`.

An object that was taken over is a child like any other: it is deleted with the CR, and under \`onReconcile\` when the
entry goes or its condition turns false, whatever made it and whatever it holds. Nothing brings back what it was before.
In the CR's own namespace that is the garbage collector's work, which leaves an object as long as another of its owners
is there. Where it has to stay, write \`deletionPolicy: Retain\` beside \`adopt: true\`:

\`\`\`yaml
onReconcile:
  configMaps:
    - name: settings
      adopt: true
      deletionPolicy: Retain
      data: { colour: "{{ .spec.colour }}" }
      when: [{ field: spec.managed, equals: "true" }] # false: the ConfigMap stays as it is
\`\`\`

A child is ready by the rule of its
kind, or when all conditions of its \`readyWhen\` hold: they see what templates see, and the child itself as \`.child\`
(\`field: child.status.phase\`). \`adopt\` and \`deletionPolicy\` of \`operatorBox\` are the defaults for all entries.

A CR does not choose where its operator writes. The namespace of a child is written out, or left away for the CR's own;
a template may give it where \`allowedNamespaces\` lists what it may be, or where a \`custom\` entry of the same box makes
a Namespace of that name. \`security.namespaceProtection\` has the same two lists for all CRDs, added to those of the CRD.
Globs have one \`*\` at an end: \`team-*\`. \`restrictedNamespaces\` wins. The lists hold for the CRs themselves too: see
[protection.md](protection.md#namespaces).`;

const onDeleteText = `What is done before a CR goes, besides the deletion of its children: [deletion.md](deletion.md) has the
whole. A Job that says what it runs is run to completion; every other entry names a child to delete, and may have
nothing but a name. A group has the same lists, and a \`name\`, \`when\` and \`or\` of its own. \`ork validate\` warns of an
entry that names what no other block makes.`;

const forEachText = `An entry with \`forEach\` makes one child for each element of a list, or for each key of a map, of the CR. In
its templates \`.item\` is the element, or the key, and so is the name given by \`as\`; \`.value\` is the element, or the value
of the key; \`.index\` counts from 0. An absent field makes no child. The name of the child, or its
namespace, must depend on the element.`;

const conditionText = `All items of \`when\` must hold, and at least one of \`or\`; where both are given, both must. A \`field\` is a dot
path (\`spec.replicas\`, \`children.deployment.status.readyReplicas\`, \`spec.hosts.0\`) or a template. A condition has one
operator; without any the field must exist. Absent and empty are the same. Values may be templates.

Numbers may be quantities: \`max: 10Gi\` holds for \`512Mi\`. Of the field \`m\` is a suffix only where the bound has one
(\`max: 4000m\` in place of \`max: 4\`): \`5m\` could be five minutes. Durations are compared by
\`{{ durationSeconds .spec.timeout }}\`.`;

const crossText = `What an operator reads of the CRs of other entries of \`spec.crds\`: [cross.md](cross.md) has the whole. It costs no
request to the API server, and a change of what a CR reads is a reason to reconcile it. \`.cross.<as>\` holds \`found\`, the
text \`"true"\` or \`"false"\`, and \`name\`, \`namespace\`, \`labels\`, \`annotations\`, \`spec\` and \`status\` of the CR, all of
them empty when it is not found. The source must be an entry of the set of files, enabled, with \`crossAccess\`; or, with
\`source\`, one that another Runtime runs.`;

const externalText = `HTTP calls, of \`operatorBox.onReconcile\`, \`operatorBox.onCreate\`, \`validation\` and \`mutation\`:
[external.md](external.md) has the whole. The result of a call is \`.external.<name>\`, in what is evaluated after it.
\`when\` and \`or\` say whether it is made; \`fires\` is one of \`validation\` and \`mutation\` alone.`;

const statusText = `Fields are evaluated in order against the status at the start of the pass; later ones win. After a failed pass
only fields with conditions are. \`Ready\` and the other conditions, and \`observedGeneration\`, are written by the operator
itself. Besides the keys below a field has \`when\` and \`or\`.`;

const validationText = `Every rule is checked; all violations are reported together. A rule compares like a
[condition](#conditions): \`field\`, one operator, \`negate\`. An absent field breaks rules that say something about a value
(\`min\`, \`in\`, \`notContains\`, …). \`when\` and \`or\` say when the rule counts. \`operator: unique\` is one of rules
alone: no older CR of the entry, in whatever namespace, may have the value of the field, which is a path into \`spec\` or
\`metadata\` that neither \`normalize\`, \`mutation\` nor \`labels\` sets; see [gateway.md](gateway.md#unique-values). Rules see
the object as it is now: what must not change belongs into the CRD, as a rule of \`x-kubernetes-validations\` with
\`oldSelf\`.`;

const mutationText = `Values are filled in before validation, on a copy in memory: what is stored is not changed. A text is a
template; everything else is taken as it is. \`default\` fills what is absent, null or an empty text: \`0\` and \`false\`
are values, and stay. (The template function of that name takes them for nothing, as in Helm: \`{{ default true false }}\`
is \`true\`.) \`when\` and \`or\` say when the rule counts.`;

const conversionText = `[conversion.md](conversion.md) describes what becomes of an object. Templates see the object in the
version \`from\`: \`.metadata\`, \`.spec\`, \`.status\`, \`.apiVersion\`, \`.kind\`, and nothing else.`;

const context = `| Name | Is | Where |
|---|---|---|
| \`.metadata\`, \`.spec\`, \`.status\`, \`.apiVersion\`, \`.kind\` | the CR, with \`normalize\` and \`mutation\` done | everywhere |
| \`.children.<kind>\` | the only child of a kind, or the newest, as observed before the pass | everywhere |
| \`.children.<kinds>\` | all children of a kind, by name; of several of one name the oldest, and the others by \`<namespace>/<name>\` | everywhere |
| \`.children.custom\`, \`.children.customs\` | the children of \`custom\` entries, by name | everywhere |
| \`.cross.<as>\` | a CR of another entry, see [cross](#operatorboxcross) | everywhere but \`normalize\`, \`mutation\`, \`validation\`, \`queue\` and \`cross\` itself |
| \`.external.<name>\` | the result of an HTTP call, see [external](#external) | what is evaluated after the call; not \`normalize\`, \`queue\` and \`onDelete\` |
| \`.child\` | the child as observed | \`readyWhen\` of an entry |
| \`.item\`, \`.value\`, \`.index\` and the name given by \`as\` | the element | entries with \`forEach\` |

Kinds may be written \`cronJob\` or \`cronjob\`. What is absent is empty, at any depth. A value that is one expression keeps
its type: a list stays a list. [Functions](functions.md) are those of Go and 260 more. \`default\` takes the fallback first and the value last: \`{{ .spec.tag | default "latest" }}\`.
As in Helm it takes 0, false and what is empty for absent: \`{{ .spec.enabled | default true }}\` is always true. The
\`default\` of a [mutation](#mutationrules) leaves them as they are.`;

const yaml = `As kubectl reads manifests. Unquoted numbers and booleans are taken as they are written where text is wanted:
\`version: 1.10\` is \`1.10\`. In \`custom\` children and in flags \`yes\`, \`on\` and \`012\` mean \`true\`, \`true\` and \`10\`, with a
warning. Keys are always text. Anchors, aliases and merge keys work. A value that begins with \`{{\` needs quotes.

A file has at most ${katalogLimits.bytes >> 20} MiB and ${katalogLimits.tokens.toLocaleString("en")} words of YAML, ${katalogLimits.depth} levels of nesting, and ${katalogLimits.nodes.toLocaleString("en")}
values once its aliases are written out. Durations are written \`30s\`, \`5m\`, \`1h30m\`, \`2d\` or \`1w\`; a bare number is
seconds.`;

function table({ fields, required = [] }: RecordShape, besides: Fields = {}, keep: readonly string[] = []): string {
  const own = Object.entries(fields).filter(([key]) => keep.includes(key) || !Object.hasOwn(besides, key));
  return ["| Key | Value | Meaning |", "|---|---|---|", ...rows(Object.fromEntries(own), required, "")].join("\n");
}

function without(shape: RecordShape, ...keys: string[]): RecordShape {
  return { ...shape, fields: Object.fromEntries(Object.entries(shape.fields).filter(([key]) => !keys.includes(key))) };
}

function rows(fields: Fields, needed: readonly string[], prefix: string): string[] {
  return Object.entries(fields).filter(([, field]) => field.support === undefined).flatMap(([key, field]) => {
    const must = needed.includes(key) ? ", required" : "";
    const row = `| \`${prefix}${key}\` | ${value(field)}${must} | ${(field.doc ?? "").replaceAll("|", "\\|")} |`;
    // Conditions have a section of their own.
    if (key === "when" || key === "or") return [row];
    const below = field.type === "union" ? field.map : field;
    return below?.type === "record" ? [row, ...rows(below.fields, below.required ?? [], `${prefix}${key}.`)] : [row];
  });
}

function value(shape: Shape): string {
  switch (shape.type) {
    case "text": {
      if (shape.oneOf !== undefined) return shape.oneOf.map(code).join(", ");
      const name = shape.format === undefined ? "text" : shortNames[shape.format] ?? describeFormat(shape).replace(/^a /, "");
      return shape.template ? `${name}, template` : name;
    }
    case "number": {
      const range = shape.min === undefined ? "" : shape.max === undefined ? ` from ${shape.min} on` : ` ${shape.min} to ${shape.max}`;
      return `${shape.integer === false ? "number" : "whole number"}${range}`;
    }
    case "flag":
      return "flag";
    case "duration":
      return shape.template === true ? "duration, template" : "duration";
    case "map":
      return `map to ${value(shape.values)}`;
    case "list":
      return shape.items === condition ? "list of [conditions](#conditions)" : `list of ${value(shape.items)}${shape.items.type === "record" ? "s" : ""}`;
    case "record":
      return "map";
    case "tree":
      return shape.template ? "anything, templates" : "anything";
    case "union":
      return [shape.scalar, shape.list?.type === "list" ? undefined : shape.list, shape.map]
        .filter((each) => each !== undefined && each.type !== "tree").map((each) => value(each!)).join(" or ");
  }
}

const shortNames: Partial<Record<TextFormat, string>> = {
  dnsLabel: "label",
  dnsSubdomain: "name",
  namespace: "namespace",
  namespaceGlob: "namespace or glob",
  labelValue: "label value",
};

function moveTable(): string {
  const lines = ["| Before | Now |", "|---|---|"];
  const add = (before: string, now: string) => lines.push(`| ${before} | ${now} |`);
  const on = (place: string, key: string) => code(place === "" ? key : `${place}.${key}`);
  for (const move of moves) {
    switch (move.kind) {
      case "keys":
        for (const key of move.keys) add(on(move.at, key), on(move.to, key));
        break;
      case "block":
        for (const [to, keys] of Object.entries(move.to)) {
          add(`${keys.map(code).join(", ")} under ${code(move.at)}`, to === "" ? "on the entry of the CRD" : code(`${to}.*`));
        }
        break;
      case "rename":
        add(code(move.from), code(move.to));
        break;
      case "form":
        if (move.form === "pairs") add("labels, annotations and selectors as a list of `{key, value}`", "a map");
        else add("`env` as a map of `NAME: {value}`", "Kubernetes' list");
        break;
    }
  }
  return [...new Set(lines)].join("\n");
}

/** Every key that is documented and not carried out, as items of a list. */
function notYet(): string[] {
  const places = new Map<string, string>();
  collectLater(katalogShape, "", new Set(), places);
  const items = [...places].map(([keys, place]) => `- ${keys}${place === "" ? "" : ` ${place}`}`);
  return [...items, `- documents of kind ${laterKinds.map(code).join(", ")}`];
}

/** Shapes that are in several places. */
const sharedPlaces: ReadonlyMap<Shape, string> = new Map([
  [condition, "in a condition"],
  [recordAt(operatorBox, "onCreate"), "under `onCreate`, `onReconcile` and `onDelete`"],
  [recordAt(operatorBox, "onCreate", "replicaSets", "*"), "in an entry of a workload"],
]);

/** `places` has the first place of each set of keys: workloads have the same ones. */
function collectLater(shape: Shape, path: string, seen: Set<Shape>, places: Map<string, string>): void {
  if (seen.has(shape)) return;
  seen.add(shape);
  const below = (name: string) => path === "" ? name : `${path}.${name}`;
  switch (shape.type) {
    case "record": {
      const keys = Object.keys(shape.fields).filter((key) => shape.fields[key]!.support === "later").map(code).join(", ");
      if (keys !== "" && !places.has(keys)) places.set(keys, sharedPlaces.get(shape) ?? `under ${code(path)}`);
      for (const [key, field] of Object.entries(shape.fields)) {
        if (field.support === undefined) collectLater(field, below(key), seen, places);
      }
      return;
    }
    case "list":
      return collectLater(shape.items, path, seen, places);
    case "map":
      return collectLater(shape.values, path === "spec.crds" ? "spec.crds.<name>" : path, seen, places);
    case "union":
      for (const each of [shape.scalar, shape.list, shape.map]) if (each !== undefined) collectLater(each, path, seen, places);
  }
}

/** Keys that are left out with nothing in their place. */
function leftOut({ fields }: RecordShape): string[] {
  return Object.keys(fields).filter((key) => fields[key]!.support === "never" && key !== "imports");
}

function code(text: string): string {
  return `\`${text}\``;
}

/** As `deno fmt` leaves it, so that both agree. */
export function formattedDocs(): Promise<string> {
  return formatMarkdown(printDocs());
}

if (import.meta.main) await Deno.stdout.write(new TextEncoder().encode(await formattedDocs()));
