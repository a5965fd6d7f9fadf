import type { JsonMap } from "../../base/json.ts";
import {
  ApiError,
  type CallError,
  isAlreadyExists,
  isAlreadyThere,
  isCallError,
  isConflict,
  isGone,
  isMissingType,
  isNotFound,
  isOtherObject,
  isOtherUid,
  ResponseTooLargeError,
  sleep,
} from "../../cluster/mod.ts";
import { issueServerCertificate } from "../../certificates/mod.ts";
import { annotations } from "../../k8s/names.ts";
import { groupKind, type KubeObject, type ObjectKey, type ResourceType, splitKey } from "../../k8s/object.ts";
import {
  type ChildChange,
  claimContext,
  claimOn,
  type CreateChild,
  describeChild,
  describeRefusal,
  type DesiredChild,
  type DoneChange,
  doneChange,
  entryOf,
  type EntryProblem,
  identityOf,
  isFree,
  isOwn,
  knownUidOf,
  nameTaken,
  observeChild,
  type ObservedChild,
  runNameTaken,
  takeOver,
  type UpdateChild,
  withLiveState,
} from "../../reconcile/mod.ts";
import type { BoxContext } from "../context.ts";
import { maxConflicts } from "../queue/conflicts.ts";

/** A call failed; the message says which and why. */
export class WriteError extends Error {
  override name = "WriteError";
  override readonly cause: CallError;

  /** `what`: as in `create ConfigMap one`; `lasting`: that a conflict is met at every try. */
  constructor(readonly what: string, cause: CallError, readonly lasting?: string) {
    super(`Cannot ${what}: ${reasonOf(cause)}${lasting === undefined ? "" : `; ${lasting}`}`, { cause });
    this.cause = cause;
  }

  get retryAfterMs(): number | undefined {
    return this.cause instanceof ApiError ? this.cause.retryAfterMs : undefined;
  }

  /**
   * Another writer changed the object in between: it only has to be read again. A conflict that lasts is a failure, and
   * so are fields that another manager owns, where the entry says not to force, until one of the two gives them up.
   */
  get conflict(): boolean {
    return isConflict(this.cause) && !this.isFieldConflict && this.lasting === undefined;
  }

  /** Another manager owns a field, and the entry says not to force. */
  get isFieldConflict(): boolean {
    return this.cause instanceof ApiError && this.cause.causes.some(({ reason }) => reason === "FieldManagerConflict");
  }

  /** There is no such object any more, while its kind is served. */
  get gone(): boolean {
    return isNotFound(this.cause) && !isMissingType(this.cause);
  }

  /** The API server refuses the object itself (422 Invalid). */
  get invalid(): boolean {
    return this.cause instanceof ApiError && this.cause.status === 422;
  }

  /** The API server refuses to change a field that an object has kept since its creation. */
  get immutable(): boolean {
    return this.invalid && this.cause instanceof ApiError &&
      this.cause.causes.some(({ message }) => immutable.test(message));
  }

  /** Refused for what is in it: by a schema, a webhook, a right, or its size. The same again is refused again. */
  get refused(): boolean {
    if (!(this.cause instanceof ApiError)) return false;
    return [400, 403, 413, 422].includes(this.cause.status) || this.cause.raw.includes("request is too large");
  }

  /** The namespace is being deleted: nothing can be created there any more, as intended. */
  get terminating(): boolean {
    return this.cause instanceof ApiError && this.cause.causes.some(({ reason }) => reason === "NamespaceTerminating");
  }
}

/**
 * How validation says so: of Kubernetes' own kinds (StatefulSets: "updates to statefulset spec for fields other than …
 * are forbidden", Services: "may not change once set", bindings: "cannot change roleRef"), and as rules of CRDs do.
 */
