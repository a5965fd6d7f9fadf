import { accountGroup, accountUsername } from "../../src/k8s/installation.ts";
import type { RbacRequest } from "../../src/bundle/rbac_rules.ts";
import type { Stage } from "../katalogs/stage.ts";
import { waitFor } from "./wait_for.ts";

/** Waits until the API server, which learns of roles by a watch, allows a ServiceAccount a request, or refuses it. */
export async function untilDecided(
  request: Stage["request"],
  account: { readonly namespace: string; readonly name: string },
  { verb, group, resource, name, namespace = "" }: RbacRequest,
  allowed: boolean,
): Promise<void> {
  const [plural, subresource] = resource.split("/");
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user: accountUsername(account),
      groups: ["system:serviceaccounts", accountGroup(account), "system:authenticated"],
      resourceAttributes: {
        ...{ verb, group, resource: plural, namespace },
        ...(subresource === undefined ? {} : { subresource }),
        ...(name === undefined ? {} : { name }),
      },
    },
  };
  await waitFor(`the API server ${allowed ? "allows" : "refuses"} ${verb} ${resource}`, async () => {
    const { status } = await request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review);
    return status?.["allowed"] === allowed;
  });
}

/** A token of a ServiceAccount, as the kubelet would mount one; good for `seconds`. */
export async function tokenOf(
  request: Stage["request"],
  { namespace, name }: { readonly namespace: string; readonly name: string },
  seconds: number,
): Promise<string> {
  const { status } = await request("POST", `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: seconds },
  });
  return status!["token"];
}
