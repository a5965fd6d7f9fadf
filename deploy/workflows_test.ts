import assert from "node:assert/strict";
import { parse } from "yaml";
import { binaries } from "./binaries.ts";
import { sumsFile } from "./sums.ts";
import { provenanceFile } from "./verify.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly "timeout-minutes"?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = new URL("../.github/workflows/", import.meta.url);
const read = (name: string): string => Deno.readTextFileSync(new URL(name, folder));
const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const tasks = JSON.parse(Deno.readTextFileSync(new URL("../deno.json", import.meta.url))).tasks;

Deno.test("actions of workflows are the platform's own, pinned by commit, with the version beside it", () => {
  assert.deepEqual(names, ["ci.yaml", "release.yaml"]);
  for (const name of names) {
    const text = read(name);
    const uses = [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, each]) => each!);
    assert.ok(uses.length > 0);
    for (const each of uses) assert.match(each, /^actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, name);
    const pins = new Map<string, string>();
    for (const [action, pin] of uses.map((each) => each.split("@"))) {
      assert.equal(pins.get(action!) ?? pin, pin, `${name} has two pins of ${action}`);
      pins.set(action!, pin!);
    }
  }
});

Deno.test("workflows have no right that a job does not name, an end, and no text of others in a script", () => {
  for (const name of names) {
    const { permissions, jobs } = parse(read(name)) as Workflow;
    assert.ok(Object.values(permissions!).every((right) => right === "read"), name);
    for (const [job, { "timeout-minutes": timeout, permissions: rights = {}, steps }] of Object.entries(jobs)) {
      assert.ok(timeout !== undefined && timeout <= 60, `${name} ${job}`);
      if (name === "ci.yaml") assert.deepEqual(rights, {});
      for (const { uses, run, with: given } of steps) {
        // What a tag or a title says would be code there.
        assert.doesNotMatch(run ?? "", /\$\{\{/, `${name} ${job}`);
        if (uses?.startsWith("actions/checkout@")) assert.equal(given?.["persist-credentials"], false);
        for (const [, task] of (run ?? "").matchAll(/\bdeno task (\S+)/g)) assert.ok(task! in tasks, task);
      }
    }
  }
});

Deno.test("a release has every binary, checksums, and the signed provenance that verify() looks for", () => {
  const { jobs } = parse(read("release.yaml")) as Workflow;
  const script = (job: string) => jobs[job]!.steps.map(({ run }) => run ?? "").join("\n");
  const copied = /for name in (.*); do cp/.exec(script("build"))![1]!.split(" ");
  assert.deepEqual(copied.sort(), binaries.map(({ name }) => name).sort());
  assert.match(script("publish"), new RegExp(`release/${RegExp.escape(provenanceFile)}`));
  assert.match(script("publish"), new RegExp(`sha256sum .* > \\.\\./${sumsFile}`));
  const attested = jobs["publish"]!.steps.filter(({ uses }) => uses?.includes("/attest-"));
  assert.deepEqual(attested.map((step) => step.with?.["subject-checksums"]), [
    `release/${sumsFile}`,
    `release/${sumsFile}`,
  ]);
  assert.deepEqual(jobs["publish"]!.permissions, { contents: "write", "id-token": "write", attestations: "write" });
  assert.deepEqual(jobs["build"]!.permissions, { contents: "read" });
});
