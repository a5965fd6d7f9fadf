import assert from "node:assert/strict";
import type { Json } from "../base/json.ts";
import type { TextFormat } from "../base/shape.ts";
import { describeFormat, formatHint, readFormat } from "./formats.ts";

function read(format: TextFormat, text: string, bounds: { min?: number; max?: number } = {}): Json | undefined {
  return readFormat({ type: "text", template: true, format, ...bounds }, text);
}

Deno.test("readFormat() types what is sent", () => {
  const table: [format: TextFormat, text: string, value: Json | undefined][] = [
    ["integer", "3", 3],
    ["integer", "-3", -3],
    ["integer", "+3", 3],
    ["integer", "3.0", undefined],
    ["integer", "1e3", undefined],
    ["integer", "0x10", undefined],
    ["integer", "12345678901234567", undefined],
    ["port", "1", 1],
    ["port", "65535", 65535],
    ["port", "0", undefined],
    ["port", "65536", undefined],
    ["port", "http", undefined],
    ["boolean", "true", true],
    ["boolean", "YES", true],
    ["boolean", "1", true],
    ["boolean", "False", false],
    ["boolean", "no", false],
    ["boolean", "0", false],
    ["boolean", "on", undefined],
    ["boolean", "constructor", undefined],
    ["intOrPercent", "3", 3],
    ["intOrPercent", "25%", "25%"],
    ["intOrPercent", "2.5%", undefined],
    ["intOrPercent", "-1", undefined],
    ["intOrPercent", "half", undefined],
  ];
  for (const [format, text, value] of table) assert.equal(read(format, text), value, `${format} ${text}`);
  assert.equal(read("port", "0", { min: 0 }), 0);
  assert.equal(read("integer", "0", { min: 1 }), undefined);
  assert.equal(read("integer", "11", { max: 10 }), undefined);
});

Deno.test("readFormat() takes what Kubernetes takes, as text", () => {
  const good: [TextFormat, string[]][] = [
    ["quantity", ["1", "0.5", ".5", "2.", "250m", "512Mi", "1.5Gi", "1e3", "1E", "100n", "+1"]],
    ["duration", ["30s", "5m", "1h30m", "2d", "10"]],
    ["dnsLabel", ["a", "web-1", "a".repeat(63)]],
    ["dnsSubdomain", ["a", "a.b-c.d", "1.2"]],
    ["namespace", ["kube-system"]],
    ["labelKey", ["app", "example.org/app", "A_b.c-d"]],
    ["finalizer", ["example.org/archive", "archive"]],
    ["labelValue", ["a", "v1.2_x-y", "a".repeat(63)]],
    ["cron", ["0 3 * * *"]],
  ];
  const bad: [TextFormat, string[]][] = [
    ["quantity", ["-1", "1 Gi", "512MB", "1KI", "one", "1e", "1,5", "0x1", "1".repeat(65)]],
    ["duration", ["soon", "5 m", "-5s"]],
    ["dnsLabel", ["A", "-a", "a-", "a.b", "a".repeat(64), "a b"]],
    ["dnsSubdomain", [".a", "a..b", "a_b", "a".repeat(254)]],
    ["namespace", ["a.b"]],
    ["finalizer", ["orphan", "foregroundDeletion", "/a"]],
    ["labelKey", ["/app", "a/b/c", "example.org/", "Example.org/app", "-a"]],
    ["labelValue", ["a b", "-a", "a/b", "a".repeat(64)]],
    ["cron", ["0 3 * *"]],
  ];
  for (const [format, texts] of good) {
    for (const text of texts) assert.equal(read(format, text), text, `${format} ${text}`);
  }
  for (const [format, texts] of bad) {
    for (const text of texts) assert.equal(read(format, text), undefined, `${format} ${text}`);
  }
});

Deno.test("describeFormat() names the bounds", () => {
  assert.equal(describeFormat({ type: "text", template: true, format: "integer", min: 0 }), "a whole number from 0 on");
  assert.equal(describeFormat({ type: "text", template: true, format: "integer", max: 9 }), "a whole number up to 9");
  assert.equal(describeFormat({ type: "text", template: true, format: "port" }), "a port number from 1 to 65535");
  assert.equal(describeFormat({ type: "text", template: true }), "text");
});

Deno.test("formatHint() says how a quantity in bytes is written", () => {
  const hint = (text: string) => formatHint({ type: "text", template: true, format: "quantity" }, text);
  assert.equal(hint("512MB"), 'write "512Mi", or "512M" for powers of ten');
  assert.equal(hint("1.5 Gib"), 'write "1.5Gi", or "1.5G" for powers of ten');
  assert.equal(hint("64kb"), 'write "64Ki", or "64k" for powers of ten');
  for (const text of ["100mm", "a lot", ""]) assert.equal(hint(text), undefined, text);
});
