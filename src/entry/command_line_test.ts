import assert from "node:assert/strict";
import { main as gateway } from "./gateway.ts";
import {
  type Command,
  debugLevel,
  debugSwitch,
  katalogFiles,
  type Options,
  type Program,
  readOptions,
  runProgram,
  UsageError,
} from "./command_line.ts";
import { version } from "./version.ts";

const run: Command = {
  name: "run",
  alias: "start",
  summary: "Run a Katalog",
  options: [
    { name: "file", short: "f", value: "FILE", repeated: true, summary: "A Katalog" },
    { name: "kubeconfig", value: "FILE", summary: "Where the cluster is" },
    { name: "verbose", short: "v", summary: "Say more" },
  ],
  examples: ["thing run -f katalog.yaml"],
  run: (options) => options.on("verbose") ? 1 : 0,
};

const program: Program = { binary: "thing", summary: "Does things", commands: [run] };

/** What a program printed and its exit code. */
async function outcome(start: (output: { out(text: string): void; err(text: string): void }) => Promise<number>) {
  let [out, err] = ["", ""];
  const code = await start({ out: (text) => out += `${text}\n`, err: (text) => err += `${text}\n` });
  return { code, out, err };
}

const runThing = (...args: string[]) => outcome((output) => runProgram(program, args, output));

Deno.test("runProgram() runs the named command and returns its exit code", async () => {
  assert.deepEqual(await runThing("run", "-f", "a.yaml"), { code: 0, out: "", err: "" });
  assert.deepEqual(await runThing("run", "-v"), { code: 1, out: "", err: "" });
  assert.deepEqual(await runThing("start", "-v"), { code: 1, out: "", err: "" });
});

Deno.test("--debug is a log level where none is given", () => {
  const command = { ...run, options: [{ name: "log-level", value: "LEVEL", summary: "" }, debugSwitch] };
  const levelOf = (...args: string[]) => {
    const options = readOptions(command, args);
    return options.one("log-level") ?? debugLevel(options, "log-level");
  };
  assert.deepEqual([levelOf(), levelOf("--debug"), levelOf("--debug", "--log-level=warn")], [
    undefined,
    "debug",
    "warn",
  ]);
  assert.equal(debugLevel(readOptions(command, ["--debug"]), "log-format"), undefined);
});

Deno.test("runProgram() returns 2 and names the nearest command when it knows none of that name", async () => {
  const { code, out, err } = await runThing("rum");
  assert.deepEqual({ code, out }, { code: 2, out: "" });
  assert.equal(err, `thing: Unknown command "rum": did you mean "run"?\nRun "thing --help" to see what is possible\n`);
  assert.match((await runThing("validate")).err, /^thing: Unknown command "validate"\n/);
});

Deno.test("runProgram() without a command prints the help as an error, with --help as output", async () => {
  const bare = await runThing();
  assert.equal(bare.code, 2);
  assert.match(bare.err, /Usage: thing COMMAND/);
  for (const flag of ["--help", "-h", "help"]) {
    const { code, out } = await runThing(flag);
    assert.equal(code, 0);
    assert.match(out, /Examples:\n {2}thing run -f katalog\.yaml/);
  }
});

Deno.test("runProgram() prints a command's options and examples for --help, wherever it stands", async () => {
  const { code, out } = await runThing("run", "-f", "a", "--help");
  assert.equal(code, 0);
  assert.match(out, /-f, --file FILE … {2,}A Katalog/);
  assert.match(out, /Examples:\n {2}thing run/);
});

Deno.test("runProgram() wraps help that is long", async () => {
  const long: Command = { ...run, options: [{ name: "a", summary: "word ".repeat(40).trim() }] };
  const { out } = await outcome((output) => runProgram({ ...program, commands: [long] }, ["run", "--help"], output));
  assert.ok(out.split("\n").every((line) => line.length <= 100), out);
  assert.equal(out.match(/word/g)?.length, 40);
  assert.match(out, /^ {6}--a {5}word[ word]+\n {14}word/m);
});

const read = (...args: string[]): Options => readOptions(run, args);

Deno.test("readOptions() reads long, short, joined and repeated options", () => {
  assert.deepEqual(read("-f", "a", "--file", "b", "--file=c", "-fd").all("file"), ["a", "b", "c", "d"]);
  assert.equal(read("--kubeconfig=-odd").one("kubeconfig"), "-odd");
  assert.equal(read("-f", "-").one("file"), "-");
  assert.deepEqual([read().on("verbose"), read("-v").on("verbose"), read().one("file")], [false, true, undefined]);
});

Deno.test("readOptions() takes arguments for the option that they may stand for, and in its order", async () => {
  const lax: Command = { ...run, positional: "file" };
  assert.deepEqual(readOptions(lax, ["a", "-f", "b", "-v", "-", "--", "-d"]).all("file"), ["a", "b", "-", "-d"]);
  assert.throws(() => readOptions(run, ["--", "a"]), /Unexpected argument "a"/);
  const { out } = await outcome((output) => runProgram({ ...program, commands: [lax] }, ["run", "--help"], output));
  assert.match(out, /^Usage: thing run \[OPTIONS\] \[FILE …\]$/m);
});

Deno.test("readOptions() reads an option that may stand without its value, and takes no argument for it", () => {
  const options = [{ name: "reload", value: "BOOL", bare: "true", summary: "" }, ...run.options];
  const lax: Command = { ...run, positional: "file", options };
  const given = readOptions(lax, ["--reload", "a.yaml"]);
  assert.deepEqual([given.one("reload"), given.all("file")], ["true", ["a.yaml"]]);
  assert.equal(readOptions(lax, ["--reload=false"]).one("reload"), "false");
  assert.throws(() => readOptions(lax, ["--reload", "--reload"]), /"--reload" is given twice/);
});

Deno.test("readOptions() refuses what makes no sense and says what to change", () => {
  const refused: [string[], RegExp][] = [
    [["--flie", "a"], /Unknown option "--flie": did you mean "--file"\?/],
    [["-x"], /Unknown option "-x"/],
    [["a.yaml"], /Unexpected argument "a\.yaml"/],
    [["-f"], /"--file" needs a value: --file FILE/],
    [["-f", "--verbose"], /"--file" needs a value/],
    [["--verbose=yes"], /"--verbose" takes no value/],
    [["--kubeconfig", "a", "--kubeconfig", "b"], /"--kubeconfig" is given twice/],
    [["--__proto__", "a"], /Unknown option "--__proto__"/],
  ];
  for (const [args, message] of refused) {
    assert.throws(() => read(...args), (error) => error instanceof UsageError && message.test(error.message));
  }
});

Deno.test("the Gateway prints its version and refuses everything else", async () => {
  const asked = await outcome((output) => gateway(["version"], output));
  assert.equal(asked.code, 0);
  assert.ok(asked.out.startsWith(`ork-gateway ${version} (`), asked.out);
  for (const command of ["run", "validate", "init", "template"]) {
    const { code, err } = await outcome((output) => gateway([command], output));
    assert.equal(code, 2);
    assert.match(err, new RegExp(`Unknown command "${command}"`));
  }
});

Deno.test("an option for files that names none, as of an unset variable, is wrong usage; no option at all is not", () => {
  assert.deepEqual(katalogFiles([]), []);
  assert.deepEqual(katalogFiles(["a,b", "", "c"]), ["a", "b", "c"]);
  for (const given of [[""], [","], ["", ""]]) {
    assert.throws(() => katalogFiles(given), new UsageError('Option "--file" names no file'));
  }
});
