import { printGateway } from "./print_gateway.ts";
import type { JsonMap } from "../base/json.ts";
import type { Katalog, ProtectionHook } from "./model.ts";

/** `security` of a Katalog, with its defaults; nothing where it declares none. */
export function printSecurity({ namespaces: { allowed, restricted }, security, gateway }: Katalog): JsonMap {
  const printed: JsonMap = {};
  const { deletionProtection: deletion, namespaceProtection, identity } = security;
  if (identity !== "process") printed["identity"] = identity;
  if (deletion !== undefined) {
    const { users, groups, serviceAccounts } = deletion.override;
    const override = lists({ users, groups, serviceAccounts });
    printed["deletionProtection"] = {
      ...printHook(deletion),
      strictMode: deletion.strictMode,
      ...(Object.keys(override).length === 0 ? {} : { override }),
    };
  }
  if (namespaceProtection !== undefined) {
    printed["namespaceProtection"] = {
      ...printHook(namespaceProtection),
      ...lists({ allowedNamespaces: allowed, restrictedNamespaces: restricted }),
    };
  }
  const { security: ofGateway, ...block } = printGateway(gateway);
  const all = { ...printed, ...ofGateway };
  return { ...(Object.keys(all).length === 0 ? {} : { security: all }), ...block };
}

function printHook({ enabled, failurePolicy, cleanupOnShutdown, serviceName }: ProtectionHook): JsonMap {
  return { enabled, failurePolicy, cleanupOnShutdown, ...(serviceName === undefined ? {} : { serviceName }) };
}

/** Those that are not empty. */
function lists(all: Readonly<Record<string, readonly string[]>>): JsonMap {
  return Object.fromEntries(
    Object.entries(all).filter(([, list]) => list.length > 0).map(([key, list]) => [key, [...list]]),
  );
}
