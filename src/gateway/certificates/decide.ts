import { formatTime } from "../../base/clock.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { inspectLeaf, type Leaf, type Trouble } from "./inspect.ts";
import { backdatedMs } from "./issue.ts";
import { type CertificateNames, CertificateSettingsError } from "./names.ts";
import { readSecret } from "./secret.ts";
import { formatDuration } from "../../base/duration.ts";

/** What the certificates are to be like. */
export interface WantedCertificates {
  readonly names: CertificateNames;
  /** How long a leaf is valid. */
  readonly validForMs: number;
  /** How long before its end a leaf is replaced. */
  readonly rotationThresholdMs: number;
}

export type CertificateDecision =
  /**
   * Nothing is to be done before `untilWallMs`, unless the Secret changes. `next` is to be promoted as soon as its CA has
   * been published. `renews`: it is the regular renewal that is due then.
   */
  | { readonly action: "keep"; readonly untilWallMs: number; readonly next?: Leaf; readonly renews?: true }
  /** The next leaf is to be served at once: the current one cannot be. */
  | { readonly action: "promote"; readonly reason: string }
  /** A new CA and leaf. `staged`: as the next one, because the current one can still be served. */
  | { readonly action: "issue"; readonly staged: boolean; readonly reason: string };

/**
 * Two replicas that want different certificates replace each other's no faster than this; those that are valid for a
 * short time no faster than after half of the time until they are due.
 */
const maxMinAgeMs = 60_000;
/** Difference of the clocks of two replicas that is no reason to replace a certificate. */
const skewMs = 5 * 60_000;

/** Throws `CertificateSettingsError` where a leaf would be due from its first moment (ruling 95). */
export function checkWanted({ validForMs, rotationThresholdMs }: WantedCertificates): void {
  if (rotationThresholdMs < validForMs && validForMs > 0) return;
  throw new CertificateSettingsError(
    `Cannot use rotationThreshold ${formatDuration(rotationThresholdMs)} with validFor ${
      formatDuration(validForMs)
    }: ` +
      "a certificate would be due for renewal as soon as it is issued; choose a threshold below validFor",
  );
}

/** Decides what is to be done with the Secret of the certificates; `undefined`: there is none. */
export function decideCertificates(
  secret: KubeObject | undefined,
  wanted: WantedCertificates,
  wallMs: number,
): CertificateDecision {
  if (secret === undefined) return { action: "issue", staged: false, reason: "There is no Secret" };
  const { current, next, caBundle } = readSecret(secret);
  const leaf = inspectLeaf(current, caBundle);
  const broken = whyUnusable(leaf, wallMs);
  const outdated = broken ?? whyOutdated(leaf as Leaf, wanted, wallMs);
  if (outdated === undefined) return { action: "keep", untilWallMs: dueMs(leaf as Leaf, wanted), renews: true };
  const following = next === undefined ? undefined : inspectLeaf(next, caBundle);
  if (following !== undefined && whyReplaced(following, wanted, wallMs) === undefined) {
    if (broken !== undefined) return { action: "promote", reason: sentence(broken) };
    const untilWallMs = Math.min((leaf as Leaf).notAfterMs, dueMs(following as Leaf, wanted));
    return { action: "keep", untilWallMs, next: following as Leaf };
  }
  if (broken !== undefined) return { action: "issue", staged: false, reason: sentence(broken) };
  const issuedMs = Math.max(...[leaf, following].map((one) => issuedAt(one) ?? -Infinity));
  const ageMs = wallMs - issuedMs;
  const minAgeMs = Math.min(maxMinAgeMs, (wanted.validForMs - wanted.rotationThresholdMs) / 2);
  if (ageMs >= 0 && ageMs < minAgeMs) return { action: "keep", untilWallMs: issuedMs + minAgeMs };
  return { action: "issue", staged: true, reason: sentence(outdated) };
}

/** Why a leaf cannot be served at all. */
export function whyUnusable(leaf: Leaf | Trouble, wallMs: number): string | undefined {
  if ("trouble" in leaf) return leaf.trouble;
  if (leaf.notAfterMs <= wallMs) return `has expired, at ${formatTime(leaf.notAfterMs)}`;
  if (leaf.notBeforeMs > wallMs + skewMs) return `is not valid before ${formatTime(leaf.notBeforeMs)}`;
  return undefined;
}

function whyReplaced(leaf: Leaf | Trouble, wanted: WantedCertificates, wallMs: number): string | undefined {
  return whyUnusable(leaf, wallMs) ?? whyOutdated(leaf as Leaf, wanted, wallMs);
}

/** Why a leaf that can be served is to be replaced. */
function whyOutdated(leaf: Leaf, wanted: WantedCertificates, wallMs: number): string | undefined {
  const missing = [
    ...wanted.names.dns.filter((name) => !leaf.names.dns.includes(name)),
    ...wanted.names.addresses.filter((address) => !leaf.names.addresses.includes(address)),
  ];
  if (missing.length > 0) return `is not valid for ${missing.join(", ")}`;
  if (!leaf.isP256) return "has a key that is not EC P-256";
  // A CA may be the earlier end, never the later one.
  if (leaf.notAfterMs - wallMs > wanted.validForMs + skewMs) {
    return `is valid until ${formatTime(leaf.notAfterMs)}, longer than validFor`;
  }
  if (dueMs(leaf, wanted) <= wallMs) return `expires at ${formatTime(leaf.notAfterMs)}`;
  return undefined;
}

function dueMs({ notAfterMs }: Leaf, { rotationThresholdMs }: WantedCertificates): number {
  return notAfterMs - rotationThresholdMs;
}

function issuedAt(leaf: Leaf | Trouble | undefined): number | undefined {
  return leaf === undefined || "trouble" in leaf ? undefined : leaf.notBeforeMs + backdatedMs;
}

function sentence(why: string): string {
  return `The certificate ${why}`;
}
