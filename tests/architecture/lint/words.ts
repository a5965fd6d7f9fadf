import { placeOf } from "./place.ts";

type Rule = Deno.lint.Rule;

/** The project is about itself, not about a machine or a meeting where a line of it was written. */
const placesAndPeople: readonly RegExp[] = [
  /(?:^|[\s"'`(=])\/(?:work|farm|root|home\/[a-z]+)\//,
  /\.\.\/shared\//,
  /\b(?:sub)-?agents?\b/i,
  /\b(?:this|our|the|my|last|next) (?:chat|prompt|conversation)\b/i,
  /\b(?:TO[D]O|FIX[M]E|X[X]X)\b/,
  /\bregistry\.npmjs\.org\b/,
];

/** Comments and texts say nothing about where and by whom the project is made; loose ends belong in an issue. */
export const ownWords: Rule = {
  create(context) {
    return {
      Program(node) {
        context.sourceCode.text.split("\n").forEach((line, index) => {
          const found = placesAndPeople.find((pattern) => pattern.test(line));
          if (found === undefined) return;
          context.report({ node, message: `Line ${index + 1} matches ${found}: the project speaks of itself alone` });
        });
      },
    };
  },
};

/** What an engineer of controller-runtime or Deno stumbles on, and what to write. */
const idioms: readonly [pattern: RegExp, instead: string][] = [
  [/\banswer(?:s|ed|ing)?\b/i, "functions return, servers respond, a response"],
  [/\bso (?:many|often|long|much)\b(?! (?:as|that|what)\b)/i, "the number of, how often, this long"],
  [
    /\b(?:is|are|was|were|be|been) told\b|\btold (?:apart|by|of|once)\b/i,
    "is reported, is logged, is distinguished by",
  ],
  [/\btells? (?:\S+ ){0,3}apart\b|\btells? of\b/i, "distinguishes, reports"],
  [/\bhears? (?:of|that|the|why|how)\b/i, "is called with, is called when"],
  [/\bturn(?:s|ed)? away\b/i, "rejects, rejected"],
  [/\b(?:under way|at work|in work)\b/i, "in flight, running, in processing"],
  [/\bhand(?:s|ed) on\b/i, "passes on"],
  [/\bmend(?:s|ed|ing)?\b/i, "fixes, corrects"],
  [/\b(?:goes|go|going|went) on\b/i, "continues"],
  [/\banew\b/i, "again, recreates"],
  [/\bthe one who\b|\bthose who\b|\bwhoever\b/i, "the caller, the client, the writer"],
];

/** Files that quote the idioms. */
const quoting: ReadonlySet<string> = new Set([
  "tests/architecture/lint/words.ts",
  "tests/architecture/lint_plugin_test.ts",
]);

/** Comments, texts and names of tests are in plain technical English. */
export const plainEnglish: Rule = {
  create(context) {
    const { path } = placeOf(context.filename);
    if (quoting.has(path)) return {};
    const judge = (node: Deno.lint.Node, text: string) => {
      for (const [pattern, instead] of idioms) {
        const found = pattern.exec(text)?.[0];
        if (found !== undefined) context.report({ node, message: `"${found}" is an idiom`, hint: `Write: ${instead}` });
      }
    };
    return {
      Program(program) {
        for (const comment of context.sourceCode.getAllComments()) {
          // A line break and its `*` are no words.
          judge({ ...program, range: comment.range }, comment.value.replace(/\s*\n\s*\*?\s*/g, " "));
        }
      },
      Literal(node) {
        if (typeof node.value === "string") judge(node, node.value);
      },
      TemplateElement: (node) => judge(node, node.cooked),
    };
  },
};
