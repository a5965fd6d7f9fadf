import { parseJson } from "../../base/json.ts";
import type { Budget } from "../budget.ts";
import { isMapValue, type Value, type ValueMap } from "../values.ts";
import { numberArgument, readNumber, textArgument } from "./arguments.ts";
import { define, type LibraryFunction } from "./function.ts";
import { at } from "./kubernetes_object.ts";

const domain = "Prometheus";

/** Functions on the result of a query, `.external.<name>`, of Prometheus' HTTP API. */
export const prometheus: readonly LibraryFunction[] = [
  define(
    domain,
    "promValue(result)",
    "The value of the first series as text, empty when there is none",
    ([result], budget) => {
      return valuesOf(result, budget)[0] ?? "";
    },
  ),
  define(domain, "promSum(result)", "The sum of all series as text", ([result], budget) => {
    return String(numbers(result, budget).reduce((sum, value) => sum + value, 0));
  }),
  define(domain, "promMax(result)", "The largest value as text, empty when there is none", ([result], budget) => {
    const all = numbers(result, budget);
    return all.length === 0 ? "" : String(all.reduce((max, value) => Math.max(max, value)));
  }),
  define(domain, "promSeriesCount(result)", "How many series there are, as text", ([result], budget) => {
    return String(seriesOf(result, budget).length);
  }),
  define(domain, "promLabelValues(result, label)", "The values of a label, each once", ([result, label], budget) => {
    const key = textArgument(label, budget);
    const values = seriesOf(result, budget).map((series) => at(series, "metric", key)).filter((value) =>
      typeof value === "string"
    );
    return [...new Set(values)].join(", ");
  }),
  above("promAboveThreshold", "above", (value, threshold) => value > threshold),
  above("promBelowThreshold", "below", (value, threshold) => value < threshold),
];

function above(name: string, word: string, holds: (value: number, threshold: number) => boolean): LibraryFunction {
  return define(
    domain,
    `${name}(result, number)`,
    `"true" or "false": whether the first value is ${word} the number`,
    ([result, number], budget) => {
      const [first] = numbers(result, budget);
      const threshold = numberArgument(number);
      return String(
        first !== undefined && holds(first, "integer" in threshold ? Number(threshold.integer) : threshold.fraction),
      );
    },
  );
}

/** The series of the response: `data.result`, of a vector, a matrix, or a single scalar. */
function seriesOf(result: Value, budget: Budget): ValueMap[] {
  const parsed = at(result, "json") ?? at(result, "data") ?? bodyOf(result, budget);
  const data = isMapValue(at(parsed, "data")) ? at(parsed, "data") : parsed;
  const found = at(data, "result");
  if (!Array.isArray(found)) return [];
  budget.spend(found.length);
  if (at(data, "resultType") === "scalar") return [{ metric: {}, value: found }];
  return found.filter(isMapValue);
}

function bodyOf(result: Value, budget: Budget): Value {
  const body = at(result, "body");
  if (typeof body !== "string") return undefined;
  budget.read(body.length * 8);
  try {
    return parseJson(body);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Of a matrix the newest sample. */
function valuesOf(result: Value, budget: Budget): string[] {
  return seriesOf(result, budget).map((series) => {
    const samples = series["values"];
    const sample = series["value"] ?? (Array.isArray(samples) ? samples.at(-1) : undefined);
    return Array.isArray(sample) ? textArgument(sample[1], budget) : "";
  }).filter((text) => text !== "");
}

function numbers(result: Value, budget: Budget): number[] {
  return valuesOf(result, budget).map((text) => {
    const number = readNumber(text);
    return number === undefined ? NaN : "integer" in number ? Number(number.integer) : number.fraction;
  }).filter((value) => !Number.isNaN(value));
}
