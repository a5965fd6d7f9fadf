import {
  type Account,
  accountGroup,
  accountUsername,
  collectors,
  controllerManager,
  type Installation,
} from "../k8s/installation.ts";
import { overrideAnnotation, protectedValue, protectionLabel } from "../k8s/protection.ts";
import type { BoxNamespaces } from "./protection.ts";

/**
 * Expressions of `matchConditions` (CEL, admissionregistration.k8s.io/v1). Where one fails, `failurePolicy: Fail`
 * refuses the request, so none may: `object` is null on DELETE and `oldObject` on CREATE, `request.name` is absent for
 * `generateName` and for each object of a collection that is deleted, and a map without entries is absent. `&&` and
 * `||` do not evaluate what they do not need.
 */

/** An expression of CEL that is a whole operand: in parentheses, or a call. */
export type Cel = string;

/** A string literal: JSON's escapes are CEL's too (cel-spec: "String and Bytes Values"). */
export function literal(text: string): Cel {
  return JSON.stringify(text);
}

export function listOf(texts: readonly string[]): Cel {
  return `[${texts.map(literal).join(", ")}]`;
}

export function and(...operands: readonly Cel[]): Cel {
  return operands.length === 1 ? operands[0]! : `(${operands.join(" && ")})`;
}

/** False where there is nothing to choose from. */
export function or(...operands: readonly Cel[]): Cel {
  if (operands.length === 0) return "false";
  return operands.length === 1 ? operands[0]! : `(${operands.join(" || ")})`;
}

export function not(operand: Cel): Cel {
  return `!${operand}`;
}

export function isOperation(...operations: readonly string[]): Cel {
  return `(request.operation in ${listOf(operations)})`;
}

/** The request is about one of these resources: `group/plural`. */
export function isResource(resources: readonly string[]): Cel {
  return `((request.resource.group + "/" + request.resource.resource) in ${listOf(resources)})`;
}

/** The object that is there, changed or deleted, has one of these names. */
export function isNamed(names: readonly string[]): Cel {
  return or(
    `(has(request.name) && request.name in ${listOf(names)})`,
    `(oldObject != null && has(oldObject.metadata.name) && oldObject.metadata.name in ${listOf(names)})`,
  );
}

export function isInNamespace(namespace: string): Cel {
  return `(has(request.namespace) && request.namespace == ${literal(namespace)})`;
}

/** The object is on its way out already (ruling 77). */
export const isBeingDeleted: Cel = "(oldObject != null && has(oldObject.metadata.deletionTimestamp))";

/** Which of the two objects of a request. */
type Side = "object" | "oldObject";

export function isLabelled(side: Side): Cel {
  const labels = `${side}.metadata.labels`;
  const key = literal(protectionLabel);
  return `(${side} != null && has(${labels}) && ${key} in ${labels} && ${labels}[${key}] == ${
    literal(protectedValue)
  })`;
}

/** The override comes, goes or changes. */
export function changesOverride(): Cel {
  const key = literal(overrideAnnotation);
  const annotations = (side: Side) => `${side}.metadata.annotations`;
  const has = (side: Side) => `(${side} != null && has(${annotations(side)}) && ${key} in ${annotations(side)})`;
  const differs = `${annotations("object")}[${key}] != ${annotations("oldObject")}[${key}]`;
  return or(`(${has("object")} != ${has("oldObject")})`, and(has("object"), has("oldObject"), differs));
}

/** There are owner references that are not those of before. */
export function changesOwners(): Cel {
  const [now, before] = ["object.metadata.ownerReferences", "oldObject.metadata.ownerReferences"];
  return and("object != null", "oldObject != null", `has(${now})`, or(`!has(${before})`, `${now} != ${before}`));
}

/** The request comes from this ServiceAccount. Both name and group: see `isAccount` of the decision. */
function isAccount(account: Account): Cel {
  return isOneOf(account.namespace, [account.name]);
}

/** The same for several of one namespace. */
function isOneOf(namespace: string, names: readonly string[]): Cel {
  const users = names.map((name) => literal(accountUsername({ namespace, name })));
  return and(
    "has(request.userInfo.username)",
    "has(request.userInfo.groups)",
    users.length === 1
      ? `request.userInfo.username == ${users[0]}`
      : `request.userInfo.username in [${users.join(", ")}]`,
    `${literal(accountGroup({ namespace }))} in request.userInfo.groups`,
  );
}

/** Controllers that carry out deletions, and the Runtime with its operators. */
export function isTrusted({ namespace, runtimeAccount, boxAccounts = [] }: Installation): Cel {
  return or(
    `(has(request.userInfo.username) && request.userInfo.username == ${literal(controllerManager)})`,
    ...collectors.map(isAccount),
    isOneOf(namespace, [runtimeAccount, ...boxAccounts]),
  );
}

export function isGateway({ namespace, gatewayAccount }: Installation): Cel {
  return isAccount({ namespace, name: gatewayAccount });
}

/** Some box would take the CR, and none takes it in this namespace: what `decideNamespace` refuses. */
export function isRefusedNamespace(rules: readonly BoxNamespaces[]): Cel {
  const takes = rules.map(takenBy);
  const isTaken = takes.every((each) => each.length > 0) ? [or(...takes.map((each) => and(...each)))] : [];
  return and(...isTaken, not(or(...rules.map((each, i) => and(...takes[i]!, isAllowedNamespace(each))))));
}

/** What makes a CR one of the box; nothing: all of them are. */
function takenBy({ labelSelector, namespace }: BoxNamespaces): Cel[] {
  const labels = "object.metadata.labels";
  const pairs = Object.entries(labelSelector ?? {}).map(([name, value]) => {
    const key = literal(name);
    return `(has(${labels}) && ${key} in ${labels} && ${labels}[${key}] == ${literal(value)})`;
  });
  return namespace === undefined ? pairs : [isInNamespace(namespace), ...pairs];
}

/** The expression of `judgeNamespace`. */
function isAllowedNamespace({ allowed, restricted }: BoxNamespaces): Cel {
  const isRestricted = matches(restricted);
  return allowed.length === 0 ? not(isRestricted) : and(not(isRestricted), matches(allowed));
}

function matches(globs: readonly string[]): Cel {
  const suffixes = globs.filter((glob) => glob.startsWith("*")).map((glob) => glob.slice(1));
  const prefixes = globs.filter((glob) => !glob.startsWith("*") && glob.endsWith("*")).map((glob) => glob.slice(0, -1));
  const names = globs.filter((glob) => !glob.includes("*"));
  const some = (method: string, texts: readonly string[]) =>
    texts.length === 0 ? [] : [`${listOf(texts)}.exists(text, request.namespace.${method}(text))`];
  return or(
    ...(names.length === 0 ? [] : [`(request.namespace in ${listOf(names)})`]),
    ...some("startsWith", prefixes),
    ...some("endsWith", suffixes),
  );
}
