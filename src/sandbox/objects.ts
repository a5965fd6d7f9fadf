import { equalJson, type Json, type JsonMap } from "../base/json.ts";
import { type Clock, formatTime } from "../base/clock.ts";
import { type KubeObject, objectKey, splitApiVersion } from "../k8s/object.ts";
import { decodeObject, emptyObject, type FieldValidation, type Origin } from "./codec.ts";
import { readAt, storedForm, withConversions } from "./conversion.ts";
import { customErrors, customStatusErrors } from "./custom_rules.ts";
import {
  alreadyExists,
  ApiFault,
  badRequest,
  conflict,
  type FieldError,
  forbidden,
  invalid,
  type Named,
  notFound,
  staleVersion,
} from "./faults.ts";
import { type Strategy, strategyOf } from "./kinds/strategy.ts";
import { finalizerWarnings, generateName, metadataOf, validateMeta, validateMetaUpdate } from "./meta.ts";
import { applyOwnership, ownershipAfterUpdate, type Writer } from "./ownership.ts";
import type { Registry } from "./registry.ts";
import type { ResourceVersion } from "./resource.ts";
import { type Operation, reviewed, type Steps, unreviewed } from "./steps.ts";
import type { Collection, Store } from "./store.ts";
import { structuredCopy } from "./copy.ts";
import { checkApplied, counts, isHeld, isReleased, restore, statusMetadata } from "./write_rules.ts";

/** Where a write goes. */
export interface Target {
  readonly type: ResourceVersion;
  /** "" in cluster scope. */
  readonly namespace: string;
  readonly name: string;
  /** "" or "status". */
  readonly subresource: string;
  /** The subresource that field ownership names, where it is another: a scale is written to the object itself. */
  readonly through?: string;
}

export interface WriteOptions {
  readonly manager: string;
  readonly dryRun?: boolean;
  readonly fieldValidation?: FieldValidation;
  /** Called with warnings for the client, also when the write fails. The same text may come again. */
  readonly warn?: (text: string) => void;
}

export interface Written {
  readonly object: KubeObject;
  readonly created: boolean;
}

/** Makes the next state out of the current one, both at the version of the request. */
export type Transform = (current: KubeObject) => JsonMap;

/** Metadata of a new object that the server alone sets. */
const systemFields = [
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "generation",
] as const;

/** How often an update without a resourceVersion is tried against others that write the same object. */
export const maxAttempts = 20;

/**
 * Everything that changes objects: one place where the rules of the API server hold, for clients and controllers. What
 * clients write is reviewed by webhooks: `creating`, `replacing`, `updating` and `applying` yield what is to be reviewed.
 */
export class Objects {
  /** `log`: see `SandboxOptions`. */
  constructor(
    readonly store: Store,
    readonly registry: Registry,
    readonly clock: Clock,
    readonly log: (text: string) => void = () => {},
  ) {}

  /** The stored object at the version of the target. Throws `ApiFault` 404. */
  *reading(target: Omit<Target, "subresource">): Steps<KubeObject> {
    return yield* this.#reading(target.type, this.current(target));
  }

  has(target: Omit<Target, "subresource">): boolean {
    return this.collection(target.type).get(objectKey(target)) !== undefined;
  }

  /** The object as it is stored. Throws `ApiFault` 404. */
  current({ type, namespace, name }: Omit<Target, "subresource">): KubeObject {
    const stored = this.collection(type).get(objectKey({ namespace, name }));
    if (stored === undefined) throw notFound(namedOf(type), name);
    return stored;
  }

  collection(type: ResourceVersion): Collection {
    return this.store.collection(type.resource.storageKey);
  }

  create(target: Omit<Target, "subresource">, body: JsonMap, options: WriteOptions): Written {
    return unreviewed(this.creating(target, body, options));
  }