const immutable =
  /\bimmutable\b|\b(?:may not|must not|cannot|can not|can't) (?:be )?(?:chang|modif|updat)|\bupdates to .+ are forbidden/i;

const secretPath = /^\/api\/v1\/namespaces\/[^/]+\/secrets(?:[/?]|$)/;

/** The API server, or a webhook, refuses a Secret for what is in it: the text may have values of its data. */
function mayTellSecrets({ request: { path }, status, raw }: ApiError): boolean {
  return secretPath.test(path) && (status === 400 || status === 422 || raw.includes("denied the request"));
}

/** The API server prints no value with these (k8s.io/apimachinery, pkg/util/validation/field/errors.go). */
const valueless: ReadonlySet<string> = new Set(["FieldValueRequired", "FieldValueForbidden"]);

function withoutValues({ status, reason, causes, raw }: ApiError): string {
  const leftOut = "the text is left out, since it may have values of the Secret";
  // A webhook may put anything anywhere.
  const isOfServer = !raw.includes("denied the request");
  const told = causes.filter(({ field }) => field !== "" && field !== "<nil>")
    .map(({ field, reason: kind, message }) => {
      const isSafe = field.startsWith("metadata.") || (isOfServer && (field === "type" || valueless.has(kind)));
      return `${field}: ${isSafe ? message : leftOut}`;
    });
  return told.length === 0 ? `it was refused (${status} ${reason}); ${leftOut}` : [...new Set(told)].join("; ");
}

/** Why a call failed, without the request: users know the object that was to be written, not the call. */
function reasonOf(cause: CallError): string {
  const { message, request: { path } } = cause;
  const at = message.indexOf(`${path}: `);
  const reason = at < 0 ? message : message.slice(at + path.length + 2);
  if (cause instanceof ApiError && mayTellSecrets(cause)) return withoutValues(cause);
  const whole = cause instanceof ResponseTooLargeError ? `the response is ${reason}` : reason;
  return whole.replace(/\.$/, "");
}

/** Result of one change. */
export type Written =
  | { readonly done: readonly DoneChange[] }
  /** The child could not be written; the others are. */
  | { readonly problem: EntryProblem }
  /** What cannot be changed in place, with the API server's reason. */
  | { readonly notUpdated: string }
  /** The cached state was outdated: requeue. */
  | { readonly stale: true }
  /** A child of a former CR has the name, and is being deleted. */
  | { readonly waitingFor: ObservedChild };

/** How long a name counts as taken for entries that only ask for an object to exist. */
const takenForMs = 30_000;

/**
 * Carries out changes of the children of one CR and puts the responses into the store at once, so that the next pass
 * decides on nothing older. Throws `WriteError` for what the API server, or the way to it, refuses.
 */
export class ChildWriter {
  readonly #context: BoxContext;
  readonly #cr: KubeObject;
  readonly #desired: ReadonlyMap<string, DesiredChild>;

  /** `desired` by id of the entry. */
  constructor(context: BoxContext, cr: KubeObject, desired: readonly DesiredChild[]) {
    this.#context = context;
    this.#cr = cr;
    this.#desired = new Map(desired.map((child) => [child.entry, child]));
  }

  async write(change: ChildChange): Promise<Written> {
    const { conflicts, clock, signal } = this.#context;
    const id = identityOf(change);
    const sleepMs = "entry" in change ? this.#desired.get(change.entry)?.sleepMs ?? 0 : 0;
    if (sleepMs > 0) await sleep(clock, sleepMs, signal);
    try {
      const written = await this.#write(change);
      conflicts.over(id);
      return written;
    } catch (error) {
      if (!(error instanceof WriteError) || !error.conflict || !conflicts.isLasting(id)) throw error;
      const lasting = `each of the last ${maxConflicts} tries met this conflict`;
      throw new WriteError(error.what, error.cause, lasting);
    }
  }

  async #write(decided: ChildChange): Promise<Written> {
    // Plural and scope come from discovery; the type of a child may still be the Katalog's guess.
    const change = { ...decided, type: this.#context.served(decided.type) ?? decided.type };
    switch (change.action) {
      case "create":
        return await this.#create(change);
      case "update":
      case "adopt":
        return await this.#update(change);
      case "updateStatus":
        return await this.#updateStatus(change);
      case "updatePolicy":
        return await this.#updatePolicy(change);
      case "resize":
        return await this.#resize(change);
      case "rotate":
        return await this.#rotate(change);
      case "delete":
        return await this.#delete(change);
      default:
        return change satisfies never;
    }
  }

  async #create(change: CreateChild): Promise<Written> {
    const { api, signal, store } = this.#context;
    const { type, key, force, digest } = change;
    // A certificate costs more to make than a read does.
    if (this.#desired.get(change.entry)?.certificate !== undefined && await this.#get(type, key) !== undefined) {
      return this.#satisfied(change);
    }
    const object = { ...change.object, ...await this.#certificateFor(change.entry) };
    const what = `create ${describeChild(change, this.#cr)}`;
    try {
      const response = change.by === "apply"
        ? await api.apply(type, object, { force, onlyIf: "absent", signal })
        : await api.create(type, object, { signal });
      const child = this.#keep(type, response);
      const applied = change.by === "apply" ? { digest, owned: child.owned } : undefined;
      const owner = this.#cr.metadata.uid;
      store.remember(type, key, {
        uid: child.uid,
        owner,
        entry: entryOf(change.entry),
        applied,
        appliedStatus: undefined,
        made: digest,
        taken: undefined,
      });
      return { done: [doneChange(change)] };
    } catch (error) {
      if (!isAlreadyThere(error) && !isAlreadyExists(error)) throw named(what, error);
    }
    // Created by another client, or by us before a restart and not cached yet: it exists, which satisfies the entry.
    if (change.satisfiedByAny) return this.#satisfied(change);
    return change.runs === true ? await this.#resolveTakenRun(change) : await this.#resolveTakenName(change);
  }

  /** There is an object of this name, which is all that the entry wants. */
  #satisfied({ type, key }: CreateChild): Written {
    const { store, clock } = this.#context;
    store.remember(type, key, { taken: { untilMs: clock.nowMs() + takenForMs, by: "" } });
    return { done: [] };
  }

  /** A Job of `onDelete` is never taken over: it is this CR's own, or it did not run for it. */
  async #resolveTakenRun(change: CreateChild): Promise<Written> {
    const { compiled, store, observer } = this.#context;
    const { type, key, entry } = change;
    const found = await this.#get(type, key);
    if (found === undefined) return { stale: true };
    const observed = observeChild(type, found, observer);
    const claim = claimOn(observed, this.#cr, claimContext(compiled.box));
    if (claim === "collected") return { waitingFor: observed };
    if (!isOwn(claim)) return { problem: runNameTaken(entry, observed, this.#cr, false) };
    store.foundChild(observed);
    return { stale: true };
  }

  /** The name of a child to be created exists already: the child itself, or a foreign object. */
  async #resolveTakenName(change: CreateChild): Promise<Written> {
    const { compiled, store, observer } = this.#context;
    const { type, key } = change;
    const child = this.#desired.get(change.entry);
    const found = await this.#get(type, key);
    if (found === undefined || child === undefined) return { stale: true };
    const observed = observeChild(type, found, observer);
    const knownUid = knownUidOf(store.recall(type, key), this.#cr);
    const claim = claimOn(observed, this.#cr, { ...claimContext(compiled.box), knownUid });
    switch (claim) {
      case "ours":
      case "damaged": {
        if (observed.deleting || change.by === "post") {
          store.foundChild(observed);
          return { stale: true };
        }
        const { digest, force, entry } = change;
        const { object } = withLiveState(child, observed);
        const cause = observed.labelled.formerBox === undefined
          ? { why: "drift", by: undefined } as const
          : formerCause;
        return await this.#update({
          action: "update",
          type,
          key,
          object,
          digest,
          force,
          entry,
          cause,
          uid: observed.uid,
          fields: [],
        });
      }
      case "former":
        return observed.deleting ? { waitingFor: observed } : await this.#adopt(child, observed, "former");
      case "collected":
        return { waitingFor: observed };
      case "foreign": {
        if (change.adopt && isFree(observed, this.#cr)) return await this.#adopt(child, observed, "adopt");
        store.remember(type, key, {
          taken: { untilMs: this.#context.clock.nowMs() + takenForMs, by: observed.maker ?? "" },
        });
        return { problem: nameTaken(child, observed, this.#cr) };
      }
      default:
        return claim satisfies never;
    }
  }

  async #adopt(child: DesiredChild, observed: ObservedChild, why: "adopt" | "former"): Promise<Written> {
    if (observed.deleting) return { waitingFor: observed };
    return await this.#update(takeOver(child, observed, { why }));
  }

  async #update(change: UpdateChild): Promise<Written> {
    const { api, signal, store } = this.#context;
    const { type, key, object, force, digest, uid, entry } = change;
    try {
      const response = await api.apply(type, object, { force, onlyIf: { uid }, signal });
      const child = this.#keep(type, response);
      const owner = this.#cr.metadata.uid;
      const applied = { digest, owned: child.owned };
      store.remember(type, key, { uid, owner, entry: entryOf(entry), applied, taken: undefined });
      return { done: [doneChange(change)] };
    } catch (error) {
      if (isGone(error) || isOtherObject(error)) {
        store.dropChild(type, key, uid);
        return { stale: true };
      }
      // What is still somebody else's is taken over as it is, or not at all.
      const isOurs = change.action !== "adopt" || change.cause.why === "former";
      const child = this.#desired.get(entry);
      if (isOurs && child?.replaces === true && isUnchangeable(error)) {
        await this.#mayRecreate(change, child);
        return await this.#delete({ action: "delete", type, key, uid, cause: change.cause, from: entryOf(entry) });
      }
      throw named(`${change.action === "adopt" ? "take over" : "update"} ${describeChild(change, this.#cr)}`, error);
    }
  }

  /**
   * A child that cannot be changed is deleted and made again, so it is asked first whether it may be made: a binding to a
   * role that we may not grant, or a Pod that a policy refuses, would be gone for good. Throws what the server refuses.
   */
  async #mayRecreate(change: UpdateChild, { object }: DesiredChild): Promise<void> {
    const { api, signal } = this.#context;
    try {
      await api.createDryRun(change.type, object, { signal });
    } catch (error) {
      // Nothing but the name stands in the way, or the quota that the old one takes.
      if (isAlreadyExists(error) || isOverQuota(error)) return;
      throw named(`replace ${describeChild(change, this.#cr)}`, error);
    }
  }

  async #updateStatus(
    change: ChildChange & { action: "updateStatus" },
    isSecondTry = false,
  ): Promise<Written> {
    const { api, signal, store, report, compiled, pass } = this.#context;
    const { type, key, object, force, digest, entry } = change;
    let response: KubeObject;
    try {
      response = await api.apply(type, object, { force, subresource: "status", signal });
    } catch (error) {
      const found = isNotFound(error) ? await this.#get(type, key) : undefined;
      // A child that was just deleted is recreated by the next pass, and its status retried.
      if (found === undefined || found.metadata.uid !== store.child(type, key)?.uid) {
        throw named(`update the status of ${describeChild(change, this.#cr)}`, error);
      }
      // An API server that stops or starts may not know what it serves.
      if (!isSecondTry) return await this.#updateStatus(change, true);
      const message = `${entry}: ${type.kind} has no status subresource, so its status is not written`;
      const advice = "remove it or set hasStatus: false";
      report({ type: "note", box: compiled.box.plan.name, message: `${message}; ${advice}`, pass });
      store.remember(type, key, { appliedStatus: { digest, owned: undefined } });
      return { done: [] };
    }
    const { ownedStatus } = this.#keep(type, response);
    store.remember(type, key, { appliedStatus: { digest, owned: ownedStatus } });
    return { done: [doneChange(change)] };
  }

  /** It may have other owners: the list is replaced as a whole, on the state that was read. */
  async #updatePolicy(change: ChildChange & { action: "updatePolicy" }): Promise<Written> {
    const { api, signal } = this.#context;
    const { type, key, uid, retain, owner, applied } = change;
    const live = await this.#get(type, key);
    if (live === undefined || live.metadata.uid !== uid) return { stale: true };
    const others = (live.metadata.ownerReferences ?? []).filter((item) => item.uid !== this.#cr.metadata.uid);
    const marks: JsonMap = { [annotations.deletionPolicy]: retain ? "Retain" : null };
    if (applied !== undefined) marks[annotations.applied] = applied;
    const metadata = {
      uid,
      resourceVersion: live.metadata.resourceVersion ?? "",
      ownerReferences: owner === undefined ? others : [...others, owner],
      annotations: marks,
    };
    try {
      this.#keep(type, await api.mergePatch(type, splitKey(key), { metadata } as unknown as JsonMap, { signal }));
      return { done: [doneChange(change)] };
    } catch (error) {
      if (isGone(error)) return { stale: true };
      throw named(`change the deletion policy of ${describeChild(change, this.#cr)}`, error);
    }
  }

  async #resize(change: ChildChange & { action: "resize" }): Promise<Written> {
    const { api, signal } = this.#context;
    const { type, key, patch } = change;
    try {
      this.#keep(type, await api.mergePatch(type, splitKey(key), patch, { signal }));
      return { done: [doneChange(change)] };
    } catch (error) {
      if (isGone(error)) return { stale: true };
      // An unbound claim, or a class that does not allow it: no failure, but a remaining difference (ruling 43).
      if (error instanceof ApiError && (error.status === 422 || error.status === 403)) {
        const { digest = "" } = this.#desired.get(change.entry) ?? {};
        const { resourceVersion = "" } = this.#context.store.child(type, key) ?? {};
        this.#context.store.remember(type, key, { refused: { digest, resourceVersion, why: error.message } });
        return { notUpdated: describeRefusal(error.message) };
      }
      throw named(`resize ${describeChild(change, this.#cr)}`, error);
    }
  }

  async #rotate(change: ChildChange & { action: "rotate" }): Promise<Written> {
    const { api, signal } = this.#context;
    const { type, key, entry, fields } = change;
    const patch = fields.length === 0 ? change.patch : { ...change.patch, ...await this.#certificateFor(entry) };
    try {
      this.#keep(type, await api.mergePatch(type, splitKey(key), patch, { signal }));
      return { done: [doneChange(change)] };
    } catch (error) {
      if (isGone(error) || isOtherUid(error)) return { stale: true };
      throw named(`rotate ${describeChild(change, this.#cr)}`, error);
    }
  }

  /** `data` with the certificate that a child wants; empty where it wants none. */
  async #certificateFor(entry: string): Promise<{ data?: JsonMap }> {
    const wish = this.#desired.get(entry)?.certificate;
    if (wish === undefined) return {};
    const { certificate, key, ca } = await issueServerCertificate({ ...wish, wallMs: this.#context.clock.wallMs() });
    return { data: { "tls.crt": btoa(certificate), "tls.key": btoa(key), "ca.crt": btoa(ca) } };
  }

  async #delete(change: ChildChange & { action: "delete" }): Promise<Written> {
    const { api, signal } = this.#context;
    const { type, key, uid, propagation = "Background" } = change;
    try {
      await api.delete(type, splitKey(key), { uid, propagation, signal });
    } catch (error) {
      // Gone already, or replaced by another object of that name: either way the child is deleted.
      if (!isGone(error) && !isOtherUid(error)) throw named(`delete ${describeChild(change, this.#cr)}`, error);
      this.#deleted(type, key, uid);
      return { done: [] };
    }
    this.#deleted(type, key, uid);
    return { done: [doneChange(change)] };
  }

  /** Its deletion comes as an event if a watch selects it. */
  #deleted(type: ResourceType, key: ObjectKey, uid: string): void {
    const { store } = this.#context;
    if (this.#isWatched(type, key)) store.markDeleting(type, key, uid);
    else store.dropChild(type, key, uid);
  }

  /** False for children of former versions, and for kinds and namespaces of the last Katalog. */
  #isWatched(type: ResourceType, key: ObjectKey): boolean {
    const { store, compiled } = this.#context;
    if (store.child(type, key)?.labelled.ownerKind === undefined) return false;
    const { namespace } = splitKey(key);
    return compiled.box.plan.watches.some((watch) =>
      watch.role === "children" && groupKind(watch.type) === groupKind(type) &&
      (watch.namespaces === undefined || namespace === undefined || watch.namespaces.includes(namespace))
    );
  }

  #keep(type: ResourceType, response: KubeObject): ObservedChild {
    const { store, observer } = this.#context;
    const child = observeChild(type, response, observer);
    store.putChild(child);
    store.wrote(type, child.resourceVersion);
    return child;
  }

  /** The live object; `undefined` when there is none. */
  async #get(type: ResourceType, key: ObjectKey): Promise<KubeObject | undefined> {
    const { api, signal } = this.#context;
    try {
      return await api.get(type, splitKey(key), { signal });
    } catch (error) {
      if (isNotFound(error) && !isMissingType(error)) return undefined;
      throw named(`read ${type.kind} ${key}`, error);
    }
  }
}

