import assert from "node:assert/strict";

/** `[file](path): \`name\`` in a cell of a table. */
const reference = /\[([^\]]+)\]\(([^)]+)\): `([^`]+)`/g;

Deno.test("every test that tests/claims/README.md names is there, under that name", async () => {
  const base = new URL("README.md", import.meta.url);
  const text = await Deno.readTextFile(base);
  const references = [...text.matchAll(reference)];
  assert.ok(references.length >= 15, `${references.length} references`);
  for (const [, label, path, name] of references) {
    const file = new URL(path!, base);
    assert.ok(file.pathname.endsWith(`/${label}`), `${label} leads to ${path}`);
    const source = await Deno.readTextFile(file);
    assert.ok(source.includes(name!), `${path} has no test "${name}"`);
  }
});

Deno.test("a promise without a test says what holds instead", async () => {
  const text = await Deno.readTextFile(new URL("README.md", import.meta.url));
  const rows = text.split("\n").filter((line) => line.startsWith("| ") && !/^\| (?:Promise|---)/.test(line));
  for (const row of rows) {
    const [, promise, test, exactly] = row.split("|").map((cell) => cell.trim());
    assert.ok(promise !== "" && exactly !== "", row);
    if (test === "") assert.match(exactly!, /^not yet/, row);
  }
});
