import assert from "node:assert/strict";
import { logEvents } from "../../src/observe/log_events.ts";
import { isTest, projectRoot, sourceFiles } from "../architecture/paths.ts";

const text = Deno.readTextFileSync(`${projectRoot}/docs/logs.md`);
const sources = sourceFiles(["src"]).filter((path) => !isTest(path) && !path.endsWith("observe/log_events.ts"))
  .map((path) => Deno.readTextFileSync(`${projectRoot}/${path}`));

Deno.test("docs/logs.md has every event of the log with its fields and their types, and no other", () => {
  const rows = [
    ...text.matchAll(/^\| `([a-z]+\.[a-z]+)` +\| ((?:`(?:error|warn|info|debug)`(?:, )?)+) +\| \S.*? +\| (.*?) *\|$/gm),
  ];
  const documented = rows.map(([, event, , fields]) => [
    event,
    fields === "none" ? [] : fields!.split(", ").map((field) => {
      const [, name, optional, type = "text"] = /^`(\w+)`(\?)?(?: (number|flag|texts|map))?$/.exec(field) ??
        assert.fail(`${event}: ${field}`);
      return [name, `${type}${optional ?? ""}`];
    }),
  ]);
  assert.deepEqual(documented, Object.entries(logEvents).map(([event, fields]) => [event, Object.entries(fields)]));
});

Deno.test("every event of the catalogue is logged somewhere", () => {
  const unused = Object.keys(logEvents).filter((event) => !sources.some((source) => source.includes(`"${event}"`)));
  assert.deepEqual(unused, []);
});

Deno.test("docs/logs.md shows a line as it is written", () => {
  const shown = JSON.parse(/^```json\n(.*?)^```$/ms.exec(text)![1]!);
  const [time, level, event, message] = Object.keys(shown);
  assert.deepEqual([time, level, event, message], ["time", "level", "event", "message"]);
  const known: Readonly<Record<string, string>> = logEvents["pass.ended"];
  assert.deepEqual(Object.keys(shown).slice(4).filter((key) => known[key] === undefined), []);
});
