/**
 * Makes `builtin_text.ts`: the definitions that the sandbox's built-in kinds need, from Kubernetes' published OpenAPI
 * v3 documents, with one short sentence of each description. What OpenAPI does not contain is read from the Go types
 * beside them: `x-omit` marks a field that is left out of the JSON when it is empty, `x-null` one that is null when it
 * is, and `x-wire` gives the names of fields by their number in protobuf.
 *
 *     deno run -R -W src/sandbox/schema/generate_builtin.ts <kubernetes>/api/openapi-spec/v3 <k8s.io/api> \
 *       <k8s.io/apimachinery> <k8s.io/apiextensions-apiserver>
 */
import { builtInTypes } from "../../k8s/resource_types.ts";

// deno-lint-ignore no-explicit-any -- OpenAPI documents as they come
type Any = any;
interface GoField {
  readonly name: string;
  readonly type: string;
  readonly omitEmpty: boolean;
  readonly omitZero: boolean;
  /** Field number in protobuf; "" when it has none. */
  readonly number: string;
}

const extraKinds = ["autoscaling/v1/Scale", "autoscaling/v1/HorizontalPodAutoscaler", "policy/v1/Eviction"];
const prefix = "#/components/schemas/";

function shorten(description: string): string {
  const sentence = /^[^]*?[.!?](?=\s|$)/.exec(description)?.[0] ?? description;
  const short = sentence.length > 160 ? `${sentence.slice(0, 157)}...` : sentence;
  return short.replace(/\s+/g, " ").replaceAll("`", "'");
}

function compact(schema: Any, refs: Set<string>): Any {
  const out: Any = {};
  let source = schema;
  if (source.allOf?.length === 1) source = { ...source, ...source.allOf[0], allOf: undefined };
  for (const [key, value] of Object.entries<Any>(source)) {
    if (value === undefined) continue;
    switch (key) {
      case "$ref":
        refs.add(value.slice(prefix.length));
        out.$ref = value;
        break;
      case "description":
        out.description = shorten(value);
        break;
      case "properties":
        out.properties = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, compact(item, refs)]));
        break;
      case "items":
      case "additionalProperties":
        out[key] = typeof value === "object" ? compact(value, refs) : value;
        break;
      case "x-kubernetes-unions":
        break;
      case "x-kubernetes-group-version-kind":
        if (value.length === 1) out[key] = value;
        break;
      default:
        out[key] = value;
    }
  }
  return out;
}

