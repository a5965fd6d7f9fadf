import type { Json } from "../../src/base/json.ts";
import { type Example, mismatch } from "./example.ts";
import type { Objects } from "./objects.ts";
import type { Stage } from "./stage.ts";

/** The first thing in which a cluster is not as an example expects it; `undefined` when all is. */
export async function differenceFrom(
  { expected, crs }: Pick<Example, "expected" | "crs">,
  objects: Objects,
  stage: Pick<Stage, "request">,
): Promise<string | undefined> {
  const { children: wanted, ...own } = expected;
  const children = await objects.children();
  for (const child of wanted) {
    const found = children.find((item) =>
      item.kind === child.kind && item.metadata.name === child.metadata.name &&
      item.metadata.namespace === child.metadata.namespace
    );
    const id = `${child.kind} ${child.metadata.name}`;
    if (found === undefined) return `${id} is not there`;
    const wrong = mismatch(child as unknown as Json, found as unknown as Json);
    if (wrong !== undefined) return `${id}: ${wrong}`;
  }
  if (children.length !== wanted.length) return `children: ${children.map((child) => objects.path(child)).join(", ")}`;
  for (const cr of crs) {
    const wrong = mismatch(own, await stage.request("GET", objects.path(cr)) as unknown as Json);
    if (wrong !== undefined) return `${cr.kind}: ${wrong}`;
  }
  return undefined;
}
