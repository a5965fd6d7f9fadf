/**
 * Texts that stand in a manifest for what a chart decides, and what takes their place in its templates. They are plain
 * scalars of YAML, and names of Kubernetes, so that manifests are generated with them as with any value.
 */
export const marker = {
  namespace: "ork-value-namespace",
  katalog: "ork-value-katalog",
  image: (process: Process) => `ork-value-${process}-image`,
  replicas: (process: Process) => `ork-value-${process}-replicas`,
  resources: (process: Process) => `ork-value-${process}-resources`,
  logLevel: (process: Process) => `ork-value-${process}-log-level`,
  leaderElection: "ork-value-leader-election",
  /** Name of a variable that stands for any number of them. */
  extraEnv: (process: Process) => `ork-value-${process}-extra-env`,
} as const;

export type Process = "runtime" | "gateway";

/** Names of cluster-scoped objects end in it (`installedName`). */
export const suffixTemplate = `{{- define "orkestra.suffix" -}}
{{- if ne .Release.Namespace "orkestra-system" }}-{{ .Release.Namespace }}{{ end -}}
{{- end -}}
`;

const suffix = '{{ include "orkestra.suffix" . }}';

/** `toJson`: JSON is YAML, on one line, with every character quoted that has to be. */
function ofProcess(process: Process): [string, string][] {
  const values = `.Values.${process}`;
  return [
    [marker.image(process), `{{ ${values}.image | toJson }}`],
    // Numbers of values are floating-point numbers.
    [marker.replicas(process), `{{ ${values}.replicas | int }}`],
    [marker.resources(process), `{{ ${values}.resources | toJson }}`],
    [marker.logLevel(process), `{{ ${values}.logLevel | toJson }}`],
  ];
}

const expressions: ReadonlyMap<string, string> = new Map([
  ...ofProcess("runtime"),
  ...ofProcess("gateway"),
  [marker.leaderElection, "{{ .Values.runtime.leaderElection | toString | toJson }}"],
  [marker.katalog, "{{ .Values.katalog | toJson }}"],
  [marker.namespace, "{{ .Release.Namespace }}"],
]);

const anyMarker = /-?ork-value-[a-z-]+/g;
/** A whole value: a namespace may be called `1e3` or `null`. */
const wholeNamespace = new RegExp(`(?<=: |- )${marker.namespace}$`, "gm");

/** The item of the variables that are added, with its value. */
function extraEnvItem(process: Process): RegExp {
  return new RegExp(`^( *)- name: ${marker.extraEnv(process)}\\n.*\\n`, "gm");
}

/** Each variable in JSON on a line of its own, indented as the others are. */
function extraEnvTemplate(process: Process): string {
  return `$1{{- range .Values.${process}.extraEnv }}\n$1- {{ . | toJson }}\n$1{{- end }}\n`;
}

/**
 * The template of a manifest: what would be an action of Helm is text, then markers are replaced. `digest` is that of the
 * marker of the Katalog, `length` how long it is.
 */
export function templateOf(manifest: string, digest: string, length: number): string {
  return manifest.replaceAll("{{", '{{ "{{" }}')
    // A digest of digits alone would be a number.
    .replaceAll(new RegExp(`"?${digest}"?`, "g"), `{{ .Values.katalog | sha256sum | trunc ${length} | quote }}`)
    .replaceAll(extraEnvItem("runtime"), extraEnvTemplate("runtime"))
    .replaceAll(extraEnvItem("gateway"), extraEnvTemplate("gateway"))
    .replaceAll(wholeNamespace, "{{ .Release.Namespace | quote }}")
    .replaceAll(anyMarker, (found) => {
      if (found === `-${marker.namespace}`) return suffix;
      const expression = expressions.get(found.replace(/^-/, ""));
      if (expression === undefined) return found;
      return found.startsWith("-") ? `-${expression}` : expression;
    });
}
