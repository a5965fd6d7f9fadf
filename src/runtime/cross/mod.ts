/** What boxes observe of each other: in this process, and of other Runtimes over their HTTP API. */
export { CrossHub } from "./hub.ts";
export { type CrossPage, ObservedSource } from "./observed_source.ts";
export { printPage } from "./page.ts";
export type { RequestPage } from "./request_page.ts";
export { type CrossSources, type CrossSourcesOptions, startCrossSources } from "./sources.ts";
