import { formatTime } from "../../base/clock.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { type CertificateDecision, decideCertificates, type WantedCertificates } from "./decide.ts";
import { inspectLeaf, validCertificates } from "./inspect.ts";
import { issueCertificates } from "./issue.ts";
import { joinCertificates } from "./pem.ts";
import { cannotBePatched, newSecret, readSecret, type Stored } from "./secret.ts";

/** What is to be written into the Secret. */
export interface SecretChange {
  readonly stored: Stored;
  /** For the log. */
  readonly reason: string;
  /** The next leaf becomes the current one. */
  readonly promotes?: boolean;
}

/** What a replica knows besides the Secret. */
export interface ReplicaView {
  readonly wanted: WantedCertificates;
  readonly wallMs: number;
  /** The CA of the leaf that it serves, while that can be served. */
  readonly servedCa: string | undefined;
  /** The last content of the Secret that could be served. */
  readonly memory: Stored | undefined;
  /** API servers verify with this CA. */
  readonly isPublished: (ca: string) => boolean;
}

/** CAs that are published together: that of the current leaf, that of the next, and one more. */
const maxCas = 3;

/** What `decision` means for the Secret; `undefined`: it stays as it is. */
export async function changeSecret(
  secret: KubeObject | undefined,
  decision: CertificateDecision,
  view: ReplicaView,
): Promise<SecretChange | undefined> {
  const { servedCa, wallMs, memory, isPublished } = view;
  const stored = secret === undefined ? undefined : readSecret(secret);
  if (decision.action === "issue") {
    if (!decision.staged && memory !== undefined && isServable(memory, view)) {
      return { stored: memory, reason: `${decision.reason}; what is served here is restored` };
    }
    return await issue(stored, decision, view);
  }
  const { current, next, caBundle } = stored!;
  const cas = validCertificates(caBundle, wallMs);
  if (decision.action === "promote") {
    const reason = `${decision.reason}; the next one replaces it`;
    return { stored: { current: next!, caBundle: joinCertificates(cas) }, reason, promotes: true };
  }
  if (decision.next?.caPem !== undefined && isPublished(decision.next.caPem)) {
    const reason = "The CA of the next certificate is published; it is served from now on";
    return { stored: { current: next!, caBundle: joinCertificates(cas) }, reason, promotes: true };
  }
  if (servedCa !== undefined && !cas.includes(servedCa) && cas.length < maxCas) {
    // Another replica has replaced the Secret, and did not know what this one serves.
    const reason = "The CA of the certificate that is still served here is published too";
    return { stored: { current, next, caBundle: joinCertificates([...cas, servedCa]) }, reason };
  }
  if (!cannotBePatched(secret!)) return undefined;
  return { stored: stored!, reason: "The Secret is immutable or of another type; it is created again" };
}

async function issue(
  stored: Stored | undefined,
  { staged, reason }: Extract<CertificateDecision, { action: "issue" }>,
  { wanted: { names, validForMs }, wallMs, servedCa }: ReplicaView,
): Promise<SecretChange> {
  const { caPem, ...pair } = await issueCertificates({ names, validForMs, wallMs });
  // First those that must not be left out.
  const cas = [caPem];
  if (staged) cas.push(caOf(stored!));
  if (servedCa !== undefined) cas.push(servedCa);
  if (stored !== undefined) cas.push(...validCertificates(stored.caBundle, wallMs));
  const caBundle = joinCertificates([...new Set(cas)].slice(0, maxCas));
  const until = formatTime(wallMs + validForMs);
  return staged
    ? {
      stored: { current: stored!.current, next: pair, caBundle },
      reason: `${reason}; the next one is valid until ${until}, and served once its CA is published`,
    }
    : { stored: { current: pair, caBundle }, reason: `${reason}; a new one is valid until ${until}` };
}

function isServable(memory: Stored, { wanted, wallMs }: ReplicaView): boolean {
  const decision = decideCertificates(newSecret("", memory, wallMs), wanted, wallMs);
  return decision.action !== "issue" || decision.staged;
}

/** The CA of the current leaf, which is known to have one. */
function caOf({ current, caBundle }: Stored): string {
  const leaf = inspectLeaf(current, caBundle);
  if ("trouble" in leaf || leaf.caPem === undefined) throw new TypeError("A leaf that can be served has no CA");
  return leaf.caPem;
}
