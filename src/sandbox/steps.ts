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

/**
 * Work on objects that has to ask others on its way: it yields each question and gets an object back. So the rules of
 * the API server stay free of I/O, and controllers of the sandbox run the same work without a question asked.
 */
export type Steps<T> = Generator<Review, T, KubeObject | undefined>;

/** Runs steps without webhooks, as controllers do: every object is taken as it is. */
export function unreviewed<T>(steps: Steps<T>): T {
  let next = steps.next();
  while (next.done !== true) next = steps.next(next.value.object);
  return next.value;
}
