import { isMap, type Json, type JsonMap } from "../../base/json.ts";
import {
  type BundleObject,
  bundleObjects,
  katalogDigest,
  katalogDigestLength,
  katalogObject,
  type ProcessSettings,
} from "../../bundle/mod.ts";
import type { FileReader } from "../../files/mod.ts";
import { isDnsLabel } from "../../k8s/names.ts";
import { commentLine, printYaml } from "../print_yaml.ts";
import type { Terminal } from "../terminal.ts";
import { marker, type Process, suffixTemplate, templateOf } from "./chart_markers.ts";
import { definitionsOf } from "./crd.ts";
import type { FolderOptions } from "./generate_options.ts";
import { type Installation, warnOfImages, withInstallation } from "./installation.ts";
import { objectsByFile } from "./parts.ts";
import { type FolderFiles, ForeignFolderError, writeFolder } from "./write_folder.ts";
import { manifestText } from "./write_manifests.ts";

const mark = '# Made by "ork generate chart"';
const replaced = ["templates", "crds"];

/** `ork generate chart`: a Helm chart of an installation, in a folder. Exit codes as of `withInstallation`. */
export function generateChart(options: FolderOptions, terminal: Terminal, files: FileReader): Promise<number> {
  return withInstallation(options, terminal, files, (installation) => {
    const definitions = definitionsOf(installation.katalog, files, terminal);
    if (definitions === undefined) return 1;
    const chart = chartFiles(installation, definitions, options.version);
    warnOfImages(chart.get("values.yaml")!, terminal);
    return writeOrSay(() => writeFolder(options.output, chart, { owner: "Chart.yaml", mark, replaced }), terminal);
  });
}

/** Exit code 1 for a folder that is not ours. */
export function writeOrSay(write: () => void, terminal: Terminal): number {
  try {
    write();
    return 0;
  } catch (error) {
    if (!(error instanceof ForeignFolderError)) throw error;
    terminal.err(`error: ${error.message}`);
    return 1;
  }
}

/** The files of a chart: the objects of the bundle, with values in place of what an installation decides. */
function chartFiles(installation: Installation, definitions: readonly JsonMap[], version: string): FolderFiles {
  const { installed, katalog, workloads } = installation;
  const text = installation.text();
  katalogObject(text, installed.namespace); // it has to fit into a ConfigMap
  const processes: Process[] = installed.plan.gateway === undefined ? ["runtime"] : ["runtime", "gateway"];
  const settings = Object.fromEntries(processes.map((process) => [process, settingsOf(process)]));
  const marked = bundleObjects({ ...installed, namespace: marker.namespace }, marker.katalog, {
    ...workloads,
    images: { runtime: marker.image("runtime"), gateway: marker.image("gateway") },
    settings,
  });
  const digest = katalogDigest(marker.katalog);
  const chart = new Map<string, string>([
    ["Chart.yaml", chartYaml(katalog, version)],
    ["values.yaml", valuesYaml(installation, processes, text)],
    ["values.schema.json", `${JSON.stringify(valuesSchema(processes), undefined, 2)}\n`],
    ["templates/_helpers.tpl", suffixTemplate],
    ["templates/NOTES.txt", notes],
  ]);
  for (const [file, manifests] of objectsByFile(marked)) {
    const template = templateOf(manifests, digest, katalogDigestLength);
    const head = file === "rbac.yaml" ? refusals(marked) : "";
    const wrapped = file === "namespace.yaml" ? `{{- if .Values.createNamespace }}\n${template}{{- end }}\n` : template;
    chart.set(`templates/${file}`, head + wrapped);
  }
  for (const definition of definitions) {
    const { name } = definition["metadata"] as { name: string };
    chart.set(`crds/${name}.yaml`, manifestText({ object: definition, comments: [] }));
  }
  return chart;
}

function settingsOf(process: Process): ProcessSettings {
  return {
    replicas: marker.replicas(process),
    resources: marker.resources(process),
    env: {
      LOG_LEVEL: marker.logLevel(process),
      ...process === "runtime" ? { LEADER_ELECTION: marker.leaderElection } : {},
      [marker.extraEnv(process)]: "",
    },
  };
}

/** A Katalog that names the namespace of the release would have two Roles of one name there. */
function refusals(objects: readonly BundleObject[]): string {
  const fixed = objects.filter(({ object }) => object["kind"] === "Role")
    .map(({ object }) => String((object["metadata"] as JsonMap)["namespace"]))
    .filter((namespace) => namespace !== marker.namespace);
  return [...new Set(fixed)].map((namespace) =>
    `{{- if eq .Release.Namespace ${JSON.stringify(namespace)} }}\n` +
    `{{- fail ${
      JSON.stringify(
        `The Katalog itself names the namespace ${namespace}: choose another one for the release, or use the manifests ` +
          "of: ork generate bundle",
      )
    } }}\n{{- end }}\n`
  ).join("");
}

