import type { KubeObject } from "../../src/k8s/object.ts";
import { protectionLabel } from "../../src/k8s/protection.ts";
import type { Stage } from "./stage.ts";

/** Deletes a CR as its user does: one that is protected in two steps. */
export async function deleteByUser(request: Stage["request"], path: string): Promise<void> {
  const { metadata }: KubeObject = await request("GET", path);
  if (metadata.labels?.[protectionLabel] === "true") {
    const patch = { metadata: { labels: { [protectionLabel]: null } } };
    await request("PATCH", path, patch, "application/merge-patch+json");
  }
  await request("DELETE", path);
}