  *creating(target: Omit<Target, "subresource">, body: JsonMap, options: WriteOptions): Steps<Written> {
    const { type } = target;
    const object = decodeObject(type, body, options);
    const strategy = strategyOf(type.resource);
    const writer = this.#writer(options, "");
    this.#place(target, object);
    const { metadata } = object;
    if (metadata.resourceVersion !== undefined) {
      throw new ApiFault(500, "", "resourceVersion should not be set on objects to be created");
    }
    const managedFields = ownershipAfterUpdate(type, undefined, this.#defaulted(type, strategy, object), writer);
    return { object: yield* this.#inserting(target, object, managedFields, options), created: true };
  }

  /** PUT: as `updating`, but a uid in the body is a condition. */
  replacing(target: Target, body: JsonMap, options: WriteOptions): Steps<Written> {
    return this.updating(
      target,
      (current) => {
        const uid = metadataOf(body)["uid"];
        if (typeof uid === "string" && uid !== "" && uid !== current.metadata.uid) {
          const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
          throw conflict(namedOf(target.type), target.name, why);
        }
        return body;
      },
      options,
      "body",
    );
  }

  /** PATCH. `transform` is called again when another writer was faster, unless it names a resourceVersion. */
  update(target: Target, transform: Transform, options: WriteOptions): Written {
    return unreviewed(this.updating(target, transform, options));
  }

  *updating(target: Target, transform: Transform, options: WriteOptions, origin: Origin = "patch"): Steps<Written> {
    const { type, subresource } = target;
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const stored = this.current(target);
      const current = yield* this.#reading(type, stored);
      const body = transform(current);
      const next = decodeObject(type, body, options, origin);
      this.#checkIdentity(target, next, current);
      const strategy = strategyOf(type.resource);
      const shaped = this.#defaulted(type, strategy, next);
      const writer = this.#writer(options, target.through ?? subresource);
      const managedFields = yield* withConversions(
        type,
        (convert) => ownershipAfterUpdate(type, current, shaped, writer, convert),
      );
      const written = yield* this.#committing(target, stored, current, shaped, managedFields, options);
      if (written !== undefined) return { object: written, created: false };
    }
    throw conflict(namedOf(type), target.name, staleVersion);
  }

  /** Server-side apply: creates the object where there is none. */
  *applying(target: Target, config: JsonMap, options: WriteOptions & { force: boolean }): Steps<Written> {
    const { type, subresource } = target;
    checkApplied(type, config);
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const stored = this.collection(type).get(objectKey(target));
      if (stored === undefined && subresource !== "") throw notFound(namedOf(type), target.name);
      const current = stored === undefined ? undefined : yield* this.#reading(type, stored);
      const writer = this.#writer(options, subresource);
      const applied = yield* withConversions(
        type,
        (convert) => applyOwnership(type, current, config, writer, options.force, convert),
      );
      const object = decodeObject(type, applied.object, options, "apply");
      if (current === undefined || stored === undefined) {
        this.#place(target, object);
        if (object.metadata.uid !== undefined) {
          throw conflict(
            namedOf(type),
            target.name,
            "uid mismatch: the provided object specified uid " +
              `${object.metadata.uid}, and no existing object was found`,
          );
        }
        const inserted = yield* this.#inserting(target, object, applied.managedFields, options, "unless taken");
        if (inserted === undefined) continue;
        return { object: inserted, created: true };
      }
      this.#checkIdentity(target, object, current);
      const shaped = this.#defaulted(type, strategyOf(type.resource), object);
      const written = yield* this.#committing(target, stored, current, shaped, applied.managedFields, options);
      if (written !== undefined) return { object: written, created: false };
    }
    throw conflict(namedOf(type), target.name, staleVersion);
  }

  /**
   * Writes metadata of a stored object as controllers do, without validation: fields that it removes have no owner any
   * more. `undefined`: another writer was faster.
   */
  rewrite(
    collection: Collection,
    stored: KubeObject,
    change: (metadata: KubeObject["metadata"]) => void,
  ): KubeObject | undefined {
    const metadata = { ...stored.metadata };
    change(metadata);
    this.#disown(stored, metadata);
    if (metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0 && !isHeld(stored)) {
      return collection.remove(stored);
    }
    return collection.replace(stored, { ...stored, metadata });
  }

