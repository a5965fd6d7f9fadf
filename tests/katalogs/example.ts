import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments, stringify } from "yaml";
import { isMap, type Json, type JsonMap } from "../../src/base/json.ts";
import type { KubeObject } from "../../src/k8s/object.ts";

const root = fileURLToPath(new URL("../../katalogs/", import.meta.url));

/** The names of all folders under `katalogs/`. */
export function exampleNames(): string[] {
  return [...Deno.readDirSync(root)].filter((entry) => entry.isDirectory).map((entry) => entry.name).sort();
}

/** One example, moved into a namespace of the test's own. */
export interface Example {
  readonly name: string;
  readonly setup: readonly KubeObject[];
  readonly crds: readonly KubeObject[];
  readonly crs: readonly KubeObject[];
  readonly expected: JsonMap & { children: KubeObject[] };
  /** A copy of the Katalog that resyncs four times a second. */
  readonly katalog: string;
  /** Removes the copy. */
  remove(): Promise<void>;
}

/** Reads an example of `katalogs/`, or of another folder that holds such. */
export async function readExample(name: string, namespace: string, from = root): Promise<Example> {
  const folder = await Deno.makeTempDir({ prefix: "ork-example-" });
  for (const entry of Deno.readDirSync(join(from, name))) {
    if (entry.isFile) await Deno.copyFile(join(from, name, entry.name), join(folder, entry.name));
  }
  const katalog = join(folder, "katalog.yaml");
  const document = parse(await Deno.readTextFile(katalog));
  for (const crd of Object.values<{ operatorBox: JsonMap; allowedNamespaces?: string[] }>(document.spec.crds)) {
    crd.allowedNamespaces = crd.allowedNamespaces?.map((allowed) => allowed === "default" ? namespace : allowed);
    crd.operatorBox["reconciler"] = { ...crd.operatorBox["reconciler"] as JsonMap | undefined, resync: "250ms" };
  }
  await Deno.writeTextFile(katalog, moved(stringify(document), namespace));
  const read = async (file: string): Promise<KubeObject[]> => {
    const text = moved(await Deno.readTextFile(join(folder, file)), namespace);
    return parseAllDocuments(text).map((item) => item.toJS()).filter(isMap) as unknown as KubeObject[];
  };
  const [expected] = await read("expected.yaml") as unknown as Example["expected"][];
  return {
    name,
    setup: (await read("setup.yaml").catch((error) => {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    })).map(retained),
    crds: await read("crd.yaml"),
    crs: await read("cr.yaml"),
    expected: expected!,
    katalog,
    remove: () => Deno.remove(dirname(katalog), { recursive: true }),
  };
}

/**
 * A volume that tests alone delete. They recreate it under its name, and the volume controller, where it is the one to
 * delete a released volume, does so by name, so that it may delete the new one.
 */
function retained(object: KubeObject): KubeObject {
  if (object.kind !== "PersistentVolume") return object;
  return { ...object, spec: { ...object["spec"], persistentVolumeReclaimPolicy: "Retain" } };
}

/** The examples live in `default`; a test does not. */
function moved(text: string, namespace: string): string {
  return text.replaceAll(/\bnamespace: default\b/g, `namespace: ${namespace}`)
    .replaceAll(/\.default\.svc\b/g, `.${namespace}.svc`)
    .replaceAll("/default/", `/${namespace}/`);
}

/**
 * Where `object` does not match `wanted` (see katalogs/README.md): a path and what is there; `undefined` when it does.
 */
export function mismatch(wanted: Json, object: Json | undefined, path = ""): string | undefined {
  if (path === "status.conditions" && isMap(wanted) && Array.isArray(object)) {
    return mismatch(
      wanted,
      Object.fromEntries(object.filter(isMap).map((item) => [String(item["type"]), item])),
      "conditions",
    );
  }
  if (isMap(wanted)) {
    if (!isMap(object)) return `${path} is ${Deno.inspect(object)}, wanted a map`;
    for (const [key, value] of Object.entries(wanted)) {
      const found = mismatch(value, object[key], path === "" ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (Array.isArray(wanted)) {
    if (!Array.isArray(object) || object.length !== wanted.length) {
      return `${path} is ${Deno.inspect(object)}, wanted ${wanted.length} items`;
    }
    for (const [index, value] of wanted.entries()) {
      const found = mismatch(value, object[index], `${path}[${index}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return object === wanted ? undefined : `${path} is ${Deno.inspect(object)}, wanted ${Deno.inspect(wanted)}`;
}
