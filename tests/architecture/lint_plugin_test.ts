import assert from "node:assert/strict";
import plugin from "./lint_plugin.ts";

interface Case {
  /** Where the text would stand; `src/cluster/a.ts` unless given. */
  readonly file?: string;
  readonly source: string;
}

/** For each rule: what it must pass and what it must refuse, the latter exactly once each. */
const cases: Record<string, { green: Case[]; red: Case[] }> = {
  "error-by-text": {
    green: [
      { source: `if (error.code === 409) retry();` },
      { source: `text.includes("a"); message.startsWith("b");` },
      { file: "src/base/a_test.ts", source: `error.message.includes("x");` },
    ],
    red: [
      { source: `if (error.message.includes("conflict")) retry();` },
      { source: `/conflict/.test(err.message);` },
      { source: `if (error.message === "gone") retry();` },
    ],
  },
  "error-message": {
    green: [
      { source: 'new TypeError(`Cannot read "${path}": no such file`);' },
      { source: `new Error("apiVersion is missing"); new Error("spec.crds is empty"); new Error("One more page...");` },
      { file: "src/sandbox/a.ts", source: `new ApiError("object was modified");` },
      { source: `new EntryError("probes.liveness", "No port to probe"); new Error(text); new Thing("a b.");` },
    ],
    red: [
      { source: `new Error("Cannot read the file.");` },
      { source: "new RetryError(`Gave up after ${n} tries.`);" },
      { source: `new EntryError("image", "must not be empty");` },
      { source: "new Error(`no such ${thing} here`);" },
    ],
  },
  "file-name": {
    green: [{ file: "src/box/queue.ts", source: "" }, { file: "src/box/rate_limit_test.ts", source: "" }, {
      file: "src/controlcenter/pages/cr_page.tsx",
      source: "",
    }],
    red: [
      { file: "src/box/utils.ts", source: "" },
      { file: "src/box/helpers_test.ts", source: "" },
      { file: "src/common/queue.ts", source: "" },
      { file: "src/box/index.ts", source: "" },
      { file: "src/box/rateLimit.ts", source: "" },
      { file: "src/controlcenter/pages/CrPage.tsx", source: "" },
    ],
  },
  "global-fence": {
    green: [
      { file: "src/cluster/a.ts", source: `fetch("x"); setTimeout(f, 1); Deno.env.get("A");` },
      {
        file: "src/base/a.ts",
        source: `new Date(0).toISOString(); options.fetch; const x = { console: 1 }; Math.max(1, 2);`,
      },
      {
        file: "src/base/a.ts",
        source: `function f(fetch: () => void) {}; const g = (crypto: number) => 1; type T = Date;`,
      },
      { file: "src/base/a_test.ts", source: `Deno.test("a b c", () => console.log(Date.now()));` },
      { file: "src/dev/a.ts", source: `console.log(performance.now());` },
    ],
    red: [
      { file: "src/base/a.ts", source: `Deno.exit();` },
      { file: "src/base/a.ts", source: `const now = Date.now();` },
      { file: "src/base/a.ts", source: `const now = new Date();` },
      { file: "src/base/a.ts", source: `const now = Date();` },
      { file: "src/base/a.ts", source: `const lot = Math.random();` },
      { file: "src/k8s/a.ts", source: `const id = crypto.randomUUID();` },
      { file: "src/box/a.ts", source: `setTimeout(f, 1);` },
      { file: "src/box/a.ts", source: `const wait = setTimeout;` },
      { file: "src/box/a.ts", source: `globalThis.fetch("x");` },
      { file: "src/box/a.ts", source: `const ports = { fetch };` },
      { file: "src/cluster/a.ts", source: `console.log(1);` },
      { file: "src/runtime/a.ts", source: `performance.now();` },
    ],
  },
  "hash-private": {
    green: [{ source: `class A { #a = 1; readonly b = 2; constructor(readonly c: number) {} #d() {} }` }],
    red: [
      { source: `class A { private a = 1; }` },
      { source: `class A { protected a() {} }` },
      { source: `class A { constructor(private readonly a: number) {} }` },
    ],
  },
  "no-enum": {
    green: [{ source: `type Colour = "red" | "green";` }],
    red: [{ source: `enum Colour { Red }` }],
  },
  "own-words": {
    green: [
      { source: `// the user agent of the session; networks/home; a /homework/ folder; mounted at /var/run/secrets/` },
    ],
    red: [
      { source: "// see /wo" + "rk/main" },
      { source: "const path = `/ro" + "ot/.cache`;" },
      { source: "// read ../sha" + "red/spec" },
      { source: "// made by a sub" + "agent" },
      { source: "// TO" + "DO: finish" },
    ],
  },
  "pure-is-synchronous": {
    green: [
      { file: "src/cluster/a.ts", source: `async function f() { await g(); }` },
      { file: "src/base/a.ts", source: `function f(): Promise<void> | undefined { return undefined; }` },
      { file: "src/base/a_test.ts", source: `const f = async () => {};` },
    ],
    red: [
      { file: "src/base/a.ts", source: `async function f() {}` },
      { file: "src/base/a.ts", source: `const f = async () => {};` },
      { file: "src/plan/a.ts", source: `const x = Promise.resolve(1);` },
      { file: "src/plan/a.ts", source: `const x = new Promise(() => {});` },
      { file: "src/plan/a.ts", source: `class A { async a() {} }` },
    ],
  },
  "max-and-min": {
    green: [{ source: `const maxTries = 3; const mostly = 1; const f = (almost: number) => almost; x.longest();` }],
    red: [
      { source: `const mostTries = 3;` },
      { source: `let deepest = 0;` },
      { source: `function largestPage() {}` },
      { source: `function f(longest: number) {}` },
      { source: `const f = (least: number) => 1;` },
      { source: `interface A { readonly fewestItems: number }` },
      { source: `const a = { most: 1 };` },
    ],
  },
  "plain-english": {
    green: [
      { source: `/** Returns the number of items; so long as it is open. */ const told = "The server responds";` },
      { source: `const answers = 1; // a name is no text` },
    ],
    red: [
      { source: `/** Answers the number. */ const a = 1;` },
      { source: `// The API server answered.` },
      { source: `// Tried so often.` },
      { source: `/**\n * At most so\n * many at once.\n */\nconst a = 1;` },
      { source: `throw new Error("The failure is told");` },
      { source: `// Tells two texts apart.` },
      { source: `// Hears of every failure.` },
      { source: `const a = \`turned away \${b}\`;` },
      { source: `// Requests under way.` },
      { source: `// Hands on the line.` },
      { source: `// It is mended.` },
      { source: `// The watch goes on.` },
      { source: `// Lists anew.` },
      { source: `// Whoever calls it.` },
      { file: "src/base/a_test.ts", source: `Deno.test("f() answers 1", () => {});` },
    ],
  },
  "silent-catch": {
    green: [
      { source: `try { f(); } catch { /* closed already: nothing is lost */ }` },
      { source: `try { f(); } catch (error) { log(error); }` },
      { source: `p.catch(() => { /* the caller saw it already */ }); p.catch((error) => log(error)); p.catch(log);` },
    ],
    red: [
      { source: `try { f(); } catch {}` },
      { source: `try { f(); } catch (_error) { }` },
      { source: `p.catch(() => {});` },
      { source: `p.catch(() => undefined);` },
      { source: `p.catch(function () {});` },
    ],
  },
  "test-sentence": {
    green: [
      {
        file: "src/base/a_test.ts",
        source: `Deno.test("nearest() finds a slip", () => {}); Deno.test({ name: "x", fn() {} });`,
      },
      {
        file: "src/base/a_test.ts",
        source: 'Deno.test(`sandbox: ${name}`, () => {}); Deno.test(`${name} is refused`, () => {}); other.test("x");',
      },
    ],
    red: [
      { file: "src/base/a_test.ts", source: `Deno.test("nearest", () => {});` },
      { file: "src/base/a_test.ts", source: "Deno.test(`${n}`, () => {});" },
      { file: "src/base/a_test.ts", source: `Deno.test("nearest() finds a slip.", () => {});` },
    ],
  },
  "typed-error": {
    green: [
      { file: "src/cluster/a.ts", source: `throw new ApiError(404, "NotFound"); const e = new Error("A b");` },
      { file: "src/box/a.ts", source: `throw new Error("Never here");` },
    ],
    red: [{ file: "src/cluster/a.ts", source: `throw new Error("Never here");` }],
  },
};

for (const rule of Object.keys(plugin.rules)) {
  Deno.test(`lint rule ork/${rule} passes what it should and refuses the rest`, () => {
    const { green, red } = cases[rule]!;
    assert.ok(red.length > 0, "every rule has a red twin");
    for (const { file, source } of green) assert.deepEqual(findings(rule, file, source), [], source);
    for (const { file, source } of red) assert.equal(findings(rule, file, source).length, 1, source);
  });
}

/** What one rule alone says about a text. */
function findings(rule: string, file = "src/cluster/a.ts", source: string): string[] {
  const alone: Deno.lint.Plugin = { name: "ork", rules: { [rule]: plugin.rules[rule]! } };
  return Deno.lint.runPlugin(alone, file, source).map((diagnostic) => diagnostic.message);
}
