import assert from "node:assert/strict";
import { parseAddress, whyNotCalled } from "./address.ts";

const table: [address: string, calledFrom: "always" | "literal host" | "literal address" | "never"][] = [
  ["10.0.0.1", "always"],
  ["8.8.8.8", "always"],
  ["2001:db8::1", "always"],
  ["fd12::1", "always"],
  ["127.0.0.1", "literal host"],
  ["127.9.9.9", "literal host"],
  ["::1", "literal host"],
  ["::ffff:127.0.0.1", "literal host"],
  ["169.254.169.254", "literal address"],
  ["169.254.0.1", "literal address"],
  ["fe80::1%eth0", "literal address"],
  ["febf::1", "literal address"],
  ["::ffff:169.254.169.254", "literal address"],
  ["::ffff:a9fe:a9fe", "literal address"],
  ["::169.254.169.254", "literal address"],
  ["64:ff9b::a9fe:a9fe", "literal address"],
  ["2002:a9fe:a9fe::1", "literal address"],
  ["fd00:ec2::254", "literal address"],
  ["100.100.100.200", "literal address"],
  ["0.0.0.0", "never"],
  ["::", "never"],
  ["::ffff:0.0.0.0", "never"],
  ["224.0.0.1", "never"],
  ["255.255.255.255", "never"],
  ["ff02::1", "never"],
];

for (const [address, expected] of table) {
  Deno.test(`whyNotCalled(): ${address} is called ${expected}`, () => {
    const parsed = parseAddress(address)!;
    const levels = [
      { hostIsLiteral: false, addressIsLiteral: false },
      { hostIsLiteral: true, addressIsLiteral: false },
      { hostIsLiteral: true, addressIsLiteral: true },
    ];
    const called = levels.findIndex((level) => whyNotCalled(parsed, level) === undefined);
    assert.equal(["always", "literal host", "literal address"][called] ?? "never", expected);
  });
}

Deno.test("parseAddress() takes addresses alone", () => {
  for (
    const text of ["", "a", "1.2.3", "1.2.3.256", "1:2", "1::2::3", ":::", "1:2:3:4:5:6:7:8:9", "::1.2.3.999", "g::"]
  ) {
    assert.equal(parseAddress(text), undefined, text);
  }
  assert.deepEqual([...parseAddress("[1:2::ff]")!], [0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255]);
  assert.deepEqual([...parseAddress("1.2.3.4")!], [1, 2, 3, 4]);
});
