import type { Json, JsonMap } from "../base/json.ts";
import { isMap, ownValue } from "../base/json.ts";
import { type CompiledGate, type ConditionError, evaluateGate, type GateResult } from "../conditions/mod.ts";
import { absentInput, elementsOf, maxElements } from "../input/mod.ts";
import { formatTime } from "../base/clock.ts";
import { formatDuration, parseDuration } from "../base/duration.ts";
import { shortenMiddle } from "../base/shorten.ts";
import { annotations, declarerOf, isDnsLabel } from "../k8s/names.ts";
import { matchesNamespace } from "../k8s/namespace_globs.ts";
import type { KubeObject, ObjectKey, ResourceType } from "../k8s/object.ts";
import { apiVersionOf, groupKind, objectKey, splitKey } from "../k8s/object.ts";
import { builtInType } from "../k8s/resource_types.ts";
import {
  autoscaleOf,
  certificateOf,
  type CertificateWish,
  defaultName,
  desiredDigest,
  EntryError,
  type ExpandContext,
  hasTargets,
  mayOwn,
  type RenderedEntry,
  renderEntry,
  rotationOf,
  type SourceContent,
  targetsOf,
  toNamespacesField,
  withProfiles,
  type Workload,
  writtenTargets,
} from "../resources/mod.ts";
import { RenderError, valueOf } from "../template/compiled_text.ts";
import { type BytesUse, references, TemplateError } from "../template/mod.ts";
import { describeChild } from "./change.ts";
import type { CompiledBox, CompiledEntry } from "./compile.ts";
import { type PassMemory, type SourceRef, whyUnseen } from "./memory.ts";
import { isJob } from "./observed.ts";
import type { Scaling } from "./scaling.ts";
import { type EntryProblem, failedEntry, waitingEntry } from "./outcome.ts";
import { copyOf, sizeOf, spread } from "./sources.ts";
import { isWorkload, workloadOf } from "./workloads.ts";

/** A child as it is desired for a CR now. */
export interface DesiredChild {
  readonly type: ResourceType;
  readonly key: ObjectKey;
  /** Ready to be sent; reconciled children carry the digest as an annotation (ruling 42). */
  readonly object: KubeObject;
  /** For its `status` subresource: identity and status only. */
  readonly status: KubeObject | undefined;
  /** Of the whole object including the status, without fields that an autoscaler decides. */
  readonly digest: string;
  /**
   * `apply` keeps it as declared; `make` creates it when absent and deletes it when no longer declared; `create`
   * creates it when absent and ignores it afterwards (rulings 1, 2, 43).
   */
  readonly upkeep: "apply" | "make" | "create";
  /** Wait before each write. */
  readonly sleepMs: number;
  /** What the API server does not let be changed is deleted and recreated. */
  readonly replaces: boolean;
  readonly force: boolean;
  readonly adopt: boolean;
  /** `spec.replicas` is decided by `autoscale`, or an autoscaler that the box declares too (ruling 44). */
  readonly autoscaled: boolean;
  /** Its `autoscale`; absent also where another autoscaler decides. */
  readonly scaling: Scaling | undefined;
  /** Identity of the Namespace, a child of the same CR, without which it must not be created (ruling 49). */
  readonly within: string | undefined;
  /** Its values are made again after this time (`once`, `tls`); `nowMs` is the time of the pass. */
  readonly rotation: { readonly afterMs: number; readonly nowMs: number } | undefined;
  /** A certificate that the writer makes, in place of the data. */
  readonly certificate: CertificateWish | undefined;
  readonly readyWhen: CompiledGate | undefined;
  /** Data for its own conditions, including the element of `forEach`. */
  readonly data: JsonMap;
  /** `onReconcile.configMaps[0]`, `…[0][2]` of `forEach`, `…[0][team-a]` of `toNamespaces`. */
  readonly entry: string;
  /** What it is a copy of. */
  readonly source: SourceRef | undefined;
}

/** Desired state of a CR: an entry is rendered, off, waiting or failed, independently of the others (ruling 63). */
export interface Desired {
  /** In the order in which they are to be written. */
  readonly children: readonly DesiredChild[];
  readonly problems: readonly EntryProblem[];
  readonly kept: Kept;
  /** What its entries copy from, whether it exists or not; one source may come several times. */
  readonly sources: readonly SourceRef[];
  /** Identity → entry, of the children of entries that are off, where names can be rendered. Evaluated when called. */
  readonly off: () => ReadonlyMap<string, string>;
}

