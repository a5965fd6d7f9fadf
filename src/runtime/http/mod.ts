/** The read-only HTTP API of a Runtime; who listens passes it the requests. */
export { httpApi, type HttpApiOptions } from "./app.ts";
export { type KatalogDocuments, katalogDocuments } from "./documents.ts";
export type { BuildInfo, ProcessUsage } from "./metrics_page.ts";
export { type KatalogFiles, ProcessState, type Served } from "./process_state.ts";
