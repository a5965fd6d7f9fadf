import { compileReview, diffPatch, isReviewed, reviewMutations, reviewValidation } from "../admission/review.ts";
import { type Json, stringifyJson } from "../base/json.ts";
import { apiVersionOf, groupKind, type KubeObject, splitApiVersion } from "../k8s/object.ts";
import type { FileReader } from "../files/mod.ts";
import type { Manifest } from "../katalog/mod.ts";
import { type ReviewedKindPlan, reviewedKinds } from "../plan/mod.ts";
import { loadPlan } from "./load_plan.ts";
import { printFindings } from "./print_findings.ts";
import { readCrs } from "./read_crs.ts";
import { paint, type Terminal } from "./terminal.ts";

export interface GateOptions {
  readonly files: readonly string[];
  /** Files with objects. */
  readonly crs: readonly string[];
}

export interface GatePorts {
  readonly wallMs: number;
  readonly files: FileReader;
}

/**
 * `ork gate --cr`: reviews objects by the `mutation` and `validation` of a Katalog, as the Gateway does, without a
 * cluster: prints what is set, warned of and denied. Exit code 1 where an object is denied.
 */
export async function reviewOffline(options: GateOptions, terminal: Terminal, ports: GatePorts): Promise<number> {
  const { findings, katalog } = await loadPlan(options.files, ports.files);
  printFindings(findings, terminal, terminal.err);
  if (katalog === undefined) return 1;
  const manifests = await readCrs(options.crs, terminal, ports.files);
  if (manifests === undefined) return 1;
  const enabled = katalog.crds.filter((crd) => crd.enabled);
  const kinds = reviewedKinds(enabled);
  let denied = 0;
  let unknown = 0;
  for (const manifest of manifests) {
    const cr = manifest.object as unknown as KubeObject;
    const isOf = ({ type }: { readonly type: ReviewedKindPlan["type"] }): boolean =>
      groupKind(type) === groupKind({ group: splitApiVersion(cr.apiVersion).group, kind: cr.kind });
    if (!enabled.some(isOf)) {
      const known = enabled.map(({ type }) => `${type.kind} (${apiVersionOf(type)})`).join(", ") || "none";
      terminal.err(
        `${place(manifest)}: No CRD of the Katalog is ${cr.kind} (${cr.apiVersion}); it has ${known}`,
      );
      unknown++;
    } else if (review(kinds.filter(isOf), manifest, cr, terminal, ports.wallMs)) denied++;
  }
  const count = manifests.length === 1 ? "1 object" : `${manifests.length} objects`;
  const admitted = manifests.length - denied - unknown;
  const text = `${count}: ${admitted} admitted, ${denied} denied`;
  terminal.out(paint(terminal, denied + unknown === 0 ? "green" : "red", text));
  return denied + unknown === 0 ? 0 : 1;
}

/** Returns whether the object is denied. */
function review(
  kinds: readonly ReviewedKindPlan[],
  manifest: Manifest,
  given: KubeObject,
  terminal: Terminal,
  wallMs: number,
): boolean {
  const namespaced = kinds[0]?.type.namespaced !== false;
  const { name, namespace = namespaced ? "default" : undefined } = given.metadata;
  terminal.out(`${place(manifest)}: ${given.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`);
  const sent: KubeObject = namespace === undefined ? given : { ...given, metadata: { ...given.metadata, namespace } };
  const concerned = kinds.map(compileReview).filter((kind) => isReviewed(kind, sent));
  const calls = concerned.flatMap(({ plan: { external } }) =>
    [...external.mutation, ...external.validation].map(({ name }) => name)
  );
  if (calls.length > 0) {
    const text = `  note  external calls are not made here, and rules that need one are not applied: ${
      calls.join(", ")
    }`;
    terminal.out(paint(terminal, "grey", text));
  }
  const mutated = reviewMutations(concerned.filter(({ plan }) => plan.mutates), sent, wallMs);
  const { object } = mutated;
  const warnings = [...mutated.warnings];
  for (const operation of diffPatch(sent as unknown as Json, object as unknown as Json)) {
    if (operation.op !== "remove") terminal.out(`  set   ${operation.path}: ${stringifyJson(operation.value)}`);
  }
  let denied = false;
  let [rules, broken, skipped] = [0, 0, 0];
  for (const kind of concerned.filter(({ plan }) => plan.validates)) {
    const result = reviewValidation(kind, object, wallMs);
    warnings.push(...result.warnings);
    for (const { text } of result.denials) terminal.out(paint(terminal, "red", `  deny  ${text}`));
    denied ||= result.denials.length > 0;
    rules += kind.plan.validation.length;
    broken += result.broken.length;
    skipped += result.skipped;
  }
  for (const warning of warnings) terminal.out(paint(terminal, "yellow", `  warn  ${warning}`));
  if (rules > 0) {
    const left = skipped === 0 ? "" : `, ${skipped} skipped`;
    terminal.out(`  ${rules - broken - skipped}/${rules} rules passed${left}${denied ? ": admission denied" : ""}`);
  }
  return denied;
}

function place({ at }: Manifest): string {
  return `${at.file}:${at.line}`;
}
