import assert from "node:assert/strict";
import { literalOrigin } from "./http_url.ts";

const cases: [text: string, origin: string | undefined][] = [
  ["http://a", "http a 80"],
  ["https://A.example/{{ .x }}", "https a.example 443"],
  ["http://a.b:8080?q={{ .x }}", "http a.b 8080"],
  ["https://[2001:db8::1]:1/", "https [2001:db8::1] 1"],
  [" http://a/ ", "http a 80"],
  ["http://a{{ .x }}/", undefined],
  ["http://a:80{{ .x }}/", undefined],
  ["http://a:{{ .x }}/", undefined],
  ["http://{{ .x }}/", undefined],
  ["{{ .x }}", undefined],
  ["http://user@a/", undefined],
  ["http://a:0/", undefined],
  ["http://a:99999/", undefined],
  ["ftp://a/", undefined],
  ["http://a\\b/", undefined],
];

for (const [text, expected] of cases) {
  Deno.test(`literalOrigin() of ${text} is ${expected ?? "undefined"}`, () => {
    const found = literalOrigin(text);
    assert.equal(found && `${found.scheme} ${found.host} ${found.port}`, expected);
  });
}
