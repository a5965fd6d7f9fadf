import type { Operand, Tree } from "./nodes.ts";
import { maxPath, type Paths, readsOf, type TemplateReading, union, walkTemplate } from "./walker.ts";

/** A field path, from the root of the data, that a template reads. */
export interface Reference {
  readonly path: readonly string[];
  /**
   * The value itself is used, so everything below it is read. Otherwise only whether it is there, and whether it is
   * empty.
   */
  readonly whole: boolean;
}

/** Places that one value may come from. */
const maxAlternatives = 64;

/** The paths that a template reads, sorted; what lies below a path that is read whole is left out. */
export function referencesOf(tree: Tree): Reference[] {
  const reading = new ReferenceReading();
  walkTemplate(tree, reading);
  return reading.result();
}

/** Notes every value that is used, and whether all of it is. */
class ReferenceReading implements TemplateReading {
  readonly #found = new Map<string, Reference>();
  /** One that calls itself reads its dot at an unknown depth. */
  readonly followsRecursion = false;

  result(): Reference[] {
    const all = [...this.#found.values()];
    const wholes = new Set(all.filter(({ whole }) => whole).map(({ path }) => keyOf(path)));
    const covered = ({ path, whole }: Reference) =>
      path.some((_, length) => wholes.has(keyOf(path.slice(0, length)))) || (!whole && wholes.has(keyOf(path)));
    return all.filter((reference) => !covered(reference)).sort((a, b) => keyOf(a.path) < keyOf(b.path) ? -1 : 1);
  }

  prints(paths: Paths): void {
    this.#use(paths, true);
  }

  tests(by: "if" | "with" | "range", paths: Paths): void {
    this.#use(paths, by === "range");
  }

  /** They lie below what is read whole already. */
  elements(): Paths {
    return [];
  }

  assigns(paths: Paths): void {
    this.#use(paths, true);
  }

  drops(paths: Paths): void {
    this.#use(paths, true);
  }

  calls(name: string, args: readonly Operand[], given: readonly Paths[]): Paths {
    const reads = readsOf(name, args, given.length);
    const noted = new Set<number>();
    let result: Paths = [];
    const subject = given[0] ?? [];
    if (reads.below || reads.returns) noted.add(0);
    for (const path of reads.looksAt ?? []) this.#use(this.below(subject, path), false);
    for (const path of reads.below ?? []) this.#use(this.below(subject, path), true);
    if (reads.returns) result = this.below(subject, reads.returns);
    if (reads.passes) result = this.oneOf(reads.passes.map((i) => given[i] ?? []));
    for (const i of [...reads.tests ?? [], ...reads.passes ?? []]) {
      noted.add(i);
      this.#use(given[i] ?? [], false);
    }
    given.forEach((paths, i) => noted.has(i) || this.#use(paths, true));
    return result;
  }

  below(paths: Paths, keys: readonly string[]): Paths {
    if (keys.length === 0) return paths;
    const deeper: (readonly string[])[] = [];
    for (const path of paths) {
      const whole = [...path, ...keys];
      if (whole.length <= maxPath) deeper.push(whole);
      else this.#use([whole.slice(0, maxPath)], true);
    }
    return deeper;
  }

  /** Too many alternatives are read whole instead. */
  oneOf(alternatives: readonly Paths[]): Paths {
    const paths = union(alternatives);
    if (paths.length <= maxAlternatives) return paths;
    this.#use(paths, true);
    return [];
  }

  #use(paths: Paths, whole: boolean): void {
    for (const path of paths) {
      const key = `${whole}${keyOf(path)}`;
      if (!this.#found.has(key)) this.#found.set(key, { path, whole });
    }
  }
}

function keyOf(path: readonly string[]): string {
  return JSON.stringify(path);
}
