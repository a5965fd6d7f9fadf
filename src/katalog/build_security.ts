import { isFail } from "./build_gateway.ts";
import type { CrdEntry, ProtectionHook, Security } from "./model.ts";
import { childOf, entriesOf, flagOf, itemsOf, type Node, nodeAt, placeOf, textOf } from "./node.ts";

/** `security` of all files; `check_security.ts` has made sure that they agree. */
export function buildSecurity(roots: readonly Node[]): Security {
  const deletion = blocksOf(roots, "deletionProtection");
  const namespaces = blocksOf(roots, "namespaceProtection");
  const overriders = (
    key: string,
  ) => [...new Set(deletion.flatMap(({ node }) => texts(nodeAt(node, "override", key))))];
  const [first] = deletion;
  return {
    deletionProtection: first === undefined ? undefined : {
      ...buildHook(deletion),
      strictMode: flagIn(deletion, "strictMode") ?? false,
      override: {
        users: overriders("users"),
        groups: overriders("groups"),
        serviceAccounts: overriders("serviceAccounts"),
      },
      at: first.at,
    },
    namespaceProtection: namespaces.length === 0 ? undefined : { ...buildHook(namespaces), at: namespaces[0]!.at },
    identity: blocksOf(roots, "identity").some(({ node }) => textOf(node) === "perBox") ? "perBox" : "process",
  };
}

/** `deletionProtection` of an entry of `spec.crds`. */
export function buildProtection(entry: Node): CrdEntry["protection"] {
  const block = [...entriesOf(entry)].find(([key]) => key === "deletionProtection")?.[1];
  const flag = (key: string) => flagOf(childOf(block?.value, key));
  return {
    crd: flag("protectCRD") ?? true,
    crs: flag("protectCRs") ?? true,
    strict: flag("strictMode"),
    at: block === undefined ? undefined : placeOf(block.keyAt),
  };
}

/** One block of `security`, in the file that has it. */
export interface SecurityBlock {
  readonly node: Node;
  /** Of its key: `file:line:column`. */
  readonly at: string;
}

/** The blocks of this name that are written, in the order of the files. */
export function blocksOf(roots: readonly Node[], name: string): SecurityBlock[] {
  return roots.flatMap((root) => {
    const security = childOf(root, "security");
    const node = childOf(security, name);
    if (node === undefined || security?.type !== "map") return [];
    return [{ node, at: placeOf(security.entries.get(name)!.keyAt) }];
  });
}

function buildHook(blocks: readonly SecurityBlock[]): ProtectionHook {
  return {
    enabled: flagIn(blocks, "enabled") ?? true,
    failurePolicy: isFail(textIn(blocks, "failurePolicy") ?? "Fail") ? "Fail" : "Ignore",
    cleanupOnShutdown: flagIn(blocks, "cleanupOnShutdown") ?? false,
    serviceName: textIn(blocks, "serviceName"),
  };
}

function flagIn(blocks: readonly SecurityBlock[], key: string): boolean | undefined {
  return blocks.map(({ node }) => flagOf(childOf(node, key))).find((flag) => flag !== undefined);
}

function textIn(blocks: readonly SecurityBlock[], key: string): string | undefined {
  return blocks.map(({ node }) => textOf(childOf(node, key))).find((text) => text !== undefined);
}

function texts(list: Node | undefined): string[] {
  return itemsOf(list).map((item) => textOf(item)?.trim() ?? "");
}
