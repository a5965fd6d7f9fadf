import { layerTable } from "../layers.ts";
import { isMember, isName } from "./node.ts";
import { placeOf } from "./place.ts";

type Rule = Deno.lint.Rule;

/** Names of globals → their fence in `layers.json`. */
const fenceOf: Readonly<Record<string, string>> = {
  Deno: "Deno",
  fetch: "fetch",
  XMLHttpRequest: "fetch",
  WebSocket: "fetch",
  setTimeout: "timers",
  setInterval: "timers",
  setImmediate: "timers",
  queueMicrotask: "timers",
  console: "console",
  performance: "clock",
  crypto: "randomness",
};

/** Globals stay in the folders that `layers.json` gives them; everything else gets them through a port. */
export const globalFence: Rule = {
  create(context) {
    const { folder, path } = placeOf(context.filename);
    if (folder === undefined) return {};
    // `{ fetch }` shows one name twice, as key and as value.
    const seen = new Set<number>();
    const judge = (node: Deno.lint.Node, name: string, fence: string) => {
      if (layerTable.globals[fence]!.includes(folder) || seen.has(node.range[0])) return;
      seen.add(node.range[0]);
      context.report({
        node,
        message: `"${name}" may not be used in src/${folder}/`,
        hint: `Take it through a port (base/clock.ts, cluster/ports.ts, …); the fences are in layers.json (${path})`,
      });
    };
    return {
      Identifier(node) {
        if (!Object.hasOwn(fenceOf, node.name) || !isGlobalUse(node)) return;
        judge(node, node.name, fenceOf[node.name]!);
      },
      CallExpression(node) {
        if (isName(node.callee, "Date")) judge(node, "Date()", "clock");
        if (isMember(node.callee, "Date", "now")) judge(node, "Date.now()", "clock");
      },
      NewExpression(node) {
        if (isName(node.callee, "Date") && node.arguments.length === 0) judge(node, "new Date()", "clock");
      },
      MemberExpression(node) {
        if (isMember(node, "Math", "random")) judge(node, "Math.random", "randomness");
      },
    };
  },
};

/** A name that is read as a value: no property, key, type or declaration of the same spelling. */
function isGlobalUse(node: Deno.lint.Identifier): boolean {
  const parent = node.parent as Deno.lint.Node & {
    property?: unknown;
    key?: unknown;
    computed?: boolean;
    id?: unknown;
  };
  switch (parent.type) {
    case "MemberExpression":
      return parent.object.range[0] === node.range[0] || parent.computed === true ||
        (parent.object.type === "Identifier" && parent.object.name === "globalThis");
    case "Property":
      return parent.shorthand || parent.key.range[0] !== node.range[0];
    case "CallExpression":
    case "NewExpression":
    case "BinaryExpression":
    case "VariableDeclarator":
    case "AssignmentExpression":
    case "ReturnStatement":
    case "ArrowFunctionExpression":
    case "ConditionalExpression":
    case "UnaryExpression":
    case "SpreadElement":
    case "LogicalExpression":
    case "ArrayExpression":
      return !isDeclared(parent, node);
    default:
      return false;
  }
}

/** `const fetch = …` and `(fetch) => …` declare the name, they do not use the global. */
function isDeclared(parent: Deno.lint.Node, node: Deno.lint.Identifier): boolean {
  if (parent.type === "VariableDeclarator") return parent.id.range[0] === node.range[0];
  if (parent.type === "ArrowFunctionExpression") return parent.body?.range[0] !== node.range[0];
  return false;
}

/** Pure folders do not wait: nothing async, no promise. */
export const pureIsSynchronous: Rule = {
  create(context) {
    const { pure, folder } = placeOf(context.filename);
    if (!pure) return {};
    const report = (node: Deno.lint.Node) =>
      context.report({
        node,
        message: `src/${folder}/ is pure: nothing in it waits`,
        hint: "Move the waiting to an effectful folder",
      });
    const reportAsync = (node: Deno.lint.Node & { async: boolean }) => {
      if (node.async) report(node);
    };
    return {
      FunctionDeclaration: reportAsync,
      FunctionExpression: reportAsync,
      ArrowFunctionExpression: reportAsync,
      AwaitExpression: report,
      NewExpression(node) {
        if (isName(node.callee, "Promise")) report(node);
      },
      CallExpression(node) {
        if (node.callee.type === "MemberExpression" && isName(node.callee.object, "Promise")) report(node);
      },
    };
  },
};
