import type { JsonMap } from "../../base/json.ts";

/** Who sends a request, as webhooks see it (`authentication.k8s.io/v1` UserInfo). */
export interface Caller {
  readonly username: string;
  readonly groups: readonly string[];
}

/** The sandbox authenticates nobody: every client is its administrator. */
const administrator: Caller = { username: "ork-sandbox", groups: ["system:masters", "system:authenticated"] };

/** Longer names and lists are cut: they go into every review. */
const maxName = 1024;
const maxGroups = 100;

/**
 * The user of a request: the administrator, or whom it impersonates (`kubectl --as`, `--as-group`), so that rules about
 * users can be tried. A ServiceAccount has its groups, as with the API server (`serviceaccount.MakeGroupNames`).
 */
export function callerOf(headers: Headers): Caller {
  const username = headers.get("impersonate-user")?.slice(0, maxName) ?? "";
  if (username === "") return administrator;
  const given = (headers.get("impersonate-group") ?? "").split(",").map((name) => name.trim())
    .filter((name) => name !== "").slice(0, maxGroups);
  const account = /^system:serviceaccount:([^:]+):[^:]+$/.exec(username);
  const groups = given.length === 0 && account !== null
    ? ["system:serviceaccounts", `system:serviceaccounts:${account[1]}`]
    : given;
  return { username, groups: [...new Set([...groups, "system:authenticated"])] };
}

export function userInfoOf({ username, groups }: Caller): JsonMap {
  return { username, groups: [...groups] };
}
