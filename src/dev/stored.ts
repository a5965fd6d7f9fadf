import type { Clock } from "../base/clock.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import type { KubeObject } from "../k8s/object.ts";
import { type FileReader, readFiles } from "../files/mod.ts";
import { readManifests } from "../katalog/mod.ts";
import { applyObjects } from "./apply_files.ts";

/**
 * A CR as an (empty) API server stores it: checked against its CRD, defaults filled in, unknown fields pruned. Throws
 * `ApiError` with what the API server says against it.
 */
export async function storedBy(
  api: ClusterApi,
  clock: Clock,
  files: FileReader,
  cr: KubeObject,
  crdFile: string,
): Promise<KubeObject> {
  const { sources } = await readFiles([crdFile], files);
  const crds = sources.flatMap((file) => readManifests(file).manifests)
    .map(({ object }) => object as unknown as KubeObject)
    .filter((object) => object.kind === "CustomResourceDefinition");
  const { namespace } = cr.metadata;
  const home: KubeObject[] = namespace === undefined || namespace === "default"
    ? []
    : [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }];
  const applied = await applyObjects(api, clock, [...home, ...crds, cr], () => {/* not printed */});
  return applied.at(-1)!;
}
