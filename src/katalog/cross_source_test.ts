import assert from "node:assert/strict";
import { readHost } from "./cross_source.ts";

Deno.test("readHost() takes base URLs, and gives equal ones one form", () => {
  for (const text of ["http://a", "http://a/", " HTTP://A// ", "http://a/"]) {
    assert.deepEqual(readHost(text), { url: "http://a" }, text);
  }
  for (const text of ["https://ork-runtime.shop.svc:8080/base/v1", "http://[fd00::1]:80", "http://10.0.0.1:65535"]) {
    assert.deepEqual(readHost(text), { url: text });
  }
});

Deno.test("readHost() says what is wrong with a text", () => {
  const table: [string, RegExp][] = [
    ["", /no http/],
    ["a", /no http/],
    ["a:8080", /no http/],
    ["ftp://a", /no http/],
    ["http://", /no http/],
    ["http:///a", /no http/],
    ["http://a b", /no http/],
    ["http://a\\b", /no http/],
    ["http://a/\u0000", /no http/],
    [`http://${"a".repeat(2000)}`, /no http/],
    ["http://a:0", /port/],
    ["http://a:65536", /port/],
    ["http://user:pass@a", /password/],
    ["http://user@a/b", /password/],
    ["http://a?b=c", /query/],
    ["http://a#b", /fragment/],
  ];
  for (const [text, error] of table) {
    const read = readHost(text);
    assert.match("error" in read ? read.error : read.url, error, text);
  }
});
