import { lex } from "./lexer.ts";

/** The name under which a template holds the expression of a note. */
export function definitionOf(note: string): string {
  return `note ${note}`;
}

/** The notes that a template calls by their names, each once. */
export function notesIn(source: string, notes: { has(name: string): boolean }): string[] {
  return [...new Set(callsIn(source, notes).map(({ text }) => text))];
}

function callsIn(source: string, notes: { has(name: string): boolean }) {
  if (!source.includes("{{")) return [];
  return lex(source).filter(({ type, text }) => type === "identifier" && notes.has(text));
}

/**
 * The template with what its notes are short for: each name of a note becomes a call of the function `note`, and the
 * expressions stand behind as definitions. So whatever reads a template need not know of notes.
 */
export function expandNotes(source: string, notes: ReadonlyMap<string, string>): string {
  const pending = notesIn(source, notes);
  if (pending.length === 0) return source;
  const definitions = new Map<string, string>();
  for (const name of pending) {
    const expression = notes.get(name)!;
    definitions.set(name, called(expression, notes));
    for (const inner of notesIn(expression, notes)) {
      if (!definitions.has(inner) && !pending.includes(inner)) pending.push(inner);
    }
  }
  const defined = [...definitions].map(([name, body]) =>
    `{{define ${JSON.stringify(definitionOf(name))}}}${body}{{end}}`
  );
  return called(source, notes) + defined.join("");
}

function called(source: string, notes: { has(name: string): boolean }): string {
  let text = "";
  let at = 0;
  for (const { text: name, offset } of callsIn(source, notes)) {
    text += `${source.slice(at, offset)}(note ${JSON.stringify(name)} $)`;
    at = offset + name.length;
  }
  return text + source.slice(at);
}
