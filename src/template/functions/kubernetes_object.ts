import type { Budget } from "../budget.ts";
import { Failure } from "../failure.ts";
import { isMapValue, isTrue, kindOf, type Value, type ValueMap } from "../values.ts";
import { anyText, countArgument, readNumber, textArgument } from "./arguments.ts";
import { define, type LibraryFunction, readsBelow } from "./function.ts";

const domain = "Kubernetes object";

/** Functions on a Kubernetes object: the CR (`.`) or a child (`.children.deployment`). An absent object has nothing. */
export const kubernetesObject: readonly LibraryFunction[] = [
  define(
    domain,
    "get(object, path…)",
    "The value at the path of keys and list indexes; absent when anything on the way is",
    ([object, ...path], budget) => path.reduce((value, key) => step(value, key, budget), object),
    ([, ...path]) => readsBelow(path),
  ),
  part("meta(object)", "The metadata of the object as a map", "metadata"),
  part("spec(object)", "The spec of the object as a map", "spec"),
  part("status(object)", "The status of the object as a map", "status"),
  part("labels(object)", "The labels of the object as a map", "metadata", "labels"),
  part("annotations(object)", "The annotations of the object as a map", "metadata", "annotations"),
  field("phase(object)", "status.phase, empty when it is absent", "status", "phase"),
  count("generation(object)", "metadata.generation, 0 when it is absent", "metadata", "generation"),
  count("observedGeneration(object)", "status.observedGeneration, 0 when it is absent", "status", "observedGeneration"),
  define(
    domain,
    "isSynced(object)",
    "Whether the controller of the object has seen its newest generation",
    ([object]) => {
      const seen = at(object, "status", "observedGeneration");
      return seen != null && countArgument(seen) >= countArgument(at(object, "metadata", "generation"));
    },
    () => ({ below: [["metadata", "generation"], ["status", "observedGeneration"]] }),
  ),
  define(
    domain,
    "isTerminating(object)",
    "Whether the object is being deleted",
    ([object]) => isTrue(at(object, "metadata", "deletionTimestamp")),
    () => ({ below: [["metadata", "deletionTimestamp"]] }),
  ),
  define(
    domain,
    "resourceExists(object)",
    "Whether there is such an object",
    ([object]) => isMapValue(object) && isTrue(object),
    () => ({ tests: [0] }),
  ),
  condition("hasCondition(object, type)", "Whether the condition of the type is True", (found) => {
    return found?.["status"] === "True";
  }),
  condition("conditionReason(object, type)", "The reason of the condition, empty when it is absent", (found) => {
    return found?.["reason"] ?? "";
  }),
  condition("conditionMessage(object, type)", "The message of the condition, empty when it is absent", (found) => {
    return found?.["message"] ?? "";
  }),
  ...(["Label", "Annotation"] as const).flatMap((kind) => marks(kind)),
  define(
    domain,
    "labelMatches(object, pairs…)",
    "Whether the object has all the labels that follow: key, value, key, value …",
    ([object, ...pairs], budget) => {
      if (pairs.length % 2 === 1) throw new Failure("the last label has no value");
      for (let i = 0; i < pairs.length; i += 2) {
        const label = step(at(object, "metadata", "labels"), textArgument(pairs[i], budget), budget);
        if (label == null || anyText(label, budget) !== anyText(pairs[i + 1], budget)) return false;
      }
      return true;
    },
    ([, ...pairs]) => ({
      below: pairs.filter((_, i) => i % 2 === 0).map((key) => key === undefined ? labelsPath : [...labelsPath, key]),
    }),
  ),
  define(
    domain,
    "getStatus(object, key)",
    "The field of the status; empty when it is absent",
    ([object, key], budget) => step(at(object, "status"), key, budget) ?? "",
    ([, key]) => readsBelow(["status", key]),
  ),
  define(
    domain,
    "hasStatus(object, key)",
    "Whether the status has the field",
    ([object, key], budget) => step(at(object, "status"), key, budget) != null,
    ([, key]) => ({ below: [key === undefined ? ["status"] : ["status", key]] }),
  ),
  owner("ownerKind(object)", "The kind of the controller that owns the object, else of its first owner", "kind"),
  owner("ownerName(object)", "The name of the controller that owns the object, else of its first owner", "name"),
  field("resourceCPU(object)", "spec.resources.requests.cpu", "spec", "resources", "requests", "cpu"),
  field("resourceMemory(object)", "spec.resources.requests.memory", "spec", "resources", "requests", "memory"),
  field("resourceName(object)", "metadata.name", "metadata", "name"),
  field("resourceNamespace(object)", "metadata.namespace", "metadata", "namespace"),
  field("name(object)", "As resourceName", "metadata", "name"),
  field("namespace(object)", "As resourceNamespace", "metadata", "namespace"),
  field("resourceUID(object)", "metadata.uid", "metadata", "uid"),
  field("resourceVersion(object)", "metadata.resourceVersion", "metadata", "resourceVersion"),
  field("creationTimestamp(object)", "metadata.creationTimestamp", "metadata", "creationTimestamp"),
];

