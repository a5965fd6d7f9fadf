import assert from "node:assert/strict";
import { settle } from "../../../tests/support/clock.ts";
import { realClock } from "../../../tests/support/clock.ts";
import { createCluster } from "../../../tests/box/operator.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { createClusterApi } from "../../cluster/mod.ts";
import { tokenInFile, tokenInSecret } from "./tokens.ts";

Deno.test("tokenInFile() reads the file each time, and says what is wrong with it without showing it", async () => {
  let text = "one\n";
  const source = tokenInFile(
    "/t",
    () => text === "" ? Promise.reject(new Error("No such file")) : Promise.resolve(text),
  );
  assert.equal(await source.token(), "one");
  text = "two";
  assert.equal(await source.token(), "two");
  const table: [string, RegExp][] = [
    ["", /cannot be read from \/t: No such file/],
    [" \n", /in \/t is empty/],
    ["hunter2 hunter3", /in \/t is no token/],
    ["hunter2\nhunter3", /no token/],
    ["hunter2\u0000", /no token/],
    ["h".repeat(20_000), /no token/],
  ];
  for (const [wrong, message] of table) {
    text = wrong;
    await assert.rejects(source.token(), (error: Error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /hunter/);
      return true;
    });
  }
});

Deno.test("tokenInSecret() follows a Secret by its name, and asks for no other", async () => {
  await using cluster = createCluster();
  const secrets = "/api/v1/namespaces/default/secrets";
  const put = (name: string, data: Record<string, string>) =>
    cluster.request("PATCH", `${secrets}/${name}?fieldManager=t`, {
      ...{ apiVersion: "v1", kind: "Secret", metadata: { name } },
      data,
    }, "application/apply-patch+yaml");
  const urls: URL[] = [];
  let changes = 0;
  const source = tokenInSecret({
    auth: { kind: "secret", namespace: "default", name: "token", key: "t" },
    api: createClusterApi({ server: "http://sandbox", auth: { kind: "none" }, source: "test" }, {
      userAgent: "test",
      clock: realClock,
      random: Math.random,
      fetch: (url, init) => {
        urls.push(new URL(url));
        return cluster.sandbox.fetch(new Request(url, init));
      },
    }),
    clock: realClock,
    random: Math.random,
    changed: () => void changes++,
  });
  await assert.rejects(source.token(), /There is no Secret default\/token/);
  await put("other", { t: btoa("wrong") });
  await put("token", { t: btoa("one"), more: btoa("x") });
  await waitFor("it is there", async () => await source.token() === "one");
  assert.equal(changes, 1);
  await put("token", { t: btoa("two") });
  await waitFor("it has changed", async () => await source.token() === "two");
  assert.equal(changes, 2);
  await put("token", { u: btoa("two") });
  const errorOf = () => source.token().then(() => "", (error: Error) => error.message);
  await waitFor("it has no key", async () => (await errorOf()).includes('has no key "t"'));
  await put("token", { t: btoa("\xff\xfe") });
  await waitFor("it is no text", async () => (await errorOf()).includes("is no text"));
  await cluster.request("DELETE", `${secrets}/token`);
  await waitFor("it is gone", async () => (await errorOf()).includes("There is no Secret"));
  await source.stop();
  await settle();
  assert.ok(urls.length > 0);
  for (const { pathname, searchParams } of urls) {
    assert.deepEqual([pathname, searchParams.get("fieldSelector")], [secrets, "metadata.name=token"]);
  }
});
