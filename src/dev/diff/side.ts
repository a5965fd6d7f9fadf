import type { Finding } from "../../base/finding.ts";
import type { JsonMap } from "../../base/json.ts";
import { isMissingType, isNotFound } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import type { FileReader } from "../../files/mod.ts";
import { katalogConfigMap } from "../../k8s/installation.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import { expandKatalog, type Katalog, readManifests } from "../../katalog/mod.ts";
import type { Plan } from "../../plan/mod.ts";
import { katalogIn, loadInstalled, readPrevious } from "../generate/previous.ts";
import { loadPlan } from "../load_plan.ts";

/** One of the two that are compared. */
export interface Side {
  /** Where it comes from, for people. */
  readonly name: string;
  readonly plan: Plan;
  /** In its one layout, with every default and the schemas of its CRDs. */
  readonly katalog: JsonMap;
  /** There is no Katalog, and no Runtime that has any rights. */
  readonly isNothing?: true;
}

type Read = Side | { readonly findings: readonly Finding[] };

/** Katalogs as every command reads them; a file may be a bundle too. */
export async function readSide(named: readonly string[], files: FileReader): Promise<Read> {
  const [only] = named;
  if (named.length === 1 && isBundle(only!, files)) return sideOf(readPrevious(only!, files));
  const { findings, katalog, plan, paths } = await loadPlan(named, files);
  if (katalog === undefined || plan === undefined) return { findings };
  return { name: paths.join(", "), plan, katalog: expandKatalog(katalog) };
}

/** What is installed in a namespace; `undefined`: nothing. Throws what `ClusterApi.get` throws. */
export async function readInstalledSide(
  api: ClusterApi,
  namespace: string,
  configMap: string = katalogConfigMap.name,
): Promise<Read | undefined> {
  const name = `ConfigMap ${namespace}/${configMap}`;
  try {
    const object = await api.get(builtInType("ConfigMap")!, { name: configMap, namespace });
    const text = katalogIn({ ...object as unknown as JsonMap, kind: "ConfigMap" });
    return text === undefined ? undefined : sideOf(loadInstalled(name, text));
  } catch (error) {
    if (isNotFound(error) && !isMissingType(error)) return undefined;
    throw error;
  }
}

/** A Katalog without anything, to compare with what is not installed yet. */
export function nothingInstalled(after: Side, name: string): Side {
  const { spec: _spec, ...rest } = after.katalog;
  return {
    name,
    isNothing: true,
    plan: { katalog: after.plan.katalog, boxes: [], identity: "process", conversions: [] },
    katalog: { ...rest, spec: { crds: {} } },
  };
}

function sideOf(read: ReturnType<typeof readPrevious>): Read {
  if ("findings" in read) return read;
  const { katalog, plan, file }: { katalog: Katalog; plan: Plan; file: string } = read;
  return { name: file, plan, katalog: expandKatalog(katalog) };
}

/** Does a file hold a ConfigMap with a Katalog? What cannot be read is for the loader of Katalogs to report. */
function isBundle(path: string, files: FileReader): boolean {
  const read = files.read(path);
  if (read === "folder" || "trouble" in read) return false;
  return readManifests({ path, bytes: read.bytes }).manifests.some(({ object }) => katalogIn(object) !== undefined);
}
