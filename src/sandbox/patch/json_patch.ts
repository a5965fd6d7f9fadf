import { equalJson, isMap, type Json, setOwn } from "../../base/json.ts";
import { ApiFault, badRequest } from "../faults.ts";

/** Longer patches are refused (`maxJSONPatchOperations`). */
const maxOperations = 10_000;
/** All that the copies of one patch may add, in nodes. */
const maxCopied = 1_000_000;

/** JSON patch (RFC 6902). The target is not changed. Throws `ApiFault` 400 (malformed), 413 (too long) or 422 (does not apply). */
export function jsonPatch(target: Json, patch: Json | undefined): Json {
  if (!Array.isArray(patch)) {
    throw badRequest(
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    );
  }
  if (patch.length > maxOperations) {
    throw new ApiFault(
      413,
      "RequestEntityTooLarge",
      `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
    );
  }
  let result = copyOf(target, { left: maxCopied });
  const budget = { left: maxCopied };
  for (const operation of patch) result = carryOut(result, operation, budget);
  return result;
}

function carryOut(document: Json, operation: Json, budget: { left: number }): Json {
  if (!isMap(operation) || typeof operation["path"] !== "string") {
    throw badRequest("error decoding patch: an operation needs op and path");
  }
  const path = pointer(operation["path"]);
  const from = typeof operation["from"] === "string" ? pointer(operation["from"]) : undefined;
  const value = Object.hasOwn(operation, "value") ? operation["value"]! : undefined;
  switch (operation["op"]) {
    case "add":
      return add(document, path, copyOf(value ?? null, budget));
    case "remove":
      return remove(document, path);
    case "replace":
      // Go's library lets a replace add a key, but no list item.
      return path.length === 0 ? copyOf(value ?? null, budget) : put(document, path, copyOf(value ?? null, budget));
    case "move": {
      const moved = find(document, needed(from));
      return add(remove(document, from!), path, moved);
    }
    case "copy":
      return add(document, path, copyOf(find(document, needed(from)), budget));
    case "test":
      if (!equalJson(findOrAbsent(document, path) ?? null, value ?? null)) {
        throw failed(`testing value ${operation["path"]} failed`);
      }
      return document;
    default:
      throw failed(`Unexpected kind: ${String(operation["op"])}`);
  }
}

function pointer(text: string): string[] {
  if (text === "") return [];
  if (!text.startsWith("/")) throw failed(`missing path: ${text}`);
  return text.slice(1).split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw failed("missing value");
  return value;
}

function failed(why: string): ApiFault {
  return new ApiFault(422, "Invalid", "the server rejected our request due to an error in our request", {}, {}, why);
}

function find(document: Json, path: readonly string[]): Json {
  const found = findOrAbsent(document, path);
  if (found === undefined) throw failed(`path /${path.join("/")} does not exist`);
  return found;
}

function findOrAbsent(document: Json, path: readonly string[]): Json | undefined {
  let at: Json | undefined = document;
  for (const part of path) {
    if (Array.isArray(at)) at = at[index(part, at.length - 1)];
    else if (isMap(at)) at = Object.hasOwn(at, part) ? at[part] : undefined;
    else return undefined;
  }
  return at;
}

function index(part: string, last: number): number {
  const number = Number(part);
  if (!/^(?:0|[1-9]\d*)$/.test(part) || number > last) throw failed(`Unable to access invalid index: ${part}`);
  return number;
}

function parentOf(document: Json, path: readonly string[]): Json[] | { [key: string]: Json } {
  const parent = find(document, path.slice(0, -1));
  if (typeof parent !== "object" || parent === null) throw failed(`path /${path.join("/")} does not exist`);
  return parent;
}

function add(document: Json, path: readonly string[], value: Json): Json {
  if (path.length === 0) return value;
  const parent = parentOf(document, path);
  const last = path.at(-1)!;
  if (Array.isArray(parent)) parent.splice(last === "-" ? parent.length : index(last, parent.length), 0, value);
  else setOwn(parent, last, value);
  return document;
}

function put(document: Json, path: readonly string[], value: Json): Json {
  const parent = parentOf(document, path);
  const last = path.at(-1)!;
  if (Array.isArray(parent)) parent[index(last, parent.length - 1)] = value;
  else setOwn(parent, last, value);
  return document;
}

function remove(document: Json, path: readonly string[]): Json {
  find(document, path);
  if (path.length === 0) return null;
  const parent = parentOf(document, path);
  const last = path.at(-1)!;
  if (Array.isArray(parent)) parent.splice(index(last, parent.length - 1), 1);
  else delete parent[last];
  return document;
}

function copyOf(value: Json, budget: { left: number }): Json {
  if (--budget.left < 0) throw new ApiFault(413, "RequestEntityTooLarge", "the patch copies too much");
  if (Array.isArray(value)) return value.map((item) => copyOf(item, budget));
  if (!isMap(value)) return value;
  const out = {};
  for (const [key, item] of Object.entries(value)) setOwn(out, key, copyOf(item, budget));
  return out;
}