/** Children that are not in `children` but must not be deleted: those of entries that wait or failed. */
export interface Kept {
  /** See `identityOf`. */
  readonly names: ReadonlySet<string>;
  /**
   * Those among `names` that may have been renamed → their entry, with the namespace of `toNamespaces`
   * (`onReconcile.secrets[0][team-a]`): until it exists, the old child stays.
   */
  readonly renamed: ReadonlyMap<string, string>;
  /** Entries whose name another entry declares: their former children stay. */
  readonly clashing: readonly { readonly type: ResourceType; readonly key: ObjectKey; readonly entry: string }[];
  /** `groupKind`s of which nothing is deleted: the name of the entry's child is not known. */
  readonly kinds: ReadonlySet<string>;
}

interface Named {
  readonly type: ResourceType;
  readonly key: ObjectKey;
}

/** Why nothing of a kind can be written, and what to do. */
export function describeNotServed(type: ResourceType): string {
  const what = `the API server does not serve ${type.kind} of ${apiVersionOf(type)}`;
  return builtInType(type.kind, type.group) === undefined ? `${what}; install its CRD` : what;
}

/** Names one object of one kind, whatever its version. */
export function identityOf(child: Named): string {
  return `${groupKind(child.type)}/${child.key}`;
}

/**
 * Maximum text that all templates for one object may produce. Each value is bounded already, but `forEach` multiplies;
 * the API server accepts 3 MiB for one child.
 */
const maxCharacters = 8 * 1024 * 1024;

/** Maximum text that all copies for one object may have, in all children together: each child is digested. */
const maxCopied = 32 * 1024 * 1024;

const tooMany = `more than ${maxElements} children for one object`;

/** Renders and expands every entry whose conditions hold. Pure: the same CR, children and minute give the same. */
export function desiredChildren(
  box: CompiledBox,
  cr: KubeObject,
  data: JsonMap,
  wallMs: number,
  memory: Pick<PassMemory, "served" | "unseen" | "source" | "child">,
): Desired {
  const renderer = new Renderer(box, cr, data, wallMs, memory);
  for (const entry of box.entries) renderer.render(entry);
  return renderer.finish();
}

/** An element of an entry, rendered. */
interface Rendered {
  readonly source: CompiledEntry;
  readonly type: ResourceType;
  readonly entry: RenderedEntry;
  readonly id: string;
  readonly data: JsonMap;
  /** Path of a field → the template that gave its value. */
  readonly texts: ReadonlyMap<string, string>;
  readonly copied: { readonly content: SourceContent; readonly ref: SourceRef } | undefined;
}

interface Expanded extends Omit<DesiredChild, "digest" | "within" | "autoscaled"> {
  readonly compiled: CompiledEntry;
}

/** An entry that makes nothing now, or an element of its `forEach`; without `data` all elements. */
interface EntryOf {
  readonly source: CompiledEntry;
  readonly data: JsonMap | undefined;
}

class Renderer {
  readonly #box: CompiledBox;
  readonly #cr: KubeObject;
  readonly #data: JsonMap;
  readonly #wallMs: number;
  readonly #memory: Pick<PassMemory, "served" | "unseen" | "source" | "child">;
  readonly #rendered: Rendered[] = [];
  readonly #problems: EntryProblem[] = [];
  readonly #names = new Set<string>();
  readonly #renamed = new Map<string, string>();
  readonly #clashing: Kept["clashing"][number][] = [];
  readonly #kinds = new Set<string>();
  readonly #sources: SourceRef[] = [];
  readonly #offEntries: EntryOf[] = [];
  readonly #keptEntries: EntryOf[] = [];
  #workloads: readonly Workload[] | undefined;
  #characters = maxCharacters;
  #copied = 0;

  constructor(
    box: CompiledBox,
    cr: KubeObject,
    data: JsonMap,
    wallMs: number,
    memory: Pick<PassMemory, "served" | "unseen" | "source" | "child">,
  ) {
    this.#box = box;
    this.#cr = cr;
    this.#data = data;
    this.#wallMs = wallMs;
    this.#memory = memory;
  }

