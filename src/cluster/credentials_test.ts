import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { type ClusterConfig, ConfigError, type ExecPlugin } from "./config.ts";
import { createCredentials } from "./credentials.ts";

const plugin: ExecPlugin = {
  apiVersion: "client.authentication.k8s.io/v1",
  command: "login",
  args: [],
  env: [],
  provideClusterInfo: false,
  interactiveMode: "Never",
};
const configOf = (auth: ClusterConfig["auth"]): ClusterConfig => ({ server: "https://a", source: "test", auth });

Deno.test("createCredentials() reads a token file again after a minute, or when the server refuses it", async () => {
  const clock = new FakeClock();
  let reads = 0;
  const readTextFile = () => Promise.resolve(`token-${++reads}\n`);
  const credentials = createCredentials(configOf({ kind: "tokenFile", path: "/t" }), { clock, readTextFile });
  assert.deepEqual(await Promise.all([credentials.current(), credentials.current()]), [
    { token: "token-1" },
    { token: "token-1" },
  ]);
  await clock.advance(59_999);
  assert.deepEqual(await credentials.current(), { token: "token-1" });
  await clock.advance(1);
  assert.deepEqual(await credentials.current(), { token: "token-2" });
  credentials.rejected();
  assert.deepEqual(await credentials.current(), { token: "token-3" });
});

Deno.test("createCredentials() refuses a token file that is missing or empty, and tries again next time", async () => {
  const texts = [Promise.reject(new Deno.errors.NotFound()), Promise.resolve(" \n"), Promise.resolve("ok")];
  const credentials = createCredentials(configOf({ kind: "tokenFile", path: "/t" }), {
    clock: new FakeClock(),
    readTextFile: () => texts.shift()!,
  });
  await assert.rejects(credentials.current(), /Cannot read the token file "\/t"/);
  await assert.rejects(credentials.current(), /it is empty/);
  assert.deepEqual(await credentials.current(), { token: "ok" });
});

Deno.test("createCredentials() runs a plugin again a minute before its credential expires", async () => {
  const clock = new FakeClock();
  let runs = 0;
  const credentials = createCredentials(configOf({ kind: "exec", plugin }), {
    clock,
    exec: () => Promise.resolve({ token: `t${++runs}`, expiresAtMs: clock.wallMs() + 600_000 }),
  });
  assert.deepEqual(await credentials.current(), { token: "t1" });
  await clock.advance(539_999);
  assert.deepEqual(await credentials.current(), { token: "t1" });
  await clock.advance(1);
  assert.deepEqual(await credentials.current(), { token: "t2" });
});

Deno.test("createCredentials() has a token issued again a minute before it expires, and at once when it is refused", async () => {
  const clock = new FakeClock();
  const issued: string[] = [];
  const credentials = createCredentials(configOf({ kind: "issued", account: "orkestra-box-shop" }), {
    clock,
    issue: (account) => {
      issued.push(account);
      return Promise.resolve({ token: `t${issued.length}`, expiresAtMs: clock.wallMs() + 600_000 });
    },
  });
  assert.deepEqual(await Promise.all([credentials.current(), credentials.current()]), [{ token: "t1" }, {
    token: "t1",
  }]);
  await clock.advance(540_000);
  assert.deepEqual(await credentials.current(), { token: "t2" });
  credentials.rejected();
  assert.deepEqual(await credentials.current(), { token: "t3" });
  assert.deepEqual(new Set(issued), new Set(["orkestra-box-shop"]));
  assert.throws(() => createCredentials(configOf({ kind: "issued", account: "a" }), { clock }), TypeError);
});

Deno.test("createCredentials() keeps a credential that never expires until the server refuses it", async () => {
  const clock = new FakeClock();
  let runs = 0;
  const exec = () => Promise.resolve({ certPem: "c", keyPem: `k${++runs}` });
  const credentials = createCredentials(configOf({ kind: "exec", plugin }), { clock, exec });
  await credentials.current();
  await clock.advance(1e9);
  assert.deepEqual(await credentials.current(), { certPem: "c", keyPem: "k1" });
  credentials.rejected();
  assert.deepEqual(await credentials.current(), { certPem: "c", keyPem: "k2" });
});

Deno.test("createCredentials() refuses plugins at once where programs cannot be run", () => {
  assert.throws(
    () => createCredentials(configOf({ kind: "exec", plugin }), { clock: new FakeClock() }),
    (error) => error instanceof ConfigError && error.message.includes('"login"') && error.hint !== undefined,
  );
});
