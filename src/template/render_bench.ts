import type { JsonMap } from "../base/json.ts";
import { parseTemplate, renderText, renderValue } from "./mod.ts";

const data: JsonMap = {
  metadata: { name: "blog", namespace: "web", labels: { app: "blog", tier: "gold" } },
  spec: {
    image: "nginx:1.27",
    replicas: 3,
    hosts: Array.from({ length: 20 }, (_, i) => `host-${i}.example.com`),
    ports: Array.from({ length: 20 }, (_, i) => ({ name: `port-${i}`, port: 8000 + i, tls: i % 2 === 0 })),
  },
  status: { phase: "Running", readyReplicas: 3 },
};

const page = `server {
{{- range $i, $port := .spec.ports }}
  listen {{ $port.port }}{{ if $port.tls }} ssl{{ end }}; # {{ printf "%02d %q" $i $port.name }}
{{- end }}
  server_name{{ range .spec.hosts }} {{ . }}{{ end }};
}
`;

function benchText(name: string, source: string): void {
  const template = parseTemplate(source);
  Deno.bench(`renderText() of ${name}`, () => void renderText(template, data));
}

benchText("a literal", "just text");
benchText("a field", "{{ .spec.image }}");
benchText("a name", "{{ .metadata.name }}-{{ .metadata.namespace }}");
benchText(
  "a condition",
  '{{ if and (eq .status.phase "Running") (allReplicasReady .) }}Ready{{ else }}Waiting{{ end }}',
);
benchText("a printf", '{{ printf "%s-%05d %v" .metadata.name .spec.replicas .spec.replicas }}');
benchText("a page with 40 elements", page);

const replicas = parseTemplate("{{ .spec.replicas | default 1 }}");
Deno.bench("renderValue() of a number with a default", () => void renderValue(replicas, data));

Deno.bench("parseTemplate() of a field", () => void parseTemplate("{{ .spec.image }}"));
Deno.bench("parseTemplate() of a page", () => void parseTemplate(page));