const statusWrite = "write the status of";
/** Conflicts on a CR that last this long are reported: a watch that is behind causes them too, for less. */
const lastingMs = 10_000;
/**
 * The API server lets no writer change these fields, as it says of each: the role of a binding, most of a Pod. What it
 * refuses for its value would be refused in a new object too, so that the old one stays.
 */
function isUnchangeable(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.status !== 422 || error.causes.length === 0) return false;
  return error.causes.every(({ message }) => /immutable|cannot change|may not change|are forbidden/.test(message));
}

/** Of the admission plugin ResourceQuota, which counts the old object too; it has no reason or cause of its own. */
function isOverQuota(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403 && /exceeded quota: /.test(error.raw);
}

const formerCause = { why: "former" } as const;

/** Patches labels or finalizers of the CR, `what` as in `label`; returns the patched CR. */
export async function patchCr(
  context: BoxContext,
  cr: KubeObject,
  patch: JsonMap,
  what: string,
): Promise<KubeObject> {
  const { type } = context.compiled.box.plan;
  try {
    const response = await context.api.mergePatch(servedType(context, type), cr.metadata, patch, {
      signal: context.signal,
    });
    keepCr(context, response);
    context.conflicts.over(conflictId(cr, what));
    return response;
  } catch (error) {
    throw ofCr(context, cr, what, error);
  }
}

