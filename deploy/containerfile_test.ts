import assert from "node:assert/strict";
import { binaries } from "./binaries.ts";
import { imageOf, readContainerfile } from "./containerfile.ts";

const folder = new URL("./images/", import.meta.url);
const read = (name: string): string => Deno.readTextFileSync(new URL(`Containerfile.${name}`, folder));

Deno.test("each binary has an image with it alone, for a user who is not root, and without a shell", () => {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assert.deepEqual(names, ["Containerfile.gateway", "Containerfile.ork", "Containerfile.runtime"]);
  for (const { name } of binaries) {
    const { user, group, entrypoint, files } = imageOf(read(name.replace(/^ork-/, "")));
    assert.deepEqual({ user, group }, { user: 65532, group: 65532 }, name);
    assert.deepEqual(entrypoint, [`/usr/bin/${name}`]);
    assert.deepEqual(files, [
      { from: `build/${name}`, to: `/usr/bin/${name}`, mode: 0o755 },
      { from: "LICENSE", to: "/usr/share/doc/ork/LICENSE", mode: 0o644 },
      { from: "build/THIRD_PARTY_NOTICES.txt", to: "/usr/share/doc/ork/THIRD_PARTY_NOTICES.txt", mode: 0o644 },
    ]);
  }
});

Deno.test("what images copy is in the context, and nothing else is", () => {
  const lines = Deno.readTextFileSync(new URL("../.dockerignore", import.meta.url)).split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const copied = binaries.flatMap(({ name }) => imageOf(read(name.replace(/^ork-/, ""))).files);
  assert.equal(lines[0], "*");
  assert.deepEqual(lines.slice(1).sort(), [...new Set(copied.map(({ from }) => `!${from}`))].sort());
});

Deno.test("imageOf() refuses what would make an image less safe", () => {
  const text = read("runtime");
  const refused = (from: string | RegExp, to: string, message: RegExp) => {
    const changed = text.replace(from, to);
    assert.notEqual(changed, text);
    assert.throws(() => imageOf(changed), message);
  };
  refused("USER 65532:65532", "USER 0:65532", /USER is no UID:GID above 0/);
  refused("USER 65532:65532", "USER nonroot", /USER is no UID:GID above 0/);
  refused("USER 65532:65532\n", "", /USER is there 0 times/);
  refused(/ENTRYPOINT .*/, "ENTRYPOINT /usr/bin/ork-runtime", /ENTRYPOINT is no list/);
  refused("COPY --chmod=0755", "ADD --chmod=0755", /Line 10: ADD has no place here/);
  refused("USER", "RUN apt-get update\nUSER", /RUN has no place here/);
  refused("FROM ${BASE}", "FROM debian:latest", /FROM names no argument/);
  refused("ARG BASE", "ARG BASE=debian:latest", /BASE is no argument without a default/);
  refused("--chmod=0755 ", "", /COPY takes --chmod/);
});

Deno.test("readContainerfile() joins continued lines and names the line of what is none", () => {
  assert.deepEqual(readContainerfile('# c\nLABEL a="1" \\\n  # c\n  b="2"\nUSER 1:1\n'), [
    { name: "LABEL", text: 'a="1" b="2"', line: 2 },
    { name: "USER", text: "1:1", line: 5 },
  ]);
  assert.throws(() => readContainerfile("USER 1:1\nuser 2:2"), /Line 2 is no instruction/);
  assert.throws(() => readContainerfile("LABEL a \\\n"), /Line 1 is continued/);
});
