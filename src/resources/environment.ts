import type { JsonMap } from "../base/json.ts";
import { flagAt, listAt, mapAt, mapsAt, present, textAt } from "./read.ts";
import { EntryError } from "./shorthand.ts";

/**
 * The container's `env`: the declared variables, then one for each key that `envFrom` picks. A name given twice is an
 * error: server-side apply knows variables by their names.
 */
export function environment(fields: JsonMap): JsonMap[] {
  const seen = new Set<string>();
  const variables: JsonMap[] = [];
  const add = (path: string, variable: JsonMap): void => {
    const name = textAt(variable, "name")!;
    if (seen.has(name)) throw new EntryError(path, `Cannot set the variable ${name} twice`);
    seen.add(name);
    variables.push(variable);
  };
  mapsAt(fields, "env").forEach((item, index) => {
    add(
      `env[${index}].name`,
      present({ name: textAt(item, "name"), value: textAt(item, "value"), valueFrom: mapAt(item, "valueFrom") }),
    );
  });
  for (const { list, keyRef } of sources) {
    mapsAt(mapAt(fields, "envFrom"), list).forEach((source, index) => {
      listAt(source, "keys").forEach((key, at) => {
        add(`envFrom.${list}[${index}].keys[${at}]`, {
          name: `${textAt(source, "prefix") ?? ""}${key}${textAt(source, "suffix") ?? ""}`,
          valueFrom: { [keyRef]: present({ name: textAt(source, "name"), key, optional: flagAt(source, "optional") }) },
        });
      });
    });
  }
  return variables;
}

/** The container's `envFrom`: the sources that are taken whole. */
export function wholeSources(fields: JsonMap): JsonMap[] {
  return sources.flatMap(({ list, ref }) =>
    mapsAt(mapAt(fields, "envFrom"), list)
      .filter((source) => listAt(source, "keys").length === 0)
      .map((source) =>
        present({
          prefix: textAt(source, "prefix"),
          [ref]: present({ name: textAt(source, "name"), optional: flagAt(source, "optional") }),
        })
      )
  );
}

/** Secrets first: where two sources set one variable, Kubernetes takes the last. */
const sources = [
  { list: "secretRef", ref: "secretRef", keyRef: "secretKeyRef" },
  { list: "configMapRef", ref: "configMapRef", keyRef: "configMapKeyRef" },
] as const;