/**
 * Patches the status of the CR; returns the patched CR, `undefined` when its kind has no such subresource. Only the
 * state that was decided on is patched (else 409): concurrent changes are neither overwritten nor missed, and the
 * status of an object is never written to its successor. The API server ignores a `uid` precondition on this
 * subresource.
 */
export async function patchStatus(
  context: BoxContext,
  cr: KubeObject,
  status: JsonMap,
  isSecondTry = false,
): Promise<KubeObject | undefined> {
  const type = servedType(context, context.compiled.box.plan.type);
  const target = { name: cr.metadata.name, namespace: cr.metadata.namespace, subresource: "status" };
  const patch = { metadata: { resourceVersion: cr.metadata.resourceVersion ?? "" }, status };
  try {
    const response = await context.api.mergePatch(type, target, patch, { signal: context.signal });
    keepCr(context, response);
    context.conflicts.over(conflictId(cr, statusWrite));
    return response;
  } catch (error) {
    // The response is the same for an object that was just deleted and for one without status subresource.
    if (isNotFound(error) && await isThere(context, type, cr)) {
      // An API server that stops or starts may not know what it serves.
      return isSecondTry ? undefined : await patchStatus(context, cr, status, true);
    }
    throw ofCr(context, cr, statusWrite, error);
  }
}

