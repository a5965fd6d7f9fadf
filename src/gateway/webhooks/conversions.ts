import { compileConversion, type CompiledConversion, ConversionError, convert } from "../../admission/convert.ts";
import { groupKind, type KubeObject, splitApiVersion } from "../../k8s/object.ts";
import type { ConversionPlan } from "../../plan/plan.ts";
import type { ConversionRequest } from "./conversion_review.ts";

/** Converts objects between the versions of the kinds of a Katalog. */
export class Conversions {
  /** `Shop.shop.example.org` → its paths. */
  readonly #kinds: ReadonlyMap<string, CompiledConversion>;

  constructor(plans: readonly ConversionPlan[]) {
    this.#kinds = new Map(plans.map((plan) => [groupKind(plan), compileConversion(plan)]));
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
