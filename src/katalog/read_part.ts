import { katalogLimits } from "./decode.ts";
import type { ReadFile } from "./crd_file.ts";
import { type Node, textOf } from "./node.ts";
import { resolvePath } from "./paths.ts";
import type { Report } from "./report.ts";
import { readYaml } from "./yaml.ts";

/** Reads files that a Katalog is made of besides its own: includes, Motifs, Katalogs of a Komposer. */
export class Parts {
  readonly #readFile: ReadFile;
  readonly #report: Report;
  readonly #read = new Map<string, Node | undefined>();

  constructor(readFile: ReadFile, report: Report) {
    this.#readFile = readFile;
    this.#report = report;
  }

  /** Paths of all files that were read, to be watched. */
  get files(): readonly string[] {
    return [...this.#read.keys()];
  }

  /** The one document of the file that `named` names, relative to its own file; `undefined` where it is reported. */
  document(named: Node, path: string): Node | undefined {
    const written = textOf(named)?.trim() ?? "";
    if (written === "" || /^[a-z][a-z0-9+.-]*:\/\/|^[\w.-]+@[\w.-]+:|^\$/.test(written)) {
      this.#report.error(
        named.at,
        path,
        written === "" ? "Expected the path of a file" : `"${written}" is no path of a file`,
        "only files are read: download it, and write its path relative to this one",
      );
      return undefined;
    }
    const file = resolvePath(named.at.file, written);
    if (this.#read.has(file)) return this.#read.get(file);
    this.#read.set(file, undefined);
    const bytes = this.#readFile(file);
    if (bytes === undefined) {
      this.#report.error(named.at, path, `Cannot read ${file}`, "paths are relative to the file that names them");
      return undefined;
    }
    const { documents, findings } = readYaml({ path: file, bytes }, katalogLimits);
    for (const finding of findings) this.#report.add(finding);
    const [root, second] = documents;
    if (second !== undefined) this.#report.error(second.at, "", "A file holds one document, and here begins another");
    if (root === undefined && findings.length === 0) {
      this.#report.error({ file, line: 1, column: 1 }, "", "The file is empty");
    }
    this.#read.set(file, root);
    return root;
  }
}