function keepCr({ store, compiled }: BoxContext, response: KubeObject): void {
  store.putCr(response);
  store.wrote(compiled.box.plan.type, response.metadata.resourceVersion);
}

/** Does the object with this uid exist, not just one of its name? */
async function isThere(context: BoxContext, type: ResourceType, cr: KubeObject): Promise<boolean> {
  try {
    const { metadata } = await context.api.get(type, cr.metadata, { signal: context.signal });
    return metadata.uid === cr.metadata.uid;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw named(`read ${cr.kind} ${cr.metadata.name}`, error);
  }
}

/** The error of a write of the CR; a conflict that lasts is a failure. */
function ofCr({ conflicts }: BoxContext, cr: KubeObject, what: string, cause: unknown): unknown {
  const error = named(`${what} ${cr.kind} ${cr.metadata.name}`, cause);
  if (!(error instanceof WriteError) || !error.conflict) return error;
  if (!conflicts.isLasting(conflictId(cr, what), lastingMs)) return error;
  const lasting = `every try for ${lastingMs / 1000} s or more met this conflict; its managedFields name who else ` +
    "writes it";
  return new WriteError(error.what, error.cause, lasting);
}

function conflictId(cr: KubeObject, what: string): string {
  return `${what} ${cr.metadata.uid}`;
}

function servedType(context: BoxContext, type: ResourceType): ResourceType {
  return context.served(type) ?? type;
}

function named(what: string, error: unknown): unknown {
  return isCallError(error) ? new WriteError(what, error) : error;
}
