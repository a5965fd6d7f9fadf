import { isMap, type Json, ownValue } from "../../base/json.ts";

type Step = { field: string } | { index: number } | { all: true } | {
  filter: { path: string[]; equals: string | undefined };
};

const maxPathLength = 1024;
/** More values than this are not gathered by one path. */
const maxValues = 1000;

/**
 * Reads the JSONPath of a printer column, as `.status.conditions[?(@.type=="Ready")].status`; `undefined` when it
 * cannot be read. The reader returns the first value, or `undefined`.
 */
export function compileJsonPath(text: string): ((object: Json) => Json | undefined) | undefined {
  const steps = parseSteps(text);
  if (steps === undefined) return undefined;
  return (object) => {
    let values: Json[] = [object];
    for (const step of steps) values = values.flatMap((value) => follow(value, step)).slice(0, maxValues);
    return values[0];
  };
}

function parseSteps(text: string): Step[] | undefined {
  if (text.length > maxPathLength) return undefined;
  const steps: Step[] = [];
  let rest = text.replace(/^\$/, "");
  while (rest !== "") {
    const token =
      /^(?:\.((?:[^.[\]\\]|\\.)+)|\[(\d+)\]|\[(\*)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]|\[\?\(@((?:\.[^.=\]\s)]+)+)\s*(?:==\s*(?:"([^"]*)"|'([^']*)'|([^\s)"']+))\s*)?\)\])/
        .exec(rest);
    if (token === null) return undefined;
    const [whole, field, index, star, single, double, path, equalDouble, equalSingle, equalBare] = token;
    const name = field ?? single ?? double;
    if (name !== undefined) steps.push(name === "*" ? { all: true } : { field: name.replace(/\\(.)/g, "$1") });
    else if (index !== undefined) steps.push({ index: Number(index) });
    else if (star !== undefined) steps.push({ all: true });
    else steps.push({ filter: { path: path!.slice(1).split("."), equals: equalDouble ?? equalSingle ?? equalBare } });
    rest = rest.slice(whole.length);
  }
  return steps;
}

function follow(value: Json, step: Step): Json[] {
  if ("field" in step) {
    const found = isMap(value) ? ownValue(value, step.field) : undefined;
    return found === undefined ? [] : [found];
  }
  if ("index" in step) return Array.isArray(value) && step.index < value.length ? [value[step.index]!] : [];
  const items = Array.isArray(value) ? value : isMap(value) ? Object.values(value) : [];
  if ("all" in step) return items;
  const { path, equals } = step.filter;
  return items.filter((item) => {
    let at: Json | undefined = item;
    for (const part of path) at = isMap(at) ? ownValue(at, part) : undefined;
    return equals === undefined ? at !== undefined : at !== undefined && String(at) === equals;
  });
}
