import type { JsonMap } from "../../base/json.ts";
import type { ResourceType } from "../../k8s/object.ts";
import type { AdmissionRequest } from "./admission_request.ts";
import type { Reviewed } from "./reviewed.ts";

/** What has been decided on objects of one resource. */
interface Counts {
  allowed: number;
  denied: number;
  warned: number;
  applied: number;
  skipped: number;
  /** By path of a webhook of protection. */
  readonly blocked: Map<string, number>;
}

/** Paths of the webhooks of protection, without the slash, and the keys that the HTTP API has for them. */
const protections = {
  deletionProtection: "deletion-protection",
  strictMode: "strict-mode-protection",
  namespaceProtection: "namespace-protection",
} as const;

/**
 * What the Gateway has decided since it was started, for its HTTP API: by resource, of those that the Katalog names, and
 * in total.
 */
export class ReviewCounts {
  readonly #total = newCounts();
  /** `group/version/resource` → counts. */
  readonly #resources: ReadonlyMap<string, Counts>;

  constructor(types: readonly Pick<ResourceType, "group" | "version" | "plural">[]) {
    this.#resources = new Map(types.map((type) => [resourceKey(type), newCounts()]));
  }

  reviewed(
    webhook: string,
    { resource }: Pick<AdmissionRequest, "resource">,
    { result, broken, changes }: Reviewed,
  ): void {
    const own = this.#resources.get(resourceKey({ ...resource, plural: resource.resource }));
    for (const counts of own === undefined ? [this.#total] : [this.#total, own]) {
      if (changes !== undefined) counts[changes.length > 0 ? "applied" : "skipped"]++;
      if (broken !== undefined) {
        const { allowed, warnings = [] } = result;
        counts[!allowed ? "denied" : warnings.length > 0 ? "warned" : "allowed"]++;
      }
      if (!result.allowed) counts.blocked.set(webhook, (counts.blocked.get(webhook) ?? 0) + 1);
    }
  }

  /** Of one resource. */
  of(type: Pick<ResourceType, "group" | "version" | "plural">): JsonMap {
    return shown(this.#resources.get(resourceKey(type)) ?? newCounts());
  }

  total(): JsonMap {
    return shown(this.#total);
  }
}

/** `group/version/resource`; `version/resource` of the core group. */
export function resourceKey({ group, version, plural }: Pick<ResourceType, "group" | "version" | "plural">): string {
  return `${group === "" ? "" : `${group}/`}${version}/${plural}`;
}

function newCounts(): Counts {
  return { allowed: 0, denied: 0, warned: 0, applied: 0, skipped: 0, blocked: new Map() };
}

function shown({ allowed, denied, warned, applied, skipped, blocked }: Counts): JsonMap {
  return {
    admission: { validation: { allowed, denied, warned }, mutation: { applied, skipped } },
    ...Object.fromEntries(
      Object.entries(protections).map(([key, webhook]) => [key, { blocked: blocked.get(webhook) ?? 0 }]),
    ),
  };
}
