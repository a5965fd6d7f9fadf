/**
 * docs/permissions.md: with `security.identity: perBox` "a cell is given the token of its own operator and can ask for no
 * other". Here the code of the cell is an attacker's (prying_cell.ts).
 */
import assert from "node:assert/strict";
import type { CellHostOptions } from "../../src/cell/mod.ts";
import type { ClusterConfig } from "../../src/cluster/mod.ts";
import { cellsFor } from "../support/cells.ts";
import { boxOf } from "../support/plans.ts";
import { waitFor } from "../support/wait_for.ts";
import type { Loot } from "./prying_cell.ts";

const server = "http://127.0.0.1:9";
const box = "onReconcile: {configMaps: [{name: a, data: {a: b}}]}\n";
type Auth = ClusterConfig["auth"];
const tokenFile: Auth = { kind: "tokenFile", path: "/run/token" };
const exec: Auth = {
  kind: "exec",
  plugin: {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "plugin",
    args: [],
    env: [],
    provideClusterInfo: false,
    interactiveMode: "Never",
  },
};

/** What the parent has, each to be recognized by its text. */
const means = {
  readTextFile: (path: string) => Promise.resolve(`the process's token in ${path}`),
  exec: () => Promise.resolve({ token: "the process's plugin token" }),
};

interface Parent {
  readonly auth: Auth;
  /** The process requests tokens of ServiceAccounts. */
  readonly issues: boolean;
  /** The Katalog gives each box an identity. */
  readonly perBox: boolean;
}

/** What a cell comes to have, and for which ServiceAccounts tokens were requested. */
async function lootOf({ auth, issues, perBox }: Parent): Promise<Loot & { readonly issued: readonly string[] }> {
  const issued: string[] = [];
  const issue: CellHostOptions["issue"] = (account) => {
    issued.push(account);
    return Promise.resolve({ token: `a token of ${account}` });
  };
  const host = cellsFor(server, {
    limits: { heapMb: 32, startMs: 120_000 },
    entry: new URL("./prying_cell.ts", import.meta.url),
    cluster: { server, auth, source: "test" },
    ...means,
    issue: issues ? issue : undefined,
  });
  const notes: string[] = [];
  const hosted = host.start(
    boxOf(box, "", perBox ? "security: {identity: perBox}\n" : ""),
    (message) => message.type === "note" && notes.push(message.message),
  );
  try {
    // The first cell of a run from source has its code compiled: on a busy machine that takes its time.
    const note = await waitFor("the cell says what it has", () => notes[0], { timeoutMs: 120_000 });
    return { ...JSON.parse(note) as Loot, issued };
  } finally {
    await hosted.stop(100);
    await host.close();
  }
}

const noFile = "Cannot read a token file: the cluster has none";
const noPlugin = "Cannot run a credential plugin: this binary cannot run programs";

for (const auth of [tokenFile, exec, { kind: "token", token: "the process's own" } satisfies Auth]) {
  Deno.test(`a cell with an identity of its own gets its token, and none of the process, whose configuration is "${auth.kind}"`, async () => {
    assert.deepEqual(await lootOf({ auth, issues: true, perBox: true }), {
      auth: { kind: "issued", account: "orkestra-box-shop" },
      tokenFile: noFile,
      exec: noPlugin,
      token: { credential: { token: "a token of orkestra-box-shop" } },
      issued: ["orkestra-box-shop"],
    });
  });
}

Deno.test("a cell without an identity of its own gets what the cluster's configuration names, and no issued token", async () => {
  const noToken = "Cannot request a token: the box has no ServiceAccount of its own";
  for (const issues of [true, false]) {
    assert.deepEqual(await lootOf({ auth: tokenFile, issues, perBox: false }), {
      auth: tokenFile,
      tokenFile: { text: "the process's token in /run/token" },
      exec: { credential: { token: "the process's plugin token" } },
      token: noToken,
      issued: [],
    });
  }
  // As `ork run` has it: nobody requests tokens, so operators have the identity of who runs it.
  const { auth, token } = await lootOf({ auth: exec, issues: false, perBox: true });
  assert.deepEqual({ auth, token }, { auth: exec, token: noToken });
});
