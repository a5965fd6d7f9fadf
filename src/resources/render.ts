import { isMap, type Json, type JsonMap, setOwn } from "../base/json.ts";
import { keyPath } from "../base/key_path.ts";
import type { ListShape, MapShape, RecordShape, Shape, UnionShape } from "../base/shape.ts";
import { isDnsLabel, isQualifiedName } from "../k8s/names.ts";
import type { BytesUse } from "../template/mod.ts";
import { checkRecord } from "./record_rules.ts";
import { EntryError } from "./shorthand.ts";
import { kindOf, readText, ValueError } from "./text_value.ts";

/**
 * The value of the template `text`, which stands at `path`; `undefined` when it is absent. `bytes` says whether the
 * field can hold bytes that are not UTF-8.
 */
export type RenderCallback = (text: string, path: string, bytes: BytesUse) => Json | undefined;

/** What one entry may grow to; an API server takes requests of up to 3 MiB. */
export const entryBounds = { depth: 64, nodes: 50_000, characters: 3 * 1024 * 1024 } as const;

/**
 * Renders the fields of an entry by its shape: templates filled in, values typed by their format, what is absent or
 * empty left out, so that defaults apply (ruling 13, D8).
 *
 * - White space round a value stays where the text is free (ruling 37). Inside `custom`, where the type is unknown, it
 *   stays in values of several lines.
 * - A map loses the keys, and a list the items, whose template renders absent. In a list of texts a template that
 *   renders to a list gives all its items.
 * - A part whose one needed field renders absent is absent: a probe without its path, HTTPS without its Secret.
 * - What a template rendered is data: a `{{` in it is not rendered again.
 * - Bytes that are not UTF-8 stay as `toBytes` (template/mod.ts) reads them, where the shape has `bytes`.
 *
 * Throws `EntryError` with the path of the field; lets through what `render` throws.
 */
export function renderEntry(shape: RecordShape, fields: JsonMap, render: RenderCallback): JsonMap {
  const rendered = new Walk(render).value(shape, fields, { path: "", depth: 0 });
  return isMap(rendered) ? rendered : {};
}

/** Where the walk stands. `from` is the template that gave the value: below it nothing is rendered any more. */
interface Place {
  readonly path: string;
  readonly depth: number;
  readonly from?: string;
}

class Walk {
  readonly #render: RenderCallback;
  #nodes = 0;
  #characters = 0;

  constructor(render: RenderCallback) {
    this.#render = render;
  }

  value(shape: Shape, written: Json, at: Place): Json | undefined {
    const [value, place] = this.#resolved(shape, written, at);
    return this.#shaped(shape, value, place);
  }

  #resolved(shape: Shape, written: Json, place: Place): [Json | undefined, Place] {
    if (place.from !== undefined || typeof written !== "string" || !written.includes("{{")) return [written, place];
    const bytes = shape.type === "text" && shape.bytes === true ? "keep" : "refuse";
    return [this.#render(written, place.path, bytes), { ...place, from: written }];
  }

