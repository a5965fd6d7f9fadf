import assert from "node:assert/strict";
import { parsePort } from "./port.ts";

Deno.test("a port is a decimal number from 0 to 65535", () => {
  for (const [text, port] of [["0", 0], ["8443", 8443], ["65535", 65535]] as const) assert.equal(parsePort(text), port);
  for (const text of ["", "65536", "100000", "-1", "1.5", "0x50", " 80", "8e2", "off"]) {
    assert.equal(parsePort(text), undefined, text);
  }
});