/** The fields of every struct in one Go file; embedded structs stay as fields without a name. */
function goStructs(text: string): Map<string, GoField[]> {
  const structs = new Map<string, GoField[]>();
  for (const [, name, body] of text.matchAll(/^type (\w+) struct \{\n([^]*?)^\}/gm)) {
    const fields: GoField[] = [];
    for (const line of body!.split("\n")) {
      const field = /^\t(?:(\w+)\s+)?(\S+)\s+`json:"([^"]*)"/.exec(line);
      if (field === null) continue;
      const [json, ...flags] = field[3]!.split(",");
      const omitEmpty = flags.includes("omitempty");
      const number = /protobuf:"\w+,(\d+)/.exec(line)?.[1] ?? "";
      fields.push({ name: json!, type: field[2]!, omitEmpty, omitZero: flags.includes("omitzero"), number });
    }
    structs.set(name!, fields);
  }
  return structs;
}

function goFile(definition: string, [api, machinery, extensions]: readonly string[]): string | undefined {
  const parts = definition.split(".");
  const version = parts.at(-2)!;
  if (definition.startsWith("io.k8s.api.")) return `${api}/${parts.slice(3, -2).join("/")}/${version}/types.go`;
  if (definition.includes("apimachinery.pkg.apis.meta")) return `${machinery}/pkg/apis/meta/${version}/types.go`;
  if (definition.includes("apiextensions")) return `${extensions}/pkg/apis/apiextensions/${version}/types.go`;
  return undefined;
}

/** Fields by their number in protobuf; an embedded structure, flat in JSON, is a message of its own there. */
function wireNumbers(struct: readonly GoField[], structs: Map<string, GoField[]>): Any {
  const numbers: Any = {};
  for (const { name, type, number } of struct) {
    if (number === "") continue;
    numbers[number] = name !== "" ? name : wireNumbers(structs.get(bareName(type)) ?? [], structs);
  }
  return numbers;
}

function bareName(type: string): string {
  return type.replace(/^\*?(?:\w+\.)?/, "");
}

function annotate(schema: Any, struct: readonly GoField[], structs: Map<string, GoField[]>): void {
  for (const field of struct) {
    if (field.name === "") {
      annotate(schema, structs.get(bareName(field.type)) ?? [], structs);
      continue;
    }
    const property = schema.properties?.[field.name];
    if (property === undefined) continue;
    const nullable = field.type.startsWith("*") || /^(?:\[\]|map\[)/.test(field.type);
    if (/^(?:\w+\.)?(?:Micro)?Time$/.test(field.type) ? !field.omitZero : nullable && !field.omitEmpty) {
      property["x-null"] = true;
    } else if (/^(?:\w+\.)?Quantity$/.test(field.type)) property.default = "0";
    else if (field.type.startsWith("*")) continue;
    else if (field.omitEmpty && JSON.stringify(property.default) !== "{}") property["x-omit"] = true;
  }
}

if (import.meta.main) {
  const [folder, ...goFolders] = Deno.args as [string, string, string, string];
  const all: Any = {};
  for (const file of Deno.readDirSync(folder)) {
    if (!/^(?:api__v1|apis__.*__v\d+)_openapi\.json$/.test(file.name)) continue;
    Object.assign(all, JSON.parse(Deno.readTextFileSync(`${folder}/${file.name}`)).components.schemas);
  }
  const wanted = new Set([...builtInTypes.map((type) => `${type.group}/${type.version}/${type.kind}`), ...extraKinds]);
  const queue = ["io.k8s.apimachinery.pkg.apis.meta.v1.Status", "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"];
  for (const [name, schema] of Object.entries<Any>(all)) {
    const kinds = schema["x-kubernetes-group-version-kind"];
    if (kinds?.length === 1 && wanted.has(`${kinds[0].group}/${kinds[0].version}/${kinds[0].kind}`)) queue.push(name);
  }
  const picked: Any = {};
  while (queue.length > 0) {
    const name = queue.pop()!;
    if (Object.hasOwn(picked, name)) continue;
    const refs = new Set<string>();
    const schema = compact(all[name], refs);
    const file = goFile(name, goFolders);
    if (file !== undefined) {
      const structs = goStructs(Deno.readTextFileSync(file));
      const struct = structs.get(name.split(".").at(-1)!) ?? [];
      annotate(schema, struct, structs);
      if (struct.length > 0 && schema.properties !== undefined) schema["x-wire"] = wireNumbers(struct, structs);
    }
    // Anything at all, owned as one value.
    if (name.endsWith(".RawExtension")) schema["x-kubernetes-map-type"] = "atomic";
    picked[name] = schema;
    queue.push(...refs);
  }
  const lines = Object.keys(picked).sort().map((name) => `${JSON.stringify(name)}:${JSON.stringify(picked[name])}`);
  const text = `{\n${lines.join(",\n")}\n}`.replaceAll("${", "$ {");
  Deno.writeTextFileSync(
    new URL("builtin_text.ts", import.meta.url),
    `// Made by generate_builtin.ts from Kubernetes 1.37 (Apache-2.0); not edited by hand.\n\n` +
      `/** OpenAPI v3 definitions of the built-in kinds, as JSON text. */\n` +
      `export const builtInDefinitions: string = String.raw\`${text}\`;\n`,
  );
}
