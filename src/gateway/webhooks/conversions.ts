import { compileConversion, type CompiledConversion, ConversionError, convert } from "../../admission/convert.ts";
import { groupKind, type KubeObject, splitApiVersion } from "../../k8s/object.ts";
import type { ConversionPlan } from "../../plan/plan.ts";
import type { ConversionRequest } from "./conversion_review.ts";

const other = "other";

/** What became of a review, for metrics: kinds and versions are those of the Katalog, else `other`. */
export interface Converted {
  readonly kind: string;
  /** Of the first object. */
  readonly from: string;
  readonly to: string;
  readonly failed?: "unknown_kind" | "not_converted" | undefined;
  readonly objects: number;
}

/** Converts objects between the versions of the kinds of a Katalog. */
export class Conversions {
  /** `Shop.shop.example.org` → its paths. */
  readonly #kinds: ReadonlyMap<string, CompiledConversion>;
  /** Its versions. */
  readonly #versions: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(plans: readonly ConversionPlan[]) {
    this.#kinds = new Map(plans.map((plan) => [groupKind(plan), compileConversion(plan)]));
    this.#versions = new Map(plans.map((plan) => [groupKind(plan), new Set(plan.versions.map(({ name }) => name))]));
  }

  /** All objects of a review, or the reason of the first that cannot be converted. */
  convert(
    { objects, desiredApiVersion }: ConversionRequest,
  ): { readonly objects: readonly KubeObject[] } | { readonly failure: string } {
    try {
      return { objects: objects.map((object) => this.#convert(object, desiredApiVersion)) };
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error;
      return { failure: error.message };
    }
  }

  /** What was sent is bounded by what the Katalog has: a label must not be a caller's to choose. */
  describe(
    { objects, desiredApiVersion }: ConversionRequest,
    result: { readonly failure: string } | { readonly objects: readonly KubeObject[] },
  ): Converted {
    const first = objects[0] ?? { apiVersion: desiredApiVersion, kind: "" };
    const { group, version } = splitApiVersion(first.apiVersion);
    const key = groupKind({ group, kind: first.kind });
    const known = this.#versions.get(key);
    const versionOf = (name: string): string => known?.has(name) === true ? name : other;
    return {
      kind: known === undefined ? other : first.kind,
      from: versionOf(version),
      to: versionOf(splitApiVersion(desiredApiVersion).version),
      failed: !("failure" in result) ? undefined : known === undefined ? "unknown_kind" : "not_converted",
      objects: objects.length,
    };
  }

  #convert(object: KubeObject, desiredApiVersion: string): KubeObject {
    if (object.apiVersion === desiredApiVersion) return object;
    const { group } = splitApiVersion(object.apiVersion);
    const conversion = this.#kinds.get(groupKind({ group, kind: object.kind }));
    if (conversion !== undefined) return convert(conversion, object, desiredApiVersion);
    throw new ConversionError(
      `Cannot convert ${object.kind.slice(0, 100)} from ${object.apiVersion.slice(0, 100)}: ` +
        "the Katalog of this Gateway declares no conversion for this kind",
    );
  }
}
