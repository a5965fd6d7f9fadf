import assert from "node:assert/strict";
import { OptionError, parseOptions } from "./options.ts";

const standards = { minutes: 60, isolation: "cells" };

Deno.test("parseOptions() reads numbers and texts, and keeps what is not given as it is", () => {
  assert.deepEqual(parseOptions([], standards), standards);
  assert.deepEqual(parseOptions(["--minutes", "5"], standards), { minutes: 5, isolation: "cells" });
  assert.deepEqual(parseOptions(["--isolation", "shared"], standards), { minutes: 60, isolation: "shared" });
});

Deno.test("parseOptions() reads a flag, which has no value", () => {
  const flagged = { direct: false, minutes: 60 };
  assert.deepEqual(parseOptions(["--direct", "--minutes", "5"], flagged), { direct: true, minutes: 5 });
  assert.deepEqual(parseOptions(["--minutes", "5", "--direct"], flagged), { direct: true, minutes: 5 });
  assert.deepEqual(parseOptions([], flagged), flagged);
  assert.throws(() => parseOptions(["--direct", "yes"], flagged), OptionError);
});

const wrong: [args: string, message: RegExp][] = [
  ["--minutes 0", /^Cannot use "0" as --minutes: give a whole number from 1 to 4294967295$/],
  ["--minutes 0.5", /^Cannot use "0\.5" as --minutes/],
  ["--minutes -1", /^Cannot use "-1" as --minutes/],
  ["--minutes ten", /^Cannot use "ten" as --minutes/],
  ["--minutes 99999999999", /^Cannot use "99999999999" as --minutes/],
  ["--minutes", /^Option "--minutes" needs a value$/],
  ["--minute 5", /^Unknown option "--minute": use --minutes, --isolation$/],
  ["minutes 5", /^Unknown option "minutes"/],
  ["--toString 5", /^Unknown option "--toString"/],
];
for (const [args, message] of wrong) {
  Deno.test(`parseOptions() refuses ${args}`, () => {
    assert.throws(
      () => parseOptions(args.split(" "), standards),
      (error) => error instanceof OptionError && message.test(error.message),
    );
  });
}
