import type { JsonMap } from "../../base/json.ts";
import { bundleObjects } from "../../bundle/mod.ts";
import type { FileReader } from "../../files/mod.ts";
import { commentLine, printYaml } from "../print_yaml.ts";
import type { Terminal } from "../terminal.ts";
import { writeOrSay } from "./chart.ts";
import { definitionsOf } from "./crd.ts";
import type { FolderOptions } from "./generate_options.ts";
import { type Installation, warnOfImages, withInstallation } from "./installation.ts";
import { objectsByFile, partFiles } from "./parts.ts";
import { type FolderFiles, writeFolder } from "./write_folder.ts";
import { manifestText } from "./write_manifests.ts";

const mark = '# Made by "ork generate kustomize"';
const owner = "kustomization.yaml";

/** `ork generate kustomize`: a base for kustomize, in a folder. Exit codes as of `withInstallation`. */
export function generateKustomize(options: FolderOptions, terminal: Terminal, files: FileReader): Promise<number> {
  return withInstallation(options, terminal, files, (installation) => {
    const definitions = definitionsOf(installation.katalog, files, terminal);
    if (definitions === undefined) return 1;
    const base = baseFiles(installation, definitions);
    warnOfImages([...base.values()].join(""), terminal);
    const replaced = [...partFiles, "crds"];
    return writeOrSay(() => writeFolder(options.output, base, { owner, mark, replaced }), terminal);
  });
}

/** The files of a base: the bundle, and apart from it the CRDs, whose deletion deletes all CRs. */
function baseFiles(
  { installed, katalog, workloads, text }: Installation,
  definitions: readonly JsonMap[],
): FolderFiles {
  const parts = objectsByFile(bundleObjects(installed, text(), workloads));
  const head =
    `${mark} from the Katalog ${commentLine(katalog.name)}: make it again, rather than change it, and change\n` +
    "# images, replicas and resources in an overlay. The namespace is part of names and permissions: it is given by -n.\n";
  const base = new Map([[owner, head + kustomization([...parts.keys()])], ...parts]);
  if (definitions.length === 0) return base;
  const names: string[] = [];
  for (const object of definitions) {
    const name = `${(object["metadata"] as { name: string }).name}.yaml`;
    names.push(name);
    base.set(`crds/${name}`, manifestText({ object, comments: [] }));
  }
  return base.set(`crds/${owner}`, `${mark}: apply it first.\n${kustomization(names)}`);
}

function kustomization(resources: readonly string[]): string {
  return printYaml({ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources: [...resources] });
}
