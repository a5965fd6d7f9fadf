import assert from "node:assert/strict";
import { isEmail, isHostname, isIpv4, isIpv6, isMac, isRequestUri } from "./addresses.ts";

// What each format accepts is held against the API server by tests/conformance/scenarios/formats.ts.

Deno.test("no text makes a check of an address hang", () => {
  const hostile = ["a".repeat(8000), "a.".repeat(4000), "a ".repeat(4000), "-".repeat(8000), ":".repeat(8000)];
  const started = performance.now();
  for (const text of hostile) {
    for (const tail of ["", "!", "<", "@", "]", "\\", "<a@b", ".1", '"']) {
      for (const check of [isEmail, isHostname, isIpv4, isIpv6, isMac, isRequestUri]) check(text + tail);
    }
  }
  assert.ok(performance.now() - started < 5000);
});

Deno.test("addresses are what Go takes for one", () => {
  assert.ok(isIpv6("1::") && isIpv6("::ffff:1.2.3.4") && !isIpv6("1:2:3:4:5:6:7:8::"));
  assert.ok(isIpv4("01.2.3.4", true) && !isIpv4("01.2.3.4"));
  assert.ok(isRequestUri("http://[fe80::1%25eth0]:80/") && !isRequestUri("http://[fe80::1%25]/"));
});