  #shaped(shape: Shape, value: Json | undefined, place: Place): Json | undefined {
    this.#count(value, place);
    if (value === undefined) return undefined;
    try {
      return this.#dispatch(shape, value, place);
    } catch (error) {
      throw error instanceof ValueError ? new EntryError(place.path, error.message) : error;
    }
  }

  #dispatch(shape: Shape, value: Json, place: Place): Json | undefined {
    if (shape.type === "tree") return this.#tree(value, place);
    if (value === null && !(shape.type === "record" && Object.keys(shape.fields).length === 0)) return undefined;
    if (value === "" && place.from !== undefined) return undefined;
    switch (shape.type) {
      case "text":
        return readText(shape, value, place.from);
      case "duration":
        return readText({ type: "text", template: true, format: "duration" }, value, place.from);
      case "number": {
        const fits = typeof value === "number" && ((shape.integer === false) || Number.isInteger(value)) &&
          value >= (shape.min ?? -Infinity) && value <= (shape.max ?? Infinity);
        return fits ? value : refuse(value, place, `a number from ${shape.min ?? "-∞"} to ${shape.max ?? "∞"}`);
      }
      case "flag":
        return typeof value === "boolean" ? value : refuse(value, place, "true or false");
      case "list":
        return Array.isArray(value) ? this.#list(shape, value, place) : refuse(value, place, "a list");
      case "map":
        return isMap(value) ? this.#map(shape, value, place) : refuse(value, place, "a map");
      case "record":
        return isMap(value ?? {})
          ? this.#record(shape, (value ?? {}) as JsonMap, place)
          : refuse(value, place, "a map");
      case "union":
        return this.#union(shape, value, place);
    }
  }

  #list(shape: ListShape, items: readonly Json[], place: Place): Json[] {
    const kept: Json[] = [];
    const keep = (item: Json | undefined, at: Place): void => {
      const value = this.#shaped(shape.items, item, at);
      if (value !== undefined) kept.push(value);
      else if (item === "" && mayHoldEmpty(shape.items)) kept.push("");
    };
    items.forEach((written, index) => {
      const [item, at] = this.#resolved(shape.items, written, inside(place, `${place.path}[${index}]`));
      if (shape.items.type === "text" && at.from !== place.from && Array.isArray(item)) {
        for (const each of item) keep(each, at);
      } else keep(item, at);
    });
    return kept;
  }

  #map(shape: MapShape, map: JsonMap, place: Place): JsonMap {
    const kept: JsonMap = {};
    for (const key of Object.keys(map)) {
      if (shape.keys !== undefined && !keyTests[shape.keys].test(key)) {
        throw new EntryError(
          place.path,
          `Cannot use the key ${JSON.stringify(key)}: expected ${keyTests[shape.keys].name}`,
        );
      }
      const [item, at] = this.#resolved(shape.values, map[key]!, inside(place, keyPath(place.path, key)));
      const value = this.#shaped(shape.values, item, at);
      if (value !== undefined) setOwn(kept, key, value);
      else if (typeof item === "string" && mayBeEmpty(shape.values)) setOwn(kept, key, "");
    }
    return kept;
  }

  #record(shape: RecordShape, map: JsonMap, place: Place): JsonMap | undefined {
    const kept: JsonMap = {};
    for (const key of Object.keys(map)) {
      const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : shape.rest;
      if (field === undefined) {
        throw new EntryError(keyPath(place.path, key), "Cannot use this field: there is none of this name");
      }
      if (field.support === "later") continue;
      const value = this.value(field, map[key]!, inside(place, keyPath(place.path, key)));
      if (value !== undefined && !isEmptyCollection(field, value)) setOwn(kept, key, value);
    }
    if (place.depth > 0 && lostChoice(shape, map, kept)) return undefined;
    checkRecord(shape, map, kept, place.path);
    // A map that lost all its fields is absent; one that has none to lose (`emptyDir: {}`) means something.
    const meant = shape.empty === true && Object.keys(map).length === 0;
    const absent = place.depth > 0 && Object.keys(kept).length === 0 && Object.keys(shape.fields).length > 0 && !meant;
    return absent ? undefined : kept;
  }

  #union(shape: UnionShape, value: Json, place: Place): Json | undefined {
    const chosen = Array.isArray(value) ? shape.list : isMap(value) ? shape.map : shape.scalar;
    if (chosen !== undefined) return this.#dispatch(chosen, value, place);
    const accepted = [shape.scalar && "text", shape.list && "a list", shape.map && "a map"];
    return refuse(value, place, accepted.filter((each) => each !== undefined).join(" or "));
  }

  #tree(value: Json, place: Place): Json | undefined {
    if (Array.isArray(value)) {
      return value.map((item, index) => this.value(tree, item, inside(place, `${place.path}[${index}]`)))
        .filter((item) => item !== undefined);
    }
    if (isMap(value)) {
      const kept: JsonMap = {};
      for (const key of Object.keys(value)) {
        const item = this.value(tree, value[key]!, inside(place, keyPath(place.path, key)));
        if (item !== undefined) setOwn(kept, key, item);
      }
      return kept;
    }
    if (place.from === undefined) return value;
    if (typeof value !== "string") return value ?? undefined;
    const trimmed = value.trim();
    return trimmed.includes("\n") ? value : trimmed;
  }

  #count(value: Json | undefined, place: Place): void {
    if (place.depth > entryBounds.depth) {
      throw new EntryError(place.path, `Cannot use this entry: it is nested deeper than ${entryBounds.depth} levels`);
    }
    if (++this.#nodes > entryBounds.nodes) {
      throw new EntryError(place.path, `Cannot use this entry: it holds more than ${entryBounds.nodes} values`);
    }
    if (typeof value === "string") this.#characters += value.length;
    if (this.#characters > entryBounds.characters) {
      throw new EntryError(place.path, "Cannot use this entry: it exceeds the size limit of an API server (3 MiB)");
    }
  }
}

const tree = { type: "tree", template: true } as const;

const keyTests = {
  labelKey: { test: isQualifiedName, name: 'a label key such as "app" or "example.org/app"' },
  dnsLabel: { test: isDnsLabel, name: "at most 63 lower-case letters, digits and hyphens" },
  dataKey: {
    test: (key: string) => key.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(key) && !key.startsWith(".."),
    name: "at most 253 letters, digits, hyphens, underscores and dots",
  },
} as const;

function inside(place: Place, path: string): Place {
  return { ...place, path, depth: place.depth + 1 };
}

function refuse(value: Json, place: Place, expected: string): never {
  const printed = typeof value === "string" && place.from !== undefined &&
    (expected === "a map" || expected === "a list");
  const advice = printed ? " (give the value itself, without toJson)" : "";
  throw new ValueError(kindOf(value), place.from, `${expected}${advice}`);
}

/** Of the fields that the record is nothing without, one was written and all are absent: so is the record. */
function lostChoice(shape: RecordShape, written: JsonMap, kept: JsonMap): boolean {
  return (shape.oneOfFields ?? []).some((group) =>
    group.some((key) => Object.hasOwn(written, key)) && !group.some((key) => Object.hasOwn(kept, key))
  );
}

/** An empty text is an item like any other: an empty argument, the core API group. */
function mayHoldEmpty(items: Shape): boolean {
  return items.type === "text" && (items.free === true || items.empty === true);
}

/** "" is a value for free text and for a label, and nothing for everything else. */
function mayBeEmpty(shape: Shape): boolean {
  return shape.type === "text" && (shape.free === true || shape.format === "labelValue");
}

function isEmptyCollection(shape: Shape, value: Json): boolean {
  if ((shape.type === "list" || shape.type === "map") && shape.empty === true) return false;
  if (shape.type === "list") return Array.isArray(value) && value.length === 0;
  return shape.type === "map" && isMap(value) && Object.keys(value).length === 0;
}
