import assert from "node:assert/strict";
import { OwnWrites } from "./own_writes.ts";

Deno.test("OwnWrites remembers up to 1,000 states of each kind, until a relist", () => {
  const writes = new OwnWrites();
  writes.add("configmaps.", "5");
  writes.add("configmaps.", undefined);
  assert.equal(writes.has("configmaps.", "5"), true);
  assert.equal(writes.has("services.", "5"), false);
  for (let version = 10; version < 1_010; version++) writes.add("configmaps.", String(version));
  assert.equal(writes.has("configmaps.", "5"), false, "the oldest is forgotten");
  assert.equal(writes.has("configmaps.", "10"), true);
  writes.clear("configmaps.");
  assert.equal(writes.has("configmaps.", "10"), false);
});