  /** Keeps `managedFields` in step with metadata that is about to be stored. */
  #disown(stored: KubeObject, metadata: KubeObject["metadata"]): void {
    if (metadata.managedFields === undefined) return;
    const { group, version } = splitApiVersion(stored.apiVersion);
    const type = this.registry.findKind(group, stored.kind, version);
    if (type === undefined) return; // its definition is going
    const writer = this.#writer({ manager: "kube-controller-manager" }, "");
    const managedFields = ownershipAfterUpdate(type, stored, { ...stored, metadata }, writer);
    if (managedFields === undefined) delete metadata.managedFields;
    else metadata.managedFields = managedFields;
  }

  /** Throws `ApiFault` 409 where the name is taken; with "unless taken" it returns `undefined` then. */
  #inserting(
    target: Omit<Target, "subresource">,
    object: KubeObject,
    managedFields: KubeObject["metadata"]["managedFields"],
    options: WriteOptions,
  ): Steps<KubeObject>;
  #inserting(
    target: Omit<Target, "subresource">,
    object: KubeObject,
    managedFields: KubeObject["metadata"]["managedFields"],
    options: WriteOptions,
    taken: "unless taken",
  ): Steps<KubeObject | undefined>;
  *#inserting(
    target: Omit<Target, "subresource">,
    sent: KubeObject,
    managedFields: KubeObject["metadata"]["managedFields"],
    options: WriteOptions,
    taken?: "unless taken",
  ): Steps<KubeObject | undefined> {
    const { type } = target;
    const { resource } = type;
    const strategy = strategyOf(resource);
    const named = namedOf(type);
    const collection = this.collection(type);
    if (resource.terminating === true) {
      const message = "create not allowed while custom resource definition is terminating";
      throw new ApiFault(405, "MethodNotAllowed", message);
    }
    for (const key of systemFields) delete sent.metadata[key];
    const review = { operation: "CREATE", name: sent.metadata.name ?? "" } as const;
    const whole = { ...target, ...review, subresource: "" };
    const object = yield* this.#mutating(whole, sent, this.#defaulted(type, strategy, sent), managedFields, options);
    const { metadata } = object;
    if (!metadata.name && metadata.generateName) metadata.name = generateName(metadata.generateName);
    metadata.uid = crypto.randomUUID();
    metadata.creationTimestamp = formatTime(this.clock.wallMs());
    if (strategy.generation === true) metadata.generation = 1;
    if (managedFields === undefined) delete metadata.managedFields;
    else metadata.managedFields = managedFields;
    if (type.hasStatus) {
      // A new object has no status but the empty one that its kind always shows.
      const empty = emptyObject(type)["status"];
      if (empty === undefined) delete object["status"];
      else object["status"] = empty;
    }
    let shaped = this.#defaulted(type, strategy, object);
    strategy.admit?.(shaped);
    const siblings = { [Symbol.iterator]: () => collection.list()[Symbol.iterator]() };
    strategy.prepareCreate?.(shaped, siblings, object);
    const errors = [
      ...validateMeta(resource, shaped),
      ...resource.custom ? customErrors(type, shaped, undefined, this.log) : strategy.validate?.(shaped) ?? [],
      ...strategy.validateCreate?.(shaped) ?? [],
    ];
    if (errors.length > 0) throw invalid(named, metadata.name ?? "", errors);
    const warnings = resource.custom ? finalizerWarnings(shaped) : strategy.warnings?.(shaped) ?? [];
    for (const warning of warnings) options.warn?.(warning);
    yield* reviewed({ do: "validate", ...whole, name: metadata.name, object: shaped, dryRun: options.dryRun === true });
    shaped = yield* storedForm(type, shaped);
    this.#checkNamespace(type, shaped);
    if (collection.get(objectKey(metadata)) !== undefined) {
      if (taken === "unless taken") return undefined;
      throw alreadyExists(named, metadata.name);
    }
    return yield* this.#reading(type, options.dryRun === true ? shaped : collection.create(shaped));
  }

  /** `undefined`: another writer was faster. */
  *#committing(
    target: Target,
    stored: KubeObject,
    current: KubeObject,
    sent: KubeObject,
    managedFields: KubeObject["metadata"]["managedFields"],
    options: WriteOptions,
  ): Steps<KubeObject | undefined> {
    const { type, subresource } = target;
    const strategy = strategyOf(type.resource);
    const dryRun = options.dryRun === true;
    const whole = { ...target, operation: "UPDATE", subresource: target.through ?? subresource } as const;
    const admitted = yield* this.#mutating(whole, sent, sent, managedFields, options, current);
    const next = admitted === sent ? sent : this.#defaulted(type, strategy, admitted);
    next.metadata.uid ??= current.metadata.uid!;
    if (subresource === "status") restore(next, current, (key) => key !== "status");
    else if (subresource === "" && type.hasStatus) restore(next, current, (key) => key === "status");
    const metadata = next.metadata = statusMetadata(type, subresource, next, current);
    for (
      const key of [
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
      ] as const
    ) {
      if (current.metadata[key] === undefined) delete metadata[key];
      else (metadata as unknown as JsonMap)[key] = current.metadata[key]!;
    }
    if (managedFields === undefined) delete metadata.managedFields;
    else metadata.managedFields = managedFields;
    metadata.resourceVersion = current.metadata.resourceVersion!;
    if (subresource === "") strategy.prepareUpdate?.(next, current);
    if (strategy.generation === true && counts(type, strategy, next, current)) {
      metadata.generation = (metadata.generation ?? 0) + 1;
    }
    const errors = this.#updateErrors(target, strategy, next, current);
    if (errors.length > 0) throw invalid(namedOf(type), target.name, errors);
    if (type.resource.custom) { for (const warning of finalizerWarnings(next, current)) options.warn?.(warning); }
    yield* reviewed({ do: "validate", ...whole, object: next, oldObject: current, dryRun });
    const shaped = yield* storedForm(type, next);
    if (dryRun) return yield* this.#reading(type, shaped);
    const collection = this.collection(type);
    if (isReleased(next)) {
      return collection.remove(stored) === undefined ? undefined : yield* this.#reading(type, shaped);
    }
    // The API server compares what it would store with what is stored: an old version is written again.
    const sameVersion = stored.apiVersion === shaped.apiVersion;
    if (sameVersion && equalJson(next as unknown as Json, current as unknown as Json)) return current;
    const written = collection.replace(stored, shaped);
    return written === undefined ? undefined : yield* this.#reading(type, written);
  }

  /**
   * What mutating webhooks make of an object, read like one that was sent; `sent` itself where they change nothing.
   * `shown`: with its defaults. `managedFields` are decided before, so that fields that a webhook sets have no owner.
   */
  *#mutating(
    review: Omit<Target, "through"> & { readonly operation: Operation },
    sent: KubeObject,
    shown: KubeObject,
    managedFields: KubeObject["metadata"]["managedFields"],
    options: WriteOptions,
    oldObject?: KubeObject,
  ): Steps<KubeObject> {
    const metadata = { ...shown.metadata };
    if (managedFields !== undefined) metadata.managedFields = managedFields;
    const object = { ...shown, metadata };
    const admitted = yield* reviewed({
      do: "mutate",
      ...review,
      object,
      ...(oldObject === undefined ? {} : { oldObject }),
      dryRun: options.dryRun === true,
    });
    if (admitted === undefined || admitted === object) return sent;
    return decodeObject(review.type, admitted as unknown as JsonMap, {});
  }

  #updateErrors(target: Target, strategy: Strategy, next: KubeObject, current: KubeObject): FieldError[] {
    const { type, subresource } = target;
    const errors: FieldError[] = [];
    if (subresource === "") errors.push(...validateMeta(type.resource, next));
    const metaErrors = validateMetaUpdate(next, current);
    errors.push(...metaErrors);
    // Their strategies look once more at what every update is checked for.
    if (type.resource.custom || next.kind === "CustomResourceDefinition") errors.push(...metaErrors);
    if (type.resource.custom) {
      const check = subresource === "status" ? customStatusErrors : customErrors;
      errors.push(...check(type, next, current, this.log));
    } else if (subresource === "") {
      errors.push(...strategy.validate?.(next) ?? [], ...strategy.validateUpdate?.(next, current) ?? []);
    }
    return errors;
  }

  *#reading(type: ResourceVersion, stored: KubeObject): Steps<KubeObject> {
    return (yield* readAt(type, [stored]))[0]!;
  }

  #defaulted(type: ResourceVersion, strategy: Strategy, object: KubeObject): KubeObject {
    if (type.resource.custom || strategy.defaults === undefined) return object;
    const copy = structuredCopy(object);
    strategy.defaults(copy);
    return copy;
  }

  /** Puts the namespace of the URL into a new object, or says that the two differ. */
  #place({ type, namespace, name }: Omit<Target, "subresource">, object: KubeObject): void {
    const { metadata } = object;
    if (type.resource.namespaced) {
      if (metadata.namespace === undefined || metadata.namespace === "") metadata.namespace = namespace;
      else if (metadata.namespace !== namespace) {
        throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
      }
    } else if (metadata.namespace !== undefined) delete metadata.namespace;
    if (name !== "" && metadata.name !== undefined && metadata.name !== "" && metadata.name !== name) {
      throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
    }
    if (name !== "") metadata.name = name;
  }

  #checkIdentity(target: Target, next: KubeObject, current: KubeObject): void {
    const { type, name, namespace } = target;
    const { metadata } = next;
    if (metadata.name === undefined || metadata.name === "") metadata.name = name;
    if (metadata.name !== name) {
      throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
    }
    if (type.resource.namespaced) {
      if (metadata.namespace === undefined || metadata.namespace === "") metadata.namespace = namespace;
      if (metadata.namespace !== namespace) {
        throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
      }
    }
    const version = metadata.resourceVersion;
    if (version !== undefined && version !== "" && !/^\d+$/.test(version)) {
      throw new ApiFault(500, "", `strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`);
    }
    if (version !== undefined && version !== "" && version !== "0" && version !== current.metadata.resourceVersion) {
      throw conflict(namedOf(type), name, staleVersion);
    }
  }

  #checkNamespace(type: ResourceVersion, object: KubeObject): void {
    if (!type.resource.namespaced) return;
    const name = object.metadata.namespace!;
    const namespace = this.store.collection("namespaces.").get(name);
    const named = { group: "", plural: "namespaces", kind: "Namespace" };
    if (namespace === undefined) throw notFound(named, name);
    if (namespace.metadata.deletionTimestamp === undefined) return;
    const why = `unable to create new content in namespace ${name} because it is being terminated`;
    throw forbidden(namedOf(type), object.metadata.name, why, [
      { reason: "NamespaceTerminating", message: `namespace ${name} is being terminated`, field: "metadata.namespace" },
    ]);
  }

  #writer(options: WriteOptions, subresource: string): Writer {
    // Writes of a scale leave no time behind.
    const time = subresource === "scale" ? "" : formatTime(this.clock.wallMs());
    return { manager: options.manager, subresource, time };
  }
}

/** What error messages call a type; Events are those of the core group. */
export function namedOf(type: ResourceVersion): Named {
  return {
    group: type.group === "events.k8s.io" ? "" : type.group,
    plural: type.resource.plural,
    kind: type.resource.kind,
  };
}

/** Thrown where only an internal mistake can lead. */
export function internal(message: string): ApiFault {
  return new ApiFault(500, "InternalError", `Internal error occurred: ${message}`);
}
