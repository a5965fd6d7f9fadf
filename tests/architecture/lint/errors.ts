import { isMember, isName } from "./node.ts";
import { placeOf } from "./place.ts";

type Rule = Deno.lint.Rule;

/** Here the words are another system's: Kubernetes' API server and Go's text/template start in lower case. */
const foreignWords = ["sandbox", "template"];

/** Error messages are sentences without their full stop: "Cannot read kubeconfig "x": no such file". */
export const errorMessage: Rule = {
  create(context) {
    const ownWords = !foreignWords.includes(placeOf(context.filename).folder ?? "");
    return {
      NewExpression(node) {
        if (node.callee.type !== "Identifier" || !/Error$/.test(node.callee.name)) return;
        for (const argument of node.arguments) {
          const text = sentenceIn(argument);
          if (text === undefined) continue;
          if (/(?<!\.\.)\.$/.test(text.end)) {
            context.report({ node: argument, message: "An error message ends without a full stop" });
          }
          if (ownWords && /^[a-z]+(?=[\s,:]|$)/.test(text.start)) {
            context.report({
              node: argument,
              message: "An error message starts with a capital letter",
              hint: "Names in their own spelling (apiVersion, spec.crds) may stand first",
            });
          }
        }
      },
    };
  },
};

/** First and last piece of an argument that is a message: text with a space in it. */
function sentenceIn(node: Deno.lint.Node): { start: string; end: string } | undefined {
  if (node.type === "Literal" && typeof node.value === "string" && node.value.includes(" ")) {
    return { start: node.value, end: node.value };
  }
  if (node.type === "TemplateLiteral" && node.quasis.some((quasi) => quasi.cooked.includes(" "))) {
    return { start: node.quasis[0]!.cooked, end: node.quasis.at(-1)!.cooked };
  }
  return undefined;
}

/** `.catch(() => {})` and `catch {}` without a reason hide what went wrong. */
export const silentCatch: Rule = {
  create(context) {
    const report = (node: Deno.lint.Node, body: Deno.lint.Node) => {
      if (context.sourceCode.getCommentsInside(body).length > 0) return;
      context.report({
        node,
        message: "This swallows an error without a word",
        hint: "Handle it, pass it on, or say in a comment inside why nothing needs doing",
      });
    };
    return {
      CatchClause(node) {
        if (node.body.body.length === 0) report(node, node.body);
      },
      CallExpression(node) {
        if (!isMember(node.callee, undefined, "catch")) return;
        const handler = node.arguments[0];
        if (handler?.type !== "ArrowFunctionExpression" && handler?.type !== "FunctionExpression") return;
        const body = handler.body;
        const empty = body?.type === "BlockStatement"
          ? body.body.length === 0
          : body?.type === "Identifier" && body.name === "undefined";
        if (empty) report(node, handler);
      },
    };
  },
};

/** Errors are distinguished by class and data; wording may change any day. */
export const errorByText: Rule = {
  create(context) {
    if (placeOf(context.filename).test) return {};
    const report = (node: Deno.lint.Node) =>
      context.report({ node, message: "An error is recognised by its text", hint: "Use its class, code or reason" });
    const isMessage = (node: Deno.lint.Node | undefined) =>
      node?.type === "MemberExpression" && node.property.type === "Identifier" && node.property.name === "message" &&
      node.object.type === "Identifier" && /^(?:e|err|error|cause|reason)$/.test(node.object.name);
    return {
      CallExpression(node) {
        if (node.callee.type !== "MemberExpression" || node.callee.property.type !== "Identifier") return;
        const method = node.callee.property.name;
        if (/^(?:includes|startsWith|endsWith|match|search|indexOf)$/.test(method) && isMessage(node.callee.object)) {
          report(node);
        }
        if (/^(?:test|exec)$/.test(method) && isMessage(node.arguments[0])) report(node);
      },
      BinaryExpression(node) {
        if (node.operator === "===" && (isMessage(node.left) || isMessage(node.right))) report(node);
      },
    };
  },
};

/** What the cluster does to us is an error with a class, so that callers can decide by it. */
export const typedError: Rule = {
  create(context) {
    if (placeOf(context.filename).folder !== "cluster") return {};
    return {
      ThrowStatement(node) {
        if (node.argument.type !== "NewExpression" || !isName(node.argument.callee, "Error")) return;
        context.report({ node, message: "Throw a typed error from src/cluster/", hint: "ApiError, ConfigError, …" });
      },
    };
  },
};
