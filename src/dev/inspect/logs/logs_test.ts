import assert from "node:assert/strict";
import { realClock } from "../../../../tests/support/clock.ts";
import { LogServer } from "../../../../tests/support/log_server.ts";
import { waitFor } from "../../../../tests/support/wait_for.ts";
import { createClusterApi } from "../../../cluster/mod.ts";
import { createPodLogReader } from "../../../cluster/pod_log.ts";
import { UsageError } from "../../usage_error.ts";
import { InspectError } from "../inspect_error.ts";
import { logs, type LogsOptions, type LogsPorts } from "./logs.ts";

const cluster = { server: "http://double", auth: { kind: "none" }, source: "test" } as const;

/** `ork logs` that runs. */
interface Shown extends AsyncDisposable {
  readonly out: string[];
  readonly err: string[];
  readonly ended: Promise<number>;
  /** A signal comes. */
  stop(): void;
}

function show(
  server: LogServer,
  options: Partial<LogsOptions> = {},
  { files = {} }: { readonly files?: Readonly<Record<string, string>> } = {},
): Shown {
  const out: string[] = [];
  const err: string[] = [];
  const stop = Promise.withResolvers<string>();
  const common = { userAgent: "ork/test", clock: realClock, fetch: server.fetch };
  const unexpected = () => {
    throw new Error("No port was to be forwarded");
  };
  const ports: LogsPorts = {
    clock: realClock,
    env: () => undefined,
    findCluster: () => Promise.resolve(cluster),
    connect: () => createClusterApi(cluster, { ...common, random: () => 0.5 }),
    podLogs: () => createPodLogReader(cluster, common),
    forward: unexpected,
    until: () => stop.promise,
    openStream: (path) => {
      const text = files[path];
      if (text === undefined) return Promise.reject(new Deno.errors.NotFound("No such file"));
      return Promise.resolve(new Blob([text]).stream());
    },
  };
  const terminal = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    colour: false,
  };
  const all: LogsOptions = { files: [], follow: false, pods: [], output: "text", ...options };
  const ended = logs(all, terminal, ports);
  return {
    ...{ out, err, ended },
    stop: () => stop.resolve("SIGINT"),
    async [Symbol.asyncDispose]() {
      stop.resolve("SIGINT");
      await ended;
    },
  };
}

const day = "2026-01-02T03:04:";

/** A line of a process at this second. */
function record(second: string, message: string, fields: Record<string, unknown> = {}): string {
  return JSON.stringify({ time: `${day}${second}Z`, level: "info", event: "box.note", message, ...fields });
}

Deno.test("ork logs merges the logs of all Pods by time, and names them", async () => {
  const server = new LogServer();
  for (const name of ["a", "b"]) server.add(name);
  server.write("a", `${day}01.0Z`, record("01.000", "one"));
  server.write("b", `${day}02.0Z`, record("02.000", "two"));
  server.write("a", `${day}03.0Z`, record("03.000", "three"));
  server.write("a", `${day}03.5Z`, "error: not one of ours");
  server.write("b", `${day}03.6Z`, record("03.600", "four\x1b[2J", { level: "error", stack: "Error\n  at x" }));
  const shown = show(server);
  assert.equal(await shown.ended, 0);
  assert.deepEqual(shown.out, [
    "03:04:01.000 a one",
    "03:04:02.000 b two",
    "03:04:03.000 a three",
    "03:04:03.500 a error: not one of ours",
    "03:04:03.600 b error: four\\x1b[2J\nError\n  at x",
  ]);
  const asked = server.requests.find((request) => request.includes("/pods/a/log"));
  assert.match(asked!, /container=ork/, "a container of a mesh is none of ours");
  assert.match(server.requests[0]!, /labelSelector=.*component\+in\+%28runtime%2Cgateway%29/);
});

