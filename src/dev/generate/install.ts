import {
  type BundleObject,
  bundleObjects,
  type Installed,
  katalogObject,
  KatalogTooLargeError,
  permissionFindings,
  rbacObjects,
  type Workloads,
} from "../../bundle/mod.ts";
import type { FileReader } from "../../files/mod.ts";
import { expandKatalog, type Katalog, loadKatalog } from "../../katalog/mod.ts";
import { builtInSchemas } from "../built_in_schemas.ts";
import { loadPlan } from "../load_plan.ts";
import { hasErrors, printFindings } from "../print_findings.ts";
import { printYaml } from "../print_yaml.ts";
import type { Terminal } from "../terminal.ts";
import type { InstallOptions } from "./generate_options.ts";
import { readPrevious } from "./previous.ts";
import { writeManifests } from "./write_manifests.ts";

/** What a subcommand prints of an installation. */
type Print = (installed: Installed, katalog: () => string, options: InstallOptions) => BundleObject[];

/** `ork generate bundle`: everything that an installation of a Katalog needs. */
export const generateBundle = generate((installed, katalog, options) =>
  bundleObjects(installed, katalog(), options.workloads ? workloadsOf(options) : undefined)
);

/** `ork generate rbac`: its ServiceAccounts, roles and bindings. */
export const generateRbac = generate(rbacObjects);

/** `ork generate configmap`: the ConfigMap with the Katalog, which needs no other file. */
export const generateConfigMap = generate(({ namespace }, katalog) => [katalogObject(katalog(), namespace)]);

/** In capitals, which no registry takes: it cannot be pulled by mistake. */
const placeholders: Workloads["images"] = {
  runtime: "ghcr.io/OWNER/ork-runtime:VERSION",
  gateway: "ghcr.io/OWNER/ork-gateway:VERSION",
};

function workloadsOf({ image, imageGateway, apiServers }: InstallOptions): Workloads {
  return {
    images: { runtime: image ?? placeholders.runtime, gateway: imageGateway ?? placeholders.gateway },
    apiServers,
  };
}

/** A Katalog that loads where it is, and not on its own. */
class ExpansionError extends Error {
  override name = "ExpansionError";
}

/**
 * Prints objects; exit code 1 for a Katalog with errors, for permissions that nothing declares, for one that a ConfigMap
 * cannot hold, and for a former one that cannot be read. Findings are printed on standard error.
 */
function generate(print: Print) {
  return async (options: InstallOptions, terminal: Terminal, files: FileReader): Promise<number> => {
    const { findings: loaded, katalog, plan } = await loadPlan(options.files, files);
    const findings = [...loaded, ...plan === undefined ? [] : permissionFindings(plan)];
    printFindings(findings, terminal, terminal.err);
    if (katalog === undefined || plan === undefined || hasErrors(findings)) return 1;
    const previous = options.previous === undefined ? undefined : readPrevious(options.previous, files);
    if (previous !== undefined && "findings" in previous) {
      printFindings(previous.findings, terminal, terminal.err);
      return 1;
    }
    try {
      const installed = { ...options, plan, previous };
      const objects = print(installed, () => expandedText(katalog), options);
      if (plan.gateway === undefined && options.components.size === 1 && options.components.has("gateway")) {
        terminal.err("warning: the Katalog has no gateway, so there is nothing to install for it");
      }
      warnOfImages(objects, terminal);
      writeManifests(objects.map((each) => ({ ...each, comments: [] })), options.output, terminal);
      return 0;
    } catch (error) {
      if (!(error instanceof KatalogTooLargeError || error instanceof ExpansionError)) throw error;
      terminal.err(`error: ${error.message}`);
      return 1;
    }
  };
}

/** The expanded Katalog. What is larger than a Katalog may be with its schemas is found here, not in the cluster. */
function expandedText(katalog: Katalog): string {
  const text = printYaml(expandKatalog(katalog));
  // Its size is checked with that of the ConfigMap.
  if (text.length > 1 << 20) return text;
  const bytes = new TextEncoder().encode(text);
  const { findings } = loadKatalog([{ path: "katalog.yaml", bytes }], () => undefined, builtInSchemas);
  const error = findings.find(({ severity }) => severity === "error");
  if (error === undefined) return text;
  throw new ExpansionError(
    `The Katalog with the schemas of its CRDs cannot be loaded (line ${error.line}: ${error.message}): ` +
      "divide it into several Katalogs, each with a namespace of its own",
  );
}

function warnOfImages(objects: readonly BundleObject[], terminal: Terminal): void {
  const text = JSON.stringify(objects);
  const missing = [
    ...text.includes(placeholders.runtime) ? ["--image"] : [],
    ...text.includes(placeholders.gateway) ? ["--image-gateway"] : [],
  ];
  if (missing.length > 0) {
    terminal.err(`warning: replace the placeholders of images, or name them with ${missing.join(" and ")}`);
  }
}
