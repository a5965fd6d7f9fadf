import { isMember } from "./node.ts";
import { placeOf } from "./place.ts";

type Rule = Deno.lint.Rule;

const meaningless = new Set(["util", "utils", "helper", "helpers", "common", "misc", "shared", "index", "types"]);

/** A file's name says what is in it, in snake_case; `utils.ts` does not. */
export const fileName: Rule = {
  create(context) {
    return {
      Program(node) {
        const { path } = placeOf(context.filename);
        for (const part of path.replace(/\.tsx?$/, "").split("/")) {
          if (meaningless.has(part.replace(/_test$/, ""))) {
            context.report({
              node,
              message: `"${part}" says nothing about what is inside ${path}`,
              hint: "Name the file or folder after the thing or the deed",
            });
          }
        }
        const base = path.split("/").at(-1)!;
        if (!/^[a-z0-9]+(?:_[a-z0-9]+)*(?:\.d)?\.tsx?$/.test(base)) {
          context.report({ node, message: `"${base}" is not in snake_case` });
        }
      },
    };
  },
};

const superlative = /^(?:most|longest|largest|biggest|deepest|fewest|least)(?:[A-Z]\w*)?$/;

/** Bounds are called `max…` and `min…`, as everywhere else. */
export const maxAndMin: Rule = {
  create(context) {
    const report = (node: Deno.lint.Node | Deno.lint.Parameter | null) => {
      if (node?.type !== "Identifier" || !superlative.test(node.name)) return;
      context.report({ node, message: `"${node.name}" names a bound in other words`, hint: "Call it max… or min…" });
    };
    return {
      VariableDeclarator: (node) => report(node.id),
      FunctionDeclaration(node) {
        report(node.id);
        for (const parameter of node.params) report(parameter);
      },
      ArrowFunctionExpression: (node) => node.params.forEach(report),
      TSPropertySignature: (node) => report(node.key),
      PropertyDefinition: (node) => report(node.key),
      Property: (node) => report(node.key),
    };
  },
};

/** `#name` is private at run time too. */
export const hashPrivate: Rule = {
  create(context) {
    // The text, because the tree does not carry the modifier everywhere.
    const report = (node: Deno.lint.Node) => {
      const word = /^(?:private|protected)\b/.exec(context.sourceCode.getText(node))?.[0];
      if (word !== undefined) context.report({ node, message: `"${word}" is only a wish`, hint: "Use #name" });
    };
    return { PropertyDefinition: report, MethodDefinition: report, TSParameterProperty: report };
  },
};

/** Unions of string literals with an exhaustive `switch`. */
export const noEnum: Rule = {
  create(context) {
    return {
      TSEnumDeclaration(node) {
        context.report({ node, message: "Enums are not used here", hint: `Use a union of string literals: "a" | "b"` });
      },
    };
  },
};

/** A test's name is a sentence that says what holds: `nearest() finds a slip of the keys`. */
export const testSentence: Rule = {
  create(context) {
    return {
      CallExpression(node) {
        if (!isMember(node.callee, "Deno", "test")) return;
        const name = nameOf(node.arguments[0]);
        if (name === undefined) return;
        if (name.trim().split(/\s+/).length < 3) {
          context.report({ node, message: `"${name}" is not a sentence`, hint: "Name the thing and what it does" });
        }
        if (/[.!]$/.test(name)) context.report({ node, message: `"${name}" ends with "${name.at(-1)}"` });
      },
    };
  },
};

/** The text of a literal or template (an expression may be half a sentence); `undefined` where it is computed. */
function nameOf(node: Deno.lint.Node | undefined): string | undefined {
  if (node?.type === "Literal" && typeof node.value === "string") return node.value;
  if (node?.type === "TemplateLiteral") return node.quasis.map((quasi) => quasi.cooked).join("x y");
  return undefined;
}