Deno.test("ork logs -f follows Pods that are there, Pods that come later, and containers that start again", async () => {
  const server = new LogServer();
  server.add("a");
  server.write("a", `${day}01.12Z`, record("01.120", "first"));
  await using shown = show(server, { follow: true, output: "json" });
  const messages = () => shown.out.map((line) => JSON.parse(line)).map(({ source, message }) => `${source} ${message}`);
  await waitFor("what is there is shown", () => messages().length === 1);

  server.add("late", { running: false });
  server.write("late", `${day}02.0Z`, record("02.000", "of a late Pod"));
  server.start("late");
  await waitFor("the late Pod is followed", () => messages().includes("late of a late Pod"), { timeoutMs: 10_000 });

  // It breaks off within a second: what comes again is not shown again, what is new is.
  server.breakOff("a");
  server.write("a", `${day}01.123Z`, record("01.123", "within the second"));
  await waitFor("it is followed again", () => messages().includes("a within the second"), { timeoutMs: 10_000 });
  server.restart("a");
  server.write("a", `${day}05.0Z`, record("05.000", "of the next container"));
  await waitFor("the next container is followed", () => messages().includes("a of the next container"), {
    timeoutMs: 10_000,
  });
  server.remove("late");
  await waitFor("nobody follows a Pod that is gone", () => server.followers === 1, { timeoutMs: 10_000 });
  shown.stop();
  assert.equal(await shown.ended, 0);
  assert.deepEqual(messages(), ["a first", "late of a late Pod", "a within the second", "a of the next container"]);
  assert.equal(server.followers, 0);
});

Deno.test("ork logs shows what was asked for: operator, custom resource, pass, level, time", async () => {
  const server = new LogServer();
  server.add("a");
  const lines = [
    record("01.000", "a pass", { box: "web", key: "shop/hello", pass: "r-1", level: "error" }),
    record("02.000", "a review", { crd: "web", name: "hello", namespace: "shop" }),
    record("03.000", "another", { box: "db", key: "shop/other", pass: "r-2", level: "debug" }),
    record("04.000", "cluster-scoped", { box: "db", key: "eu", pass: "r-3" }),
    "no record",
  ];
  lines.forEach((line, second) => server.write("a", `${day}0${second + 1}.0Z`, line));
  const messages = async (options: Partial<LogsOptions>) => {
    const shown = show(server, { ...options, output: "json" });
    await shown.ended;
    return shown.out.map((line) => JSON.parse(line).message);
  };
  assert.deepEqual(await messages({ box: "web" }), ["a pass", "a review"]);
  assert.deepEqual(await messages({ cr: "shop/hello" }), ["a pass", "a review"]);
  assert.deepEqual(await messages({ cr: "eu" }), ["cluster-scoped"]);
  assert.deepEqual(await messages({ pass: "r-2" }), ["another"]);
  assert.deepEqual(await messages({ level: "info" }), ["a pass", "a review", "cluster-scoped", "no record"]);
  assert.deepEqual(await messages({ level: "error" }), ["a pass", "no record"]);
  const sinceMs = Date.now() - Date.parse(`${day}03.500Z`);
  assert.deepEqual(await messages({ sinceMs }), ["cluster-scoped", "no record"]);
  assert.match(server.requests.at(-1)!, /sinceTime=2026-01-02T03%3A04%3A03/);
});

Deno.test("ork logs reads files and standard input, and merges them", async () => {
  const files = {
    "a.log": `${record("01.000", "one")}\r\n${record("04.000", "four")}`,
    "-": `Check file:///main.ts\n${record("02.000", "two")}\n\n${record("03.000", "three")}\n  at stack\n`,
  };
  const shown = show(new LogServer(), { files: ["a.log", "-"] }, { files });
  assert.equal(await shown.ended, 0);
  assert.deepEqual(shown.out.map((line) => line.replace(/^\S+ /, "")), [
    "stdin Check file:///main.ts",
    "a.log one",
    "stdin two",
    "stdin three",
    "stdin   at stack",
    "a.log four",
  ]);
  await assert.rejects(show(new LogServer(), { files: ["none.log"] }).ended, /Cannot read none\.log: No such file/);
  await assert.rejects(show(new LogServer(), { files: ["a.log"], follow: true }).ended, UsageError);
});

Deno.test("ork logs says what keeps it from reading", async () => {
  const empty = new LogServer();
  await assert.rejects(show(empty).ended, (error: Error) => {
    assert.ok(error instanceof InspectError);
    assert.match(error.message, /no Pod with app\.kubernetes\.io\/name=orkestra.* in namespace orkestra-system/);
    return true;
  });
  const refusing = new LogServer();
  refusing.add("a");
  refusing.refuses = 403;
  const shown = show(refusing);
  assert.equal(await shown.ended, 0);
  assert.match(
    shown.err.join("\n"),
    /Cannot read the log of Pod a: .*needs get, list and watch of pods, and get of pods\/log/,
  );
  await assert.rejects(show(refusing, { pods: ["other"] }).ended, /There is no Pod other in namespace/);
});
