import { expandNotes, notesIn } from "../template/mod.ts";
import { functionDocs } from "../template/mod.ts";
import { checkTemplateAt } from "./check_template.ts";
import { childOf, flagOf, itemPath, itemsOf, keyPath, type Node, type ScalarNode, textOf } from "./node.ts";
import type { Report } from "./report.ts";
import { mapTexts } from "./texts.ts";

/** A list of notes, and where it stands. `imported`: of a Motif. */
export interface NoteHome {
  readonly functions: Node | undefined;
  readonly path: string;
  readonly imported: boolean;
}

interface Declared {
  readonly expression: ScalarNode;
  readonly at: Node;
  readonly path: string;
  readonly imported: boolean;
}

const builtIn: ReadonlySet<string> = new Set(functionDocs.map(({ name }) => name));
const keywords: ReadonlySet<string> = new Set([
  ..."block break continue define else end if nil range template with true false".split(" "),
]);

/**
 * The notes of a document: names of expressions that templates use as functions. What a Katalog declares itself goes
 * before what it imports; two imported ones of one name are an error, and so is one that calls itself.
 */
export function declaredNotes(homes: readonly NoteHome[], report: Report): ReadonlyMap<string, string> {
  const declared = new Map<string, Declared>();
  for (const { functions, path, imported } of homes) {
    itemsOf(functions).forEach((item, i) => {
      const at = itemPath(path, i);
      const name = textOf(childOf(item, "name"));
      const expression = childOf(item, "expression");
      if (name === undefined || expression?.type !== "scalar" || !isName(name, item, at, report)) return;
      const first = declared.get(name);
      if (first !== undefined && (!imported || first.imported)) {
        const where = `${first.at.at.file}:${first.at.at.line}`;
        report.error(
          item.at,
          at,
          `The note "${name}" is already declared in ${where}`,
          "give one of them another name",
        );
        return;
      }
      if (first !== undefined) return;
      if (builtIn.has(name) && flagOf(childOf(item, "shadow")) !== true) {
        report.warn(
          item.at,
          at,
          `The note "${name}" hides the function of this name`,
          "give it another name, or write shadow: true",
        );
      }
      declared.set(name, { expression, at: item, path: at, imported });
    });
  }
  const texts = new Map([...declared].map(([name, { expression }]) => [name, expression.text]));
  for (const [name, { expression, path }] of declared) {
    const cycle = cycleFrom(name, texts);
    if (cycle !== undefined) {
      report.error(
        expression.at,
        keyPath(path, "expression"),
        `The note "${name}" calls itself: ${cycle.join(" → ")}`,
        "write one of them out",
      );
      texts.set(name, "");
    }
  }
  for (const [name, { expression, path }] of declared) {
    const known = report.templates.length;
    const expanded = { ...expression, text: expandNotes(texts.get(name)!, texts) };
    if (checkTemplateAt(expanded, keyPath(path, "expression"), report) === undefined) texts.set(name, "");
    // What it reads is checked where it is called.
    report.templates.length = known;
  }
  return texts;
}

/** The tree with every call of a note written out. */
export function withNotes(node: Node, notes: ReadonlyMap<string, string>): Node {
  return notes.size === 0 ? node : mapTexts(node, "", ({ text }) => expandNotes(text, notes));
}

function isName(name: string, item: Node, path: string, report: Report): boolean {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !keywords.has(name)) return true;
  const hint = 'letters, digits and "_", as in fullImage; no word of the language';
  report.error(childOf(item, "name")!.at, keyPath(path, "name"), `Cannot call a note "${name}"`, hint);
  return false;
}

function cycleFrom(start: string, texts: ReadonlyMap<string, string>): string[] | undefined {
  const visit = (name: string, way: readonly string[]): string[] | undefined => {
    for (const next of notesIn(texts.get(name) ?? "", texts)) {
      if (next === start) return [...way, next];
      if (way.includes(next)) continue;
      const found = visit(next, [...way, next]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return visit(start, [start]);
}
