import assert from "node:assert/strict";
import { keyOfDependency, lockText, packagesOf, readLock, reduceLock } from "./lock_file.ts";

const text = JSON.stringify({
  version: "5",
  specifiers: { "npm:@x/y@1.0.0": "1.0.0_z@2.0.0", "npm:test@1": "1.2.0", "npm:w@3.0.0": "3.0.0" },
  npm: {
    "@x/y@1.0.0_z@2.0.0": { integrity: "a", dependencies: ["z@2.0.0", "w"] },
    "test@1.2.0": { integrity: "b", dependencies: ["z@1.0.0", "test-part"] },
    "test-part@1.0.0": { integrity: "c", dependencies: ["test"] },
    "w@3.0.0": { integrity: "d" },
    "z@1.0.0": { integrity: "e" },
    "z@2.0.0": { integrity: "f" },
  },
  workspace: { dependencies: ["npm:@x/y@1.0.0", "npm:test@1", "npm:w@3.0.0"] },
});
const lock = readLock(text);

Deno.test("packagesOf() names what deno.lock pins", () => {
  const npm = { "b@2.0.0_a@1.0.0": {}, "@x/y@1.2.3-rc.1": {}, "b@2.0.0": {} };
  const some = readLock(JSON.stringify({ version: "5", specifiers: {}, npm }));
  assert.deepEqual(packagesOf(some), [{ name: "@x/y", version: "1.2.3-rc.1" }, { name: "b", version: "2.0.0" }]);
});

Deno.test("readLock() refuses what it does not know", () => {
  assert.throws(() => readLock("{}"), /no npm packages/);
  assert.throws(() => readLock(JSON.stringify({ version: "6", npm: {}, specifiers: {} })), /its version is 6/);
});

Deno.test("reduceLock() keeps what specifiers need, and nothing else", () => {
  const reduced = reduceLock(lock, ["npm:@x/y@1.0.0"]);
  assert.deepEqual(reduced.specifiers, { "npm:@x/y@1.0.0": "1.0.0_z@2.0.0" });
  assert.deepEqual(Object.keys(reduced.npm), ["@x/y@1.0.0_z@2.0.0", "w@3.0.0", "z@2.0.0"]);
  assert.deepEqual(Object.keys(reduceLock(lock, ["npm:test@1"]).npm), ["test-part@1.0.0", "test@1.2.0", "z@1.0.0"]);
  assert.deepEqual(reduceLock(lock, Object.keys(lock.specifiers)).npm, lock.npm);
  assert.throws(() => reduceLock(lock, ["npm:z@2.0.0"]), /Cannot resolve npm:z@2.0.0/);
});

Deno.test("keyOfDependency() refuses a name that several packages have", () => {
  assert.equal(keyOfDependency("w", lock), "w@3.0.0");
  assert.throws(() => keyOfDependency("z", lock), /2 packages/);
  assert.throws(() => keyOfDependency("q", lock), /0 packages/);
});

Deno.test("lockText() prints a lock as Deno writes it", () => {
  const own = Deno.readTextFileSync(new URL("../deno.lock", import.meta.url));
  assert.equal(lockText(readLock(own)), own);
  assert.equal(lockText(reduceLock(lock, [])), '{\n  "version": "5"\n}\n');
});
