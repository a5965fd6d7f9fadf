import type { JsonMap } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import type { ResourceVersion } from "./resource.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE";

/** A write that is put before admission webhooks. Objects are at `type`'s version and are not changed. */
export interface Review {
  /** `mutate` comes before an object is checked, `validate` before it is stored. */
  readonly do: "mutate" | "validate";
  readonly operation: Operation;
  readonly type: ResourceVersion;
  readonly namespace: string;
  /** "" for a name that is still to be made (`mutate`), and for each object of a collection that is deleted. */
  readonly name: string;
  /** "", "status" or "scale"; objects of a scale are the scaled ones. */
  readonly subresource: string;
  /** Absent for DELETE. */
  readonly object?: KubeObject;
  /** What is stored; absent for CREATE. */
  readonly oldObject?: KubeObject;
  readonly dryRun: boolean;
}

/** Objects that a webhook is to convert to a version of their resource. */
export interface Conversion {
  readonly do: "convert";
  readonly objects: readonly KubeObject[];
  readonly to: ResourceVersion;
}

/** What a step gets back: the object of a review, `undefined` where nobody was asked, or the converted objects. */
type Reply = KubeObject | undefined | readonly KubeObject[];

/**
 * Work on objects that has to ask webhooks on its way: it yields each question. So the rules of the API server stay
 * free of I/O, and controllers of the sandbox run the same work without a question asked.
 */
export type Steps<T> = Generator<Review | Conversion, T, Reply>;

/** Has webhooks review a write. Returns the object as they leave it, `undefined` where none is asked. */
export function* reviewed(review: Review): Steps<KubeObject | undefined> {
  return (yield review) as KubeObject | undefined;
}

/** Has a webhook convert objects. Returns them in the same order. */
export function* converted(objects: readonly KubeObject[], to: ResourceVersion): Steps<readonly KubeObject[]> {
  return (yield { do: "convert", objects, to }) as readonly KubeObject[];
}

/** Objects at another version without a webhook (strategy `None`): only the name of the version changes. */
export function convertedByName({ objects, to }: Conversion): KubeObject[] {
  return objects.map((object) => to.resource.convert(object as unknown as JsonMap, to) as unknown as KubeObject);
}

/** Runs steps without webhooks, as controllers do: every object is taken as it is. */
export function unreviewed<T>(steps: Steps<T>): T {
  let next = steps.next();
  while (next.done !== true) {
    const step = next.value;
    next = steps.next(step.do === "convert" ? convertedByName(step) : step.object);
  }
  return next.value;
}
