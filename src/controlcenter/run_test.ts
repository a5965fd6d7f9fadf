import assert from "node:assert/strict";
import { realClock } from "../../tests/support/clock.ts";
import { runtimeData, runtimeDouble } from "../../tests/support/runtime_double.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import type { ControlCenterFlags } from "../dev/controlcenter_command.ts";
import { UsageError } from "../dev/usage_error.ts";
import { runControlCenter, type RunControlCenterPorts } from "./run.ts";

const flags: ControlCenterFlags = {
  ...{ urls: ["http://127.0.0.1:1"], port: 0, listen: "127.0.0.1", hostNames: [], refreshMs: 50, timeoutMs: 5_000 },
};

/** Runs it until `work` has ended. */
async function running(
  given: Partial<ControlCenterFlags>,
  work: (url: string) => Promise<void> = () => Promise.resolve(),
  more: Partial<RunControlCenterPorts> = {},
) {
  let [out, err] = ["", ""];
  const ended = Promise.withResolvers<string>();
  const unexpected = () => assert.fail("No cluster was to be looked for");
  const result = runControlCenter({ ...flags, ...given }, {
    terminal: { out: (text) => out += `${text}\n`, err: (text) => err += `${text}\n`, colour: false },
    ...{ clock: realClock, version: "ork 9.9.9", env: () => undefined, until: () => ended.promise },
    readTextFile: (path) =>
      path === "token" ? Promise.resolve("t".repeat(20)) : Promise.reject(new Deno.errors.NotFound(path)),
    ...{ findCluster: unexpected, connect: unexpected, forward: unexpected },
    ...more,
  });
  let hasEnded = false;
  result.catch(() => {/* looked at below */}).finally(() => hasEnded = true);
  try {
    await waitFor("it is ready or has ended", () => hasEnded || /http:\/\/\S+/.test(out));
    const url = /http:\/\/\S+/.exec(out)?.[0];
    if (url !== undefined) await work(url);
  } finally {
    ended.resolve("SIGINT");
  }
  return { code: await result, out, err };
}

Deno.test("runControlCenter() serves until a signal comes, and says where and what it reads", async () => {
  await using runtime = runtimeDouble(runtimeData());
  const { code, out, err } = await running({ urls: [runtime.url, `${runtime.url}/`] }, async (url) => {
    await waitFor("the Katalog is there", async () => (await (await fetch(url)).text()).includes(">shop<"));
    assert.match(await (await fetch(`${url}/about`)).text(), /ork 9\.9\.9/);
  });
  assert.equal(code, 0);
  assert.match(out, /^Control Center: http:\/\/127\.0\.0\.1:\d+\n$/);
  assert.equal(err, `It reads ${runtime.url}, changes nothing, and ends with Ctrl-C\n`);
});

Deno.test("runControlCenter() listens beyond this machine with a login alone", async () => {
  for (const listen of ["all", "0.0.0.0", "::", "192.0.2.1"]) {
    await assert.rejects(
      running({ listen }),
      (error) => error instanceof UsageError && /--token-file/.test(error.message),
    );
  }
  await assert.rejects(running({ listen: "ork.example.com" }), UsageError);
  await assert.rejects(running({ tokenFile: "none" }), Deno.errors.NotFound);
  const { code } = await running({ listen: "all", tokenFile: "token" }, async (url) => {
    for (const [authorization, status] of [["", 401], [`Bearer ${"t".repeat(20)}`, 200]] as const) {
      const response = await fetch(url, { headers: authorization === "" ? {} : { authorization } });
      assert.equal(response.status, status);
      await response.body?.cancel();
    }
  });
  assert.equal(code, 0);
});

Deno.test("runControlCenter() says what to do without a cluster, and on a port that is in use", async () => {
  const none = await running({ urls: [] }, undefined, { findCluster: () => Promise.resolve(undefined) });
  assert.equal(none.code, 1);
  assert.match(none.err, /name a Runtime: --url/);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken = await running({ port: listener.addr.port });
  assert.equal(taken.code, 1);
  assert.match(taken.err, /another process uses it; choose another one with --port/);
  const many = Array.from({ length: 65 }, (_, n) => `http://127.0.0.1:${n + 1}`);
  await assert.rejects(running({ urls: many }), UsageError);
  await assert.rejects(running({ urls: ["ftp://x"] }), UsageError);
});
