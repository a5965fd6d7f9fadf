import { type BoxPlan, crossSourcesOf } from "../plan/mod.ts";

/** What crosses the network besides requests to the API server, line by line. */
export function crossLines(box: BoxPlan): string[] {
  const sources = crossSourcesOf([box]).map(({ key, auth }) => `${key}${auth === undefined ? "" : " (with a token)"}`);
  return [
    ...sources.length === 0 ? [] : [`${box.name}: reads of other Runtimes: ${sources.join(", ")}`],
    ...box.crossServed === true && box.endpoints.info
      ? [`${box.name}: every client of the HTTP API can read its objects, specs included (crossAccess: true)`]
      : [],
  ];
}
