/** The set of boxes: its settings, start, health, shutdown, and what is logged of them. */
export {
  type BuildInfo,
  httpApi,
  type HttpApiOptions,
  type KatalogDocuments,
  katalogDocuments,
  ProcessState,
  type ProcessUsage,
  type Served,
} from "./http/mod.ts";
export { type CrossSources, type CrossSourcesOptions, type RequestPage, startCrossSources } from "./cross/mod.ts";
export { logMessages } from "./report.ts";
export {
  type KatalogChange,
  type KatalogSource,
  katalogSource,
  type LoadedKatalog,
  type ReloadMode,
  watchKatalog,
  whyNotOperated,
} from "./katalog_watch.ts";
export { type Leadership, soleLeadership, startLeadership } from "./election/leadership.ts";
export { startSharedLeadership } from "./election/shared_leadership.ts";
export { type RunningBox, type Runtime, type RuntimeOptions, startRuntime } from "./runtime.ts";
export {
  httpLimitsOf,
  type Isolation,
  katalogSummary,
  type LeaseScope,
  type LogFormat,
  readSettings,
  type RunFlag,
  runFlags,
  type RunSettings,
  SettingError,
} from "./settings.ts";