const labelsPath = ["metadata", "labels"];

/** The value at a path of map keys. */
export function at(object: Value, ...path: readonly string[]): Value {
  let value = object;
  for (const key of path) value = isMapValue(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

/** One key of a map or index of a list; absent when it is not there, whatever the value is. */
function step(value: Value, key: Value, budget: Budget): Value {
  if (Array.isArray(value)) {
    const isIndex = ["int", "uint"].includes(kindOf(key)) || (typeof key === "string" && /^\d{1,9}$/.test(key));
    return isIndex ? value[countArgument(key)] : undefined;
  }
  return isMapValue(value) ? at(value, textArgument(key, budget)) : undefined;
}

function part(signature: string, summary: string, ...path: string[]): LibraryFunction {
  const call = ([object]: readonly Value[]) => {
    const value = at(object, ...path);
    return isMapValue(value) ? value : {};
  };
  return define(domain, signature, summary, call, () => ({ returns: path }));
}

function field(signature: string, summary: string, ...path: string[]): LibraryFunction {
  const call = ([object]: readonly Value[]) => at(object, ...path) ?? "";
  return define(domain, signature, summary, call, () => ({ below: [path] }));
}

function count(signature: string, summary: string, ...path: string[]): LibraryFunction {
  const call = ([object]: readonly Value[]) => countArgument(at(object, ...path));
  return define(domain, signature, summary, call, () => ({ below: [path] }));
}

function condition(
  signature: string,
  summary: string,
  read: (condition: ValueMap | undefined) => Value,
): LibraryFunction {
  const call: LibraryFunction["call"] = ([object, type], budget) => {
    const wanted = textArgument(type, budget);
    const conditions = at(object, "status", "conditions");
    if (!Array.isArray(conditions)) return read(undefined);
    budget.spend(conditions.length);
    return read(conditions.filter(isMapValue).find((candidate) => at(candidate, "type") === wanted));
  };
  return define(domain, signature, summary, call, () => ({ below: [["status", "conditions"]] }));
}

/** The functions on labels, and the same on annotations. */
function marks(kind: "Label" | "Annotation"): LibraryFunction[] {
  const word = kind.toLowerCase();
  const path = ["metadata", `${word}s`];
  const read = ([object, key]: readonly Value[], budget: Budget) => at(object, ...path, textArgument(key, budget));
  const reads = ([, key]: readonly (string | undefined)[]) => ({ below: [key === undefined ? path : [...path, key]] });
  return [
    define(
      domain,
      `get${kind}(object, key)`,
      `The ${word} of the object, empty when it is absent`,
      (args, budget) => read(args, budget) ?? "",
      reads,
    ),
    define(
      domain,
      `get${kind}Int(object, key)`,
      `The ${word} of the object as an integer, 0 when it holds none`,
      (args, budget) => {
        const number = readNumber(anyText(read(args, budget), budget));
        return number && "integer" in number ? number.integer : 0;
      },
      reads,
    ),
    define(
      domain,
      `has${kind}(object, key)`,
      `Whether the object has the ${word}`,
      (args, budget) => read(args, budget) != null,
      reads,
    ),
  ];
}

function owner(signature: string, summary: string, key: "kind" | "name"): LibraryFunction {
  const call = ([object]: readonly Value[]) => {
    const owners = at(object, "metadata", "ownerReferences");
    if (!Array.isArray(owners)) return "";
    return at(owners.find((candidate) => at(candidate, "controller") === true) ?? owners[0], key) ?? "";
  };
  return define(domain, signature, summary, call, () => ({ below: [["metadata", "ownerReferences"]] }));
}
