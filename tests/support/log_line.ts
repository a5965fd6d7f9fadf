import assert from "node:assert/strict";
import { type FieldType, logEvents } from "../../src/observe/log_events.ts";

const catalogue: Readonly<Record<string, Readonly<Record<string, FieldType>>>> = logEvents;

const isOf: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  flag: (value) => typeof value === "boolean",
  texts: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  map: (value) =>
    typeof value === "object" && value !== null && Object.values(value).every((item) => typeof item === "string"),
};

/** Asserts that a line of a log is as the catalogue says: its event is known, and so are its fields and their types. */
export function assertLogLine(line: string): void {
  const { time, level, event, message, ...fields } = JSON.parse(line);
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, line);
  assert.match(level, /^(?:debug|info|warn|error)$/, line);
  assert.equal(typeof message, "string", line);
  const known = catalogue[event];
  assert.ok(known, `An event that the catalogue does not have: ${line}`);
  for (const [key, value] of Object.entries(fields)) {
    const type = known[key];
    assert.ok(type, `A field "${key}" that the catalogue does not have: ${line}`);
    assert.ok(isOf[type.replace("?", "")]!(value), `The field "${key}" is no ${type}: ${line}`);
  }
  for (const [key, type] of Object.entries(known)) {
    if (!type.endsWith("?")) assert.ok(Object.hasOwn(fields, key), `No field "${key}": ${line}`);
  }
}