const semVer = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

function chartYaml({ name, version, description }: Installation["katalog"], appVersion: string): string {
  const chart: JsonMap = {
    apiVersion: "v2",
    name: isDnsLabel(name) ? name : "orkestra",
    description: description ?? `Operators of the Katalog ${name}`,
    type: "application",
    version: version !== undefined && semVer.test(version) ? version : "0.1.0",
    appVersion,
    // FlowSchema of flowcontrol.apiserver.k8s.io/v1
    kubeVersion: ">=1.29.0-0",
  };
  return `${mark} from the Katalog ${commentLine(name)}: make it again, rather than change it.\n${printYaml(chart)}`;
}

function valuesYaml({ installed, katalog, workloads }: Installation, processes: readonly Process[], text: string) {
  const objects = bundleObjects(installed, text, workloads).map(({ object }) => object);
  const values: JsonMap = {
    createNamespace: false,
    ...Object.fromEntries(processes.map((process): [string, Json] => [process, {
      image: workloads.images[process],
      replicas: 2,
      logLevel: "info",
      ...process === "runtime" ? { leaderElection: true } : {},
      resources: resourcesOf(objects, process),
      extraEnv: [],
    }])),
    katalog: text,
  };
  const comments = [
    { path: ["createNamespace"], lines: ["The chart has the Namespace too, for `helm template | kubectl apply`."] },
    { path: ["runtime", "leaderElection"], lines: ["false for one replica alone."] },
    ...processes.map((process) => ({
      path: [process, "resources"],
      lines: process === "runtime"
        ? [
          "By docs/performance.md, for the operators of this Katalog. A limit of processor time can cost it the Lease.",
        ]
        : ["For reviews of up to 64 MiB each."],
    })),
    ...processes.map((process) => ({
      path: [process, "extraEnv"],
      lines: [
        "Variables of its container, as in a Pod; docs/command-line.md has those that are read:",
        '- {name: DEFAULT_WORKERS, value: "4"}',
      ],
    })),
    {
      path: ["katalog"],
      lines: [
        "The permissions in templates/rbac.yaml are derived from this very text. With another one, make the chart again:",
        "ork generate chart.",
      ],
    },
  ];
  return `# Values of the chart of the Katalog ${commentLine(katalog.name)}.\n${printYaml(values, comments)}`;
}

function resourcesOf(objects: readonly JsonMap[], process: Process): Json {
  const deployment = objects.find(({ kind, metadata }) =>
    kind === "Deployment" && isMap(metadata) && metadata["name"] === `orkestra-${process}`
  ) as { spec: { template: { spec: { containers: { resources: Json }[] } } } } | undefined;
  if (deployment === undefined) throw new Error(`There is no Deployment of the ${process}`);
  return deployment.spec.template.spec.containers[0]!.resources;
}

/** `helm` checks values with it, so that a misspelt one is an error. */
function valuesSchema(processes: readonly Process[]): JsonMap {
  const closed = (properties: JsonMap): JsonMap => ({
    type: "object",
    additionalProperties: false,
    required: Object.keys(properties),
    properties,
  });
  const variable: JsonMap = {
    type: "object",
    additionalProperties: false,
    required: ["name"],
    properties: {
      name: { type: "string", minLength: 1 },
      value: { type: "string" },
      valueFrom: { type: "object" },
    },
  };
  const process = (name: Process): JsonMap =>
    closed({
      image: { type: "string", minLength: 1 },
      replicas: { type: "integer", minimum: 0 },
      logLevel: { enum: ["debug", "info", "warn", "error"] },
      ...name === "runtime" ? { leaderElection: { type: "boolean" } } : {},
      resources: { type: "object" },
      extraEnv: { type: "array", items: variable },
    });
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    ...closed({
      createNamespace: { type: "boolean" },
      ...Object.fromEntries(processes.map((name) => [name, process(name)])),
      katalog: { type: "string", minLength: 1, maxLength: 1024 * 1024 },
    }),
    // Helm adds these to the values of every chart that is part of another.
    patternProperties: { "^global$": {} },
  };
}

const notes = `The operators of this Katalog run in the namespace {{ .Release.Namespace }}.

  kubectl -n {{ .Release.Namespace }} rollout status deployment/orkestra-runtime
  ork status --namespace {{ .Release.Namespace }}

Helm neither updates nor deletes CRDs: apply those of a new version with kubectl.
`;
