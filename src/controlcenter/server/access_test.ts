import assert from "node:assert/strict";
import { AccessError, type AccessSettings, checkAccess, readToken, readUsers } from "./access.ts";

const token = "t".repeat(16);
const users = new Map([["ada", "correct horse"]]);

Deno.test("checkAccess() refuses what would let in everybody, and says what to do", () => {
  const fine: AccessSettings[] = [
    { loopback: true },
    { loopback: true, token },
    { loopback: true, proxyHeader: "x-forwarded-user" },
    { loopback: false, token },
    { loopback: false, users },
    { loopback: false, token, proxyHeader: "x-forwarded-user" },
  ];
  for (const settings of fine) checkAccess(settings);
  const refused: [settings: AccessSettings, message: RegExp][] = [
    [{ loopback: false }, /without a login: give --token-file or --users-file/],
    [{ loopback: false, proxyHeader: "x-forwarded-user" }, /everybody who can connect/],
    [{ loopback: true, proxyHeader: "x y" }, /the name of a header/],
    [{ loopback: true, users, proxyHeader: "x-user" }, /together/],
  ];
  for (const [settings, message] of refused) {
    assert.throws(() => checkAccess(settings), (error) => error instanceof AccessError && message.test(error.message));
  }
});

Deno.test("readToken() and readUsers() take nothing that can be guessed, and have no default", () => {
  assert.equal(readToken(`${token}\n`, "f"), token);
  for (const text of ["", "short", "x".repeat(2000), "with blanks in it, many of them", "ünïcödé-ünïcödé-ünï"]) {
    assert.throws(() => readToken(text, "f"), AccessError, text);
  }
  assert.deepEqual([...readUsers("# who\nada:correct:horse\n\nbob:another horse\r\n", "f")], [
    ["ada", "correct:horse"],
    ["bob", "another horse"],
  ]);
  for (const text of ["", "# nobody\n", "ada", "ada:short", ":correct horse", "a b:correct horse"]) {
    assert.throws(() => readUsers(text, "f"), AccessError, text);
  }
  assert.throws(
    () => readUsers("ada:hunter2\n", "f"),
    (error) => error instanceof Error && !error.message.includes("hunter2"),
  );
});
