import { placeOfReason, type Plan, reasonOf } from "../plan/mod.ts";

/** A reason that is not a line of a Katalog, such as `leader election`. */
export function fixedReason(text: string): string {
  return `${text}:0`;
}

/** Of several things in one line of a Katalog; the others are only counted. */
const maxNamed = 3;

/** What the comment above a rule says of each of its reasons (ruling 85): `website onCreate.services[0]: k.yaml:12`. */
export class ReasonTexts {
  readonly #named = new Map<string, Set<string>>();

  constructor({ boxes, conversions }: Plan) {
    for (const { at, path } of conversions.flatMap(({ paths }) => paths)) {
      this.#add(at, path.replace(/^spec\.crds\./, ""));
    }
    for (const { name, at, entries, onDelete, labels, protection, external, cross } of boxes) {
      this.#add(at, name);
      for (const call of Object.values(external).flat()) this.#add(call.at, `${name} ${call.id}`);
      for (const each of cross) this.#add(each.at, `${name} cross.${each.as}`);
      for (const label of Object.values(labels ?? {})) this.#add(label.at, `${name} labels`);
      for (const entry of entries) this.#add(entry.at, `${name} ${entry.id}`);
      if (protection !== undefined) this.#add(protection.at, `${name} deletionProtection`);
      if (onDelete !== undefined) this.#add(onDelete.at, `${name} onDelete`);
      for (const { jobs, deletes } of onDelete?.groups ?? []) {
        for (const entry of [...jobs, ...deletes]) this.#add(entry.at, `${name} ${entry.id}`);
      }
    }
  }

  /** One line. */
  textOf(reason: string): string {
    const { line, what } = this.partsOf(reason);
    if (line === 0) return what;
    return what === "" ? reason : `${what}: ${reason}`;
  }

  /** The place of a reason, line 0 where it is no line of a Katalog, and what stands there. */
  partsOf(reason: string): { readonly file: string; readonly line: number; readonly what: string } {
    const { file, line } = placeOfReason(reason);
    if (line === 0) return { file: "", line, what: file };
    const named = [...this.#named.get(reason) ?? []];
    const more = named.length > maxNamed ? `, and ${named.length - maxNamed} more` : "";
    return { file, line, what: `${named.slice(0, maxNamed).join(", ")}${more}` };
  }

  #add(at: string, what: string): void {
    const reason = reasonOf(at);
    const named = this.#named.get(reason) ?? new Set();
    this.#named.set(reason, named.add(what));
  }
}
