import { isConflict, sleep } from "../../cluster/mod.ts";
import { isCallError } from "../../cluster/api_error.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { type Definition, definitionType, getDefinition, oldVersions, readDefinition } from "./definition.ts";
import { Migration } from "./migration.ts";
import type { Patience } from "./patience.ts";
import type { Progress } from "./progress.ts";
import type { CrdReport, State } from "./report.ts";

/** Passes over all objects, where the CRD changes meanwhile: all but the first find little to write. */
const maxPasses = 3;
/** Each API server learns of a new storage version by a watch of its own; nothing says when it has. */
const settleMs = 5_000;
/** Attempts to write the status of a CRD that others write too. */
const maxSettles = 5;

/**
 * Has every object of a CRD stored in its storage version, then removes the others from `status.storedVersions`.
 *
 * Steps: (1) read the CRD, and wait 5 s; (2) rewrite all objects, page by page; before each page see that uid and storage version of
 * the CRD are what they were; (3) read the CRD again: when its spec has changed, go back to 1; (4) write the status,
 * with the resourceVersion of 3, so that a change in between makes it fail.
 *
 * Guarantees: the status is written only after every object that existed in step 1 was rewritten, written by somebody
 * else, or deleted, while the spec of the CRD stayed as it was. Nothing is remembered: ending at any point leaves
 * objects in either version, which is what there was before; the next run begins with the first object, and those that
 * are stored in the storage version cost the API server a comparison, no write.
 *
 * Assumes that every API server knows the storage version of step 1 by the end of the wait. Throws as `ClusterApi.get` and `objectPages` do.
 */
export async function migrateCrd(
  api: ClusterApi,
  first: Definition,
  wanted: string | undefined,
  patience: Patience,
  progress: Progress,
): Promise<CrdReport> {
  let definition = first;
  for (let pass = 1;; pass++) {
    const report = (state: State, more: Partial<CrdReport> = {}, now = definition): CrdReport => ({
      name: now.name,
      kind: now.type.kind,
      storageVersion: now.storageVersion,
      storedVersions: now.storedVersions,
      state,
      ...more,
    });
    if (definition.obstacle !== undefined) return report("blocked", { reason: definition.obstacle });
    if (oldVersions(definition).length === 0) return report("current");

    progress.note(definition.name, "waiting until every API server knows the storage version");
    await sleep(patience.clock, settleMs, patience.stopped);
    if (patience.stopped.aborted) return report("interrupted");
    const migration = new Migration(api, definition, patience, progress);
    let blocked: string | undefined;
    await migration.run(async () => {
      blocked = changed(definition, await getDefinition(api, definition.name, wanted));
      return blocked === undefined;
    });
    const results = { migration: migration.report() };
    if (blocked !== undefined) return report("blocked", { ...results, reason: blocked });
    if (migration.interrupted) return report("interrupted", results);
    if (migration.failures > 0) return report("incomplete", results);

    const settled = await settle(api, definition, wanted);
    if ("done" in settled) return report("migrated", results, settled.done);
    if ("blocked" in settled) return report("blocked", { ...results, reason: settled.blocked });
    if (pass === maxPasses) {
      const reason = `the CRD was changed during each of ${maxPasses} passes: see who writes it, and run this again`;
      return report("incomplete", { ...results, reason });
    }
    definition = settled.again;
  }
}

type Settled = { readonly done: Definition } | { readonly again: Definition } | { readonly blocked: string };

/** Writes `status.storedVersions`, unless the CRD is another than the one whose objects were rewritten. */
async function settle(api: ClusterApi, before: Definition, wanted: string | undefined): Promise<Settled> {
  for (let attempt = 1;; attempt++) {
    const now = await getDefinition(api, before.name, wanted);
    const blocked = changed(before, now);
    if (blocked !== undefined) return { blocked };
    // The storage version may have been another one in between.
    if (now!.generation !== before.generation) return { again: now! };
    try {
      const patch = {
        metadata: { resourceVersion: now!.resourceVersion },
        status: { storedVersions: [before.storageVersion] },
      };
      const target = { name: before.name, subresource: "status" };
      return { done: readDefinition(await api.mergePatch(definitionType, target, patch), wanted) };
    } catch (error) {
      if (!isCallError(error) || !isConflict(error) || attempt === maxSettles) throw error;
    }
  }
}

/** What ends a migration early: the CRD was deleted, was replaced, or stores another version. */
function changed(before: Definition, now: Definition | undefined): string | undefined {
  if (now === undefined) return "the CRD was deleted meanwhile";
  if (now.uid !== before.uid) return "the CRD was deleted and created again meanwhile: run this again";
  if (now.storageVersion === before.storageVersion) return now.obstacle;
  return `the storage version was changed from ${before.storageVersion} to ${now.storageVersion} meanwhile: run this ` +
    "again when that is rolled out";
}