  render(source: CompiledEntry): void {
    const { forEach, id, at } = source.plan;
    const unseen = whyUnseen(source.dependsOn, this.#memory);
    if (unseen !== undefined) {
      this.#keep(source, undefined);
      return void this.#problems.push(failedEntry(id, `${id}: ${unseen}`));
    }
    const block = this.#gate(source.block, this.#data);
    if (block.state === "false") return this.#off(source, undefined);
    if (block.state === "unknown") {
      this.#keep(source, undefined);
      return this.#unknown(source, id, block.error, this.#data);
    }
    const elements = forEach === undefined ? [this.#data] : elementsOf(forEach, this.#data);
    if (typeof elements === "string") {
      this.#keep(source, undefined);
      return void this.#problems.push(failedEntry(id, `${at}: ${elements}`));
    }
    for (const [index, element] of elements.entries()) {
      const elementId = forEach === undefined ? id : `${id}[${index}]`;
      if (this.#rendered.length >= maxElements) {
        this.#keep(source, undefined);
        return void this.#problems.push(failedEntry(elementId, `${at}: ${tooMany}`));
      }
      this.#element(source, elementId, element);
    }
  }

  #element(source: CompiledEntry, id: string, data: JsonMap): void {
    const gate = this.#gate(source.gate, data);
    if (gate.state === "false") return this.#off(source, data);
    if (gate.state === "unknown") {
      this.#keep(source, data);
      return this.#unknown(source, id, gate.error, data);
    }
    const type = this.#memory.served(source.plan.type);
    if (type === undefined) {
      this.#keep(source, data);
      this.#problems.push({
        entry: id,
        state: "waiting",
        reason: "Waiting",
        message: `${id}: ${describeNotServed(source.plan.type)}`,
        warns: true,
      });
      return;
    }
    const texts = new Map<string, string>();
    try {
      this.#spread({ source, type, entry: this.#fields(source, type, data, texts), id, data, texts });
    } catch (error) {
      this.#keep(source, data);
      this.#problems.push(this.#problem(source, id, data, texts, error));
    }
  }

  /** The children of a rendered entry, with what they copy. They wait, or fail, together. */
  #spread(item: Omit<Rendered, "copied">): void {
    const { source, type, id } = item;
    const children = spread(source, item.entry);
    // What is only created needs its source no more.
    const isDone = source.plan.mode === "create" &&
      children.every(({ entry }) => this.#memory.child(type, objectKey(entry)) !== undefined);
    const copied = isDone ? undefined : copyOf(this.#box, this.#cr, source, item.entry, this.#memory);
    if (copied?.ref !== undefined) this.#sources.push(copied.ref);
    const keep = (problem: EntryProblem): void => {
      for (const { entry } of children) this.#keepAt(source, { type, key: objectKey(entry) });
      this.#problems.push(problem);
    };
    if (copied !== undefined && "waitsFor" in copied) return keep(waitingEntry(id, `waiting for ${copied.waitsFor}`));
    if (copied !== undefined && "fails" in copied) return keep(failedEntry(id, `${source.plan.at}: ${copied.fails}`));
    if (this.#rendered.length + children.length > maxElements) {
      return keep(failedEntry(id, `${source.plan.at}: ${tooMany}`));
    }
    const size = copied === undefined ? 0 : sizeOf(copied.content) * children.length;
    if (this.#copied + size > maxCopied) {
      return keep(
        failedEntry(id, `${source.plan.at}: the copies of one object have more than ${maxCopied} characters`),
      );
    }
    this.#copied += size;
    for (const { entry, suffix } of children) this.#rendered.push({ ...item, entry, id: id + suffix, copied });
  }

  #gate(gate: CompiledGate, data: JsonMap): GateResult {
    return evaluateGate(gate, data, { wallMs: this.#wallMs });
  }

  /** A Job runs to completion even when its condition has become false (ruling 3). */
  #off(source: CompiledEntry, data: JsonMap | undefined): void {
    if (!isJob(source.plan.type)) return void this.#offEntries.push({ source, data });
    const children = this.#childrenOf(source, data);
    if (children === undefined) this.#kinds.add(groupKind(source.plan.type));
    else for (const child of children) this.#names.add(identityOf(child));
  }

  #namesOfOff(): Map<string, string> {
    const names = new Map<string, string>();
    for (const { source, data } of this.#offEntries) {
      for (const element of this.#elements(source, data)) {
        for (const child of this.#childrenOf(source, element) ?? []) names.set(identityOf(child), source.plan.id);
      }
    }
    return names;
  }

  /** Data for each child of an entry: of one element where it is known, else of all; none where they are not known. */
  #elements({ plan: { forEach } }: CompiledEntry, data: JsonMap | undefined): readonly JsonMap[] {
    if (data !== undefined || forEach === undefined) return [data ?? this.#data];
    const elements = elementsOf(forEach, this.#data);
    return typeof elements === "string" ? [] : elements;
  }

  /** What Services may select: also what is off, waits or fails, so that no other workload takes its place. */
  #declaredWorkloads(): Workload[] {
    const rendered = this.#rendered.filter(({ source }) => isWorkload(source)).map(({ source, entry }) =>
      workloadOf(source, entry.name, entry.namespace, entry.fields)
    );
    const absent = (entries: readonly EntryOf[], isOff: boolean) =>
      entries.filter(({ source }) => isWorkload(source)).flatMap(({ source, data }) =>
        this.#elements(source, data).flatMap((element) =>
          (this.#places(source, source.plan.type, element) ?? []).map(({ name, namespace }) => ({
            ...workloadOf(source, name, namespace, source.plan.fields, this.#textIn(element)),
            isOff,
          }))
        )
      );
    return [...rendered, ...absent(this.#keptEntries, false), ...absent(this.#offEntries, true)];
  }

  /** Evaluates a text of an entry that is not rendered; `undefined` where it cannot be. */
  #textIn(data: JsonMap): (text: string) => Json | undefined {
    return (text) => {
      try {
        return valueOf({ template: this.#box.templates.parse(text), at: "" }, data);
      } catch (error) {
        if (error instanceof RenderError) return undefined;
        throw error;
      }
    };
  }

  /** Keeps the children of the entry: by name where that can be rendered, else all of its kind. */
  #keep(source: CompiledEntry, data: JsonMap | undefined): void {
    this.#keptEntries.push({ source, data });
    const children = this.#childrenOf(source, data);
    if (children === undefined) this.#kinds.add(groupKind(source.plan.type));
    else for (const child of children) this.#keepAt(source, child);
  }

  /** Those of an entry, or of an element of its `forEach`; `undefined` when their names cannot be rendered. */
  #childrenOf(source: CompiledEntry, data: JsonMap | undefined): Named[] | undefined {
    const type = this.#memory.served(source.plan.type) ?? source.plan.type;
    const single = data ?? (source.plan.forEach === undefined ? this.#data : undefined);
    const places = single === undefined ? undefined : this.#places(source, type, single);
    return places?.map((place) => ({ type, key: objectKey(place) }));
  }

  #keepAt(source: CompiledEntry, child: Named): void {
    this.#names.add(identityOf(child));
    if (!this.#mayBeRenamed(source)) return;
    const { id, fields } = source.plan;
    const isTarget = source.shorthand.copies !== undefined && hasTargets(fields);
    this.#renamed.set(identityOf(child), isTarget ? `${id}[${splitKey(child.key).namespace ?? ""}]` : id);
  }

  /** Name or namespace depend on more than those of the CR, which never change. */
  #mayBeRenamed({ plan }: CompiledEntry): boolean {
    const from = nameFieldsOf(plan);
    const written = [ownValue(from, "name"), ownValue(from, "namespace"), ...writtenTargets(plan.fields)];
    return written.some((text) => {
      if (typeof text !== "string" || !text.includes("{{")) return false;
      return references(this.#box.templates.parse(text)).some(({ path }) =>
        path[0] !== "metadata" || (path[1] !== "name" && path[1] !== "namespace")
      );
    });
  }

  /** Name and namespaces alone; `undefined` when they cannot be rendered. */
  #places(source: CompiledEntry, type: ResourceType, data: JsonMap): Place[] | undefined {
    try {
      const place = placeOf(this.#box, this.#cr, source, type, data);
      if (place === undefined) return undefined;
      const targets = targetNamespaces(this.#box, source, data);
      return targets === undefined ? [place] : targets.map((namespace) => ({ ...place, namespace }));
    } catch (error) {
      if (error instanceof RenderError || error instanceof EntryError) return undefined;
      throw error;
    }
  }

  #unknown(source: CompiledEntry, id: string, error: ConditionError, data: JsonMap): void {
    const absent = error.template === undefined ? undefined : absentInput(error.template, data);
    const at = error.at === "" ? source.plan.at : error.at;
    this.#problems.push(
      absent === undefined
        ? failedEntry(id, `${at}: the condition cannot be evaluated: ${error.message}`)
        : waitingEntry(id, `waiting for ${absent}`),
    );
  }

  #problem(
    { plan }: CompiledEntry,
    id: string,
    data: JsonMap,
    texts: ReadonlyMap<string, string>,
    error: unknown,
  ): EntryProblem {
    const path = error instanceof EntryError ? error.path : undefined;
    for (const [at, text] of texts) {
      // The template that failed is the last one; an error of a field comes from the templates of that field.
      const concerned = path === undefined ? text === lastOf(texts) : isWithin(at, path) || isWithin(path, at);
      const absent = concerned ? absentInput(this.#box.templates.parse(text), data) : undefined;
      if (absent !== undefined && isExpected(error)) return waitingEntry(id, `waiting for ${absent}`);
    }
    if (error instanceof RenderError) return failedEntry(id, `${id}: ${error.message}`);
    if (error instanceof EntryError) {
      const at = plan.positions[error.path] ?? plan.at;
      return failedEntry(id, `${id}: ${at}: ${error.path === "" ? "" : `${error.path}: `}${error.message}`);
    }
    if (error instanceof TemplateError) return failedEntry(id, `${id}: ${plan.at}: ${error.message}`);
    throw error;
  }

  #fields(source: CompiledEntry, type: ResourceType, data: JsonMap, texts: Map<string, string>): RenderedEntry {
    const { plan, shorthand } = source;
    const render = (text: string, path: string, bytes: BytesUse): Json | undefined => {
      texts.set(path, text);
      const at = plan.positions[path] ?? `${plan.at}: ${path}`;
      const value = valueOf({ template: this.#box.templates.parse(text), at }, data, bytes);
      if (typeof value === "string") this.#characters -= value.length;
      if (this.#characters < 0) {
        throw new EntryError(path, `The templates of one object render more than ${maxCharacters} characters`);
      }
      return value;
    };
    const { profiles } = this.#box.plan;
    const written = withProfiles(shorthand.key, plan.fields, profiles, (text, path) => render(text, path, "refuse"));
    const fields = renderEntry(shorthand.shape, written, render);
    const custom = shorthand.key === "custom";
    const named = custom && isMap(fields["metadata"]) ? fields["metadata"] : fields;
    const name = trimmed(ownValue(named, "name")) ?? defaultNameIn(source, this.#cr);
    const namePath = custom ? "metadata.name" : "name";
    if (name === undefined) throw new EntryError(namePath, "Cannot do without a name: it is empty");
    if (!type.namespaced) return { name, fields };
    return {
      name,
      namespace: trimmed(ownValue(named, "namespace")) ?? this.#cr.metadata.namespace ?? "default",
      fields,
    };
  }

  finish(): Desired {
    const expanded: Expanded[] = [];
    for (const item of this.#rendered) {
      const child = this.#expand(item);
      if (child !== undefined) expanded.push(child);
    }
    const targets = autoscaledTargets(expanded);
    for (const child of expanded) {
      const by = child.scaling === undefined ? undefined : targets.get(identityOf(child));
      if (by !== undefined) this.#problems.push(scaledTwice(child, by));
    }
    const made = new Set(expanded.filter(({ type }) => groupKind(type) === "Namespace").map(({ key }) => key));
    const children = new Map<string, DesiredChild>();
    const own = identityOf({ type: this.#box.plan.type, key: objectKey(this.#cr.metadata) });
    for (const child of expanded) {
      if (identityOf(child) === own) {
        const text = `${describeChild(child)} is the object itself, which cannot be its own child`;
        this.#problems.push(failedEntry(
          child.entry,
          `${child.entry}: ${child.compiled.plan.at}: ${text}; give the child another name`,
        ));
        continue;
      }
      const known = children.get(identityOf(child));
      if (known !== undefined && blockOf(known.entry) === blockOf(child.entry)) {
        this.#clashing.push(child);
        this.#problems.push(failedEntry(
          child.entry,
          `${child.entry}: ${child.compiled.plan.at}: ${describeChild(child)} is declared by ${known.entry} already; ` +
            "give each a name of its own",
        ));
        continue;
      }
      const place = this.#placing(child, made);
      if (typeof place === "object") {
        this.#keepAt(child.compiled, child);
        this.#problems.push(place);
        continue;
      }
      // The same object under onCreate and onReconcile is one object, kept as declared.
      if (known !== undefined && known.upkeep !== "create") continue;
      children.set(identityOf(child), this.#finished(child, place, targets.get(identityOf(child))));
    }
    const kept = { names: this.#names, renamed: this.#renamed, clashing: this.#clashing, kinds: this.#kinds };
    return {
      children: [...children.values()],
      problems: this.#problems,
      kept,
      sources: this.#sources,
      off: () => this.#namesOfOff(),
    };
  }

  #expand(item: Rendered): Expanded | undefined {
    const { source, type, entry, id, data, texts, copied } = item;
    const { plan } = source;
    if (copied?.ref.key === objectKey(entry)) {
      this.#keepAt(source, { type, key: objectKey(entry) });
      this.#problems.push(
        failedEntry(id, `${plan.at}: ${type.kind} ${copied.ref.key} is copied to itself; give it a name`),
      );
      return undefined;
    }
    const { name, namespace, uid } = this.#cr.metadata;
    const context: ExpandContext = {
      owner: { apiVersion: this.#cr.apiVersion, kind: this.#cr.kind, name, namespace: namespace!, uid: uid ?? "" },
      retain: plan.deletionPolicy === "Retain",
      source: copied?.content,
      workloads: this.#workloads ??= this.#declaredWorkloads(),
    };
    const { scaling: gates } = source;
    const rotateAfterMs = plan.mode === "create" ? rotationOf(plan.fields) : undefined;
    try {
      const object = source.shorthand.expand(entry, context);
      const status = splitStatus(source, object);
      const autoscale = gates === undefined ? undefined : autoscaleOf(entry.fields);
      return {
        compiled: source,
        type,
        key: objectKey(object.metadata),
        object,
        status,
        upkeep: plan.mode === "create" ? "create" : source.shorthand.upkeep,
        sleepMs: sleepOf(entry.fields),
        replaces: source.shorthand.replaces === true && plan.mode === "apply",
        force: plan.force,
        // What is taken over is applied, and a certificate is not.
        adopt: plan.adopt && source.plan.fields["tls"] === undefined,
        rotation: rotateAfterMs === undefined ? undefined : { afterMs: rotateAfterMs, nowMs: this.#wallMs },
        scaling: autoscale === undefined
          ? undefined
          : { ...autoscale, gates: gates!, at: plan.at, wallMs: this.#wallMs },
        certificate: plan.shorthand === "secrets" ? certificateOf(entry) : undefined,
        readyWhen: source.readyWhen,
        data,
        entry: id,
        source: copied?.ref,
      };
    } catch (error) {
      this.#keepAt(source, { type, key: objectKey(entry) });
      this.#problems.push(this.#problem(source, id, data, texts, error));
      return undefined;
    }
  }

  /** Checks the namespace (ruling 49): the Namespace child that it needs, `undefined` when it needs none. */
  #placing(child: Expanded, made: ReadonlySet<string>): string | undefined | EntryProblem {
    const { namespace } = child.object.metadata;
    const { plan } = child.compiled;
    const { restrictedNamespaces } = this.#box.plan;
    if (groupKind(child.type) === "Namespace" && matchesNamespace(restrictedNamespaces, child.key)) {
      return failedEntry(
        child.entry,
        `${child.entry}: ${plan.at}: the Namespace "${child.key}" is not allowed: restrictedNamespaces lists it`,
      );
    }
    if (namespace === undefined || namespace === this.#cr.metadata.namespace) return undefined;
    if (!isDnsLabel(namespace)) {
      return failedEntry(
        child.entry,
        `${child.entry}: ${plan.at}: Cannot use "${shortenMiddle(namespace, 80)}" as a ` +
          "namespace: expected at most 63 lower-case letters, digits and hyphens",
      );
    }
    if (isWrittenOut(plan, namespace)) return undefined;
    const { allowedNamespaces } = this.#box.plan;
    const restricted = matchesNamespace(restrictedNamespaces, namespace);
    if (!restricted && matchesNamespace(allowedNamespaces, namespace)) return undefined;
    if (!restricted && made.has(namespace)) return `Namespace/${namespace}`;
    return failedEntry(
      child.entry,
      `${child.entry}: ${plan.at}: the namespace "${namespace}" is not allowed: the object chooses it, and ` +
        (restricted
          ? "restrictedNamespaces lists it"
          : "allowedNamespaces does not list it; list it there, or write it out in the Katalog"),
    );
  }

  /** `autoscaler`: what else decides its number of Pods. */
  #finished(child: Expanded, within: string | undefined, autoscaler: Expanded | undefined): DesiredChild {
    const { compiled: _compiled, scaling: declared, ...rest } = child;
    const scaling = autoscaler === undefined ? declared : undefined;
    const autoscaled = scaling !== undefined || autoscaler !== undefined || this.#wasScaled(child);
    const { object, status, upkeep } = child;
    const whole = status === undefined ? object : { ...object, status: status["status"] };
    const digest = desiredDigest(autoscaled ? withoutReplicas(whole) : whole);
    const marks: Record<string, string> = {};
    const { namespace } = object.metadata;
    if (namespace !== undefined && !mayOwn(this.#cr.metadata, namespace)) marks[annotations.place] = child.key;
    if (upkeep !== "create") {
      marks[annotations.applied] = digest;
      marks[annotations.declaredBy] = declarerOf(this.#box.plan);
    }
    if (child.rotation !== undefined || child.certificate !== undefined) {
      marks[annotations.generatedAt] = formatTime(this.#wallMs);
      if (child.rotation !== undefined) marks[annotations.rotateAfter] = formatDuration(child.rotation.afterMs);
    }
    if (Object.keys(marks).length > 0) object.metadata.annotations = { ...object.metadata.annotations, ...marks };
    return { ...rest, digest, within, autoscaled, scaling };
  }

  /**
   * An entry that says nothing of the number of Pods any more leaves what `autoscale` made it: a field that is no longer
   * applied would go back to the default of the API server, 1.
   */
  #wasScaled({ type, key, object }: Expanded): boolean {
    return object["spec"]?.replicas === undefined && this.#memory.child(type, key)?.lastScale !== undefined;
  }
}

/** `autoscale` of a workload gives way to a HorizontalPodAutoscaler: two of them would fight. */
function scaledTwice(child: Expanded, by: Expanded): EntryProblem {
  const text = `autoscale is not carried out: ${describeChild(by)} (${by.entry}) scales ${
    describeChild(child)
  } as well`;
  return failedEntry(child.entry, `${child.entry}: ${child.compiled.plan.at}: ${text}; keep one of them`);
}

/**
 * Workloads whose number of Pods an autoscaler of the same CR decides: identities of what `scaleTargetRef` names, and
 * the autoscaler.
 */
function autoscaledTargets(children: readonly Expanded[]): Map<string, Expanded> {
  const targets = new Map<string, Expanded>();
  for (const scaler of children) {
    const { type, object } = scaler;
    if (groupKind(type) !== "HorizontalPodAutoscaler.autoscaling") continue;
    const target: unknown = object["spec"]?.scaleTargetRef;
    if (!isMap(target)) continue;
    const { kind, name, apiVersion } = target;
    const group = typeof apiVersion === "string" && apiVersion.includes("/") ? apiVersion.split("/")[0]! : "";
    if (typeof kind !== "string" || typeof name !== "string") continue;
    for (const child of children) {
      const same = child.type.kind === kind && (apiVersion === undefined || child.type.group === group);
      const { metadata } = child.object;
      if (same && metadata.name === name && metadata.namespace === object.metadata.namespace) {
        const isGiven = child.object["spec"]?.replicas !== undefined || child.scaling !== undefined;
        if (isGiven && !targets.has(identityOf(child))) targets.set(identityOf(child), scaler);
      }
    }
  }
  return targets;
}

/** Without the field that an autoscaler decides. */
export function withoutReplicas(object: KubeObject): KubeObject {
  const { replicas: _replicas, ...spec } = object["spec"] ?? {};
  return { ...object, spec };
}

/** Moves a declared status out of a `custom` child; only reconciled children have it applied. */
function splitStatus({ plan }: CompiledEntry, object: KubeObject): KubeObject | undefined {
  if (plan.shorthand !== "custom" || object["status"] === undefined) return undefined;
  const { apiVersion, kind, metadata: { name, namespace }, status } = object;
  delete object["status"];
  // An empty status owns no field, so applying it would be repeated in every pass.
  if (!isMap(status) || Object.keys(status).length === 0) return undefined;
  return { apiVersion, kind, metadata: namespace === undefined ? { name } : { name, namespace }, status };
}

/** Longest wait before a write: the worker waits too. */
const maxSleepMs = 5 * 60_000;

function sleepOf(fields: JsonMap): number {
  const text = ownValue(fields, "sleep");
  const ms = typeof text === "string" ? parseDuration(text) ?? 0 : 0;
  if (ms > maxSleepMs) throw new EntryError("sleep", "Cannot sleep longer than 5m: the worker waits too");
  return ms;
}

function isExpected(error: unknown): boolean {
  return error instanceof RenderError || error instanceof EntryError || error instanceof TemplateError;
}

function lastOf(texts: ReadonlyMap<string, string>): string | undefined {
  return [...texts.values()].at(-1);
}

/** `env[0].value` lies within `env[0]` and `env`. */
function isWithin(path: string, of: string): boolean {
  return path === of || of === "" || path.startsWith(`${of}.`) || path.startsWith(`${of}[`);
}

export interface Place {
  readonly name: string;
  /** `undefined` in cluster scope. */
  readonly namespace: string | undefined;
}

/** Name and namespace alone, without the other fields of an entry; `undefined` without a name. Throws `RenderError`. */
export function placeOf(
  box: CompiledBox,
  cr: KubeObject,
  source: CompiledEntry,
  type: ResourceType,
  data: JsonMap,
): Place | undefined {
  const from = nameFieldsOf(source.plan);
  const render = (key: string): Json | undefined => {
    const written = ownValue(from, key);
    if (typeof written !== "string" || !written.includes("{{")) return written;
    return valueOf({ template: box.templates.parse(written), at: source.plan.at }, data);
  };
  const name = trimmed(render("name")) ?? defaultNameIn(source, cr);
  if (name === undefined) return undefined;
  if (!type.namespaced) return { name, namespace: undefined };
  return { name, namespace: trimmed(render("namespace")) ?? cr.metadata.namespace ?? "default" };
}

/** `toNamespaces` alone; `undefined`: the entry has none. Throws `RenderError` and `EntryError`. */
function targetNamespaces(box: CompiledBox, { plan, shorthand }: CompiledEntry, data: JsonMap): string[] | undefined {
  if (shorthand.copies === undefined || !hasTargets(plan.fields)) return undefined;
  const fields = renderEntry(
    { type: "record", fields: { toNamespaces: toNamespacesField } },
    { toNamespaces: plan.fields["toNamespaces"]! },
    (text) => valueOf({ template: box.templates.parse(text), at: plan.at }, data),
  );
  return targetsOf(fields);
}

/** Does the Katalog itself name this namespace, in which a child of the entry stands? */
function isWrittenOut(plan: CompiledEntry["plan"], namespace: string): boolean {
  if (plan.shorthand !== "custom" && hasTargets(plan.fields)) return writtenTargets(plan.fields).includes(namespace);
  const written = ownValue(nameFieldsOf(plan), "namespace");
  return typeof written !== "string" || !written.includes("{{");
}

/** The fields that hold an entry's name and namespace. */
function nameFieldsOf({ shorthand, fields }: CompiledEntry["plan"]): JsonMap {
  const from = shorthand === "custom" ? ownValue(fields, "metadata") : fields;
  return isMap(from) ? from : {};
}

function defaultNameIn({ shorthand, plan }: CompiledEntry, cr: KubeObject): string | undefined {
  return defaultName(shorthand, cr.metadata.name, (field) => (ownValue(plan.fields, field) ?? undefined) !== undefined);
}

function trimmed(value: Json | undefined): string | undefined {
  const text = typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
  return text === "" ? undefined : text;
}

/** The entry of a child: `onReconcile.configMaps[0][2][team-a]` → `onReconcile.configMaps[0]`. */
export function entryOf(child: string): string {
  return child.replace(/(?<=\])(?:\[[^\]]*\])+$/, "");
}

/** `onCreate.deployments[0]` → `onCreate`. */
function blockOf(entry: string): string {
  return entry.slice(0, entry.indexOf("."));
}
