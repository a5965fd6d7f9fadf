import type { Holder } from "../../admission/mod.ts";

/** Which objects of a box have a value? */
export interface HoldersQuestion {
  /** Key in `spec.crds`. */
  readonly crd: string;
  /** As `UniqueField.name`. */
  readonly field: string;
  readonly value: string;
}

/** The two oldest objects that have it, the oldest first; of two, one at most is the object under review. */
export type HoldersResponse = { readonly holders: readonly Holder[] } | { readonly unknown: string };

/** How many holders decide; see `HoldersResponse`. */
export const maxHolders = 2;

/** Finds out who has a value, within a time that leaves a review enough. Never rejects. */
export type FindHolders = (question: HoldersQuestion) => Promise<HoldersResponse>;
