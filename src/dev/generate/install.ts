import { type BundleObject, bundleObjects, katalogObject, rbacObjects } from "../../bundle/mod.ts";
import type { FileReader } from "../../files/mod.ts";
import type { Terminal } from "../terminal.ts";
import type { InstallOptions } from "./generate_options.ts";
import { type Installation, warnOfImages, withInstallation } from "./installation.ts";
import { writeManifests } from "./write_manifests.ts";

/** `ork generate bundle`: everything that an installation of a Katalog needs. */
export const generateBundle = generate(({ installed, text, workloads }, options) =>
  bundleObjects(installed, text(), options.workloads ? workloads : undefined)
);

/** `ork generate rbac`: its ServiceAccounts, roles and bindings. */
export const generateRbac = generate(({ installed }) => rbacObjects(installed));

/** `ork generate configmap`: the ConfigMap with the Katalog, which needs no other file. */
export const generateConfigMap = generate(({ installed, text }) => [katalogObject(text(), installed.namespace)]);

/** A subcommand that prints objects; exit codes as of `withInstallation`. */
function generate(print: (installation: Installation, options: InstallOptions) => BundleObject[]) {
  return (options: InstallOptions, terminal: Terminal, files: FileReader): Promise<number> =>
    withInstallation(options, terminal, files, (installation) => {
      const objects = print(installation, options);
      warnOfImages(JSON.stringify(objects), terminal);
      writeManifests(objects.map((each) => ({ ...each, comments: [] })), options.output, terminal);
      return 0;
    });
}
