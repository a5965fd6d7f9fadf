import { type Installed, KatalogTooLargeError, permissionFindings, type Workloads } from "../../bundle/mod.ts";
import { literalOrigin } from "../../base/http_url.ts";
import type { FileReader } from "../../files/mod.ts";
import { type Katalog, loadKatalog, portableKatalog } from "../../katalog/mod.ts";
import type { Plan } from "../../plan/mod.ts";
import { builtInSchemas } from "../built_in_schemas.ts";
import { loadPlan } from "../load_plan.ts";
import { hasErrors, printFindings } from "../print_findings.ts";
import { printYaml } from "../print_yaml.ts";
import type { Terminal } from "../terminal.ts";
import type { InstallOptions } from "./generate_options.ts";
import { readPrevious } from "./previous.ts";

/** A Katalog that can be installed. */
export interface Installation {
  readonly installed: Installed;
  readonly katalog: Katalog;
  /** Text of the expanded Katalog. Throws what `withInstallation` reports. */
  readonly text: () => string;
  readonly workloads: Workloads;
}

/** In capitals, which no registry takes: it cannot be pulled by mistake. */
const placeholders: Workloads["images"] = {
  runtime: "ghcr.io/OWNER/ork-runtime:VERSION",
  gateway: "ghcr.io/OWNER/ork-gateway:VERSION",
};

/** A Katalog that loads where it is, and not on its own. */
class ExpansionError extends Error {
  override name = "ExpansionError";
}

/**
 * Loads Katalogs for an installation and passes it to `use`, which returns the exit code. 1 for a Katalog with errors, for
 * permissions that nothing declares, for one that a ConfigMap cannot hold, and for a former one that cannot be read.
 * Findings are printed on standard error.
 */
export async function withInstallation(
  options: InstallOptions,
  terminal: Terminal,
  files: FileReader,
  use: (installation: Installation) => number | Promise<number>,
): Promise<number> {
  const { findings: loaded, katalog, plan } = await loadPlan(options.files, files);
  const findings = [...loaded, ...plan === undefined ? [] : permissionFindings(plan)];
  printFindings(findings, terminal, terminal.err);
  if (katalog === undefined || plan === undefined || hasErrors(findings)) return 1;
  const previous = options.previous === undefined ? undefined : readPrevious(options.previous, files);
  if (previous !== undefined && "findings" in previous) {
    printFindings(previous.findings, terminal, terminal.err);
    return 1;
  }
  const { namespace, components, leases, image, imageGateway, apiServers } = options;
  try {
    if (plan.gateway === undefined && components.size === 1 && components.has("gateway")) {
      terminal.err("warning: the Katalog has no gateway, so there is nothing to install for it");
    }
    const called = apiServers.length === 0 ? [] : hostsOf(plan);
    if (called.length > 0) {
      terminal.err(
        `warning: with --api-server the Pods may connect to nothing else, and the Katalog calls ${
          called.join(", ")
        }; ` +
          "add a NetworkPolicy that allows it",
      );
    }
    return await use({
      installed: { plan, namespace, components, leases, previous },
      katalog,
      text: () => expandedText(katalog),
      workloads: {
        images: { runtime: image ?? placeholders.runtime, gateway: imageGateway ?? placeholders.gateway },
        apiServers,
      },
    });
  } catch (error) {
    if (!(error instanceof KatalogTooLargeError || error instanceof ExpansionError)) throw error;
    terminal.err(`error: ${error.message}`);
    return 1;
  }
}

/** Where the Runtime and the Gateway send the HTTP calls of a Katalog. */
function hostsOf({ boxes }: Plan): string[] {
  const calls = boxes.flatMap(({ external }) => Object.values(external).flat());
  const hosts = calls.map(({ url }) => {
    const origin = literalOrigin(url.text);
    return origin === undefined ? "hosts that templates choose" : `${origin.host}:${origin.port}`;
  });
  return [...new Set(hosts)].sort();
}

/** The options that name images in place of the placeholders in a text. */
export function missingImages(text: string): string[] {
  return [
    ...text.includes(placeholders.runtime) ? ["--image"] : [],
    ...text.includes(placeholders.gateway) ? ["--image-gateway"] : [],
  ];
}

/** Warns of the placeholders in what is printed. */
export function warnOfImages(text: string, terminal: Terminal): void {
  const missing = missingImages(text);
  if (missing.length > 0) {
    terminal.err(`warning: replace the placeholders of images, or name them with ${missing.join(" and ")}`);
  }
}

/** The expanded Katalog. What is larger than a Katalog may be with its schemas is found here, not in the cluster. */
function expandedText(katalog: Katalog): string {
  const text = printYaml(portableKatalog(katalog));
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
