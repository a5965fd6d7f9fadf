/**
 * The only folder that talks to Kubernetes. What finds a cluster reads YAML and has an entry point of its own:
 * `load.ts`.
 */
export { randomBytes } from "./random_bytes.ts";
export {
  ApiError,
  type CallError,
  isAlreadyExists,
  isCallError,
  isConflict,
  isDenied,
  isMissingType,
  isNotFound,
  NetworkError,
  ResponseTooLargeError,
} from "./api_error.ts";
export { type ApplyGuard, isAlreadyThere, isGone, isOtherObject, isOtherUid } from "./apply_guard.ts";
export { type CallBudget, defaultBudget } from "./budget.ts";
export { type ClientOptions, createClusterApi } from "./client.ts";
export { type ClusterConfig, ConfigError, type ExecCredential } from "./config.ts";
export { confirmMs, discoverAll, discoverKinds, discoverTwice, discoverType } from "./discovery.ts";
export { type Fence, FencedError } from "./fence.ts";
export { Semaphore } from "./semaphore.ts";
export { SharedFence } from "./shared_fence.ts";
export { microTime } from "./event_body.ts";
export { createEventRecorder, type EventRecorder } from "./events.ts";
export { type ListPage, listPage } from "./list.ts";
export { type Informer, startInformer } from "./informer.ts";
export { createTokenIssuer, type TokenIssuer } from "./token_issuer.ts";
export { TokenBucket } from "./token_bucket.ts";
export { deduplicateWarnings } from "./warnings.ts";
export { sleep } from "./sleep.ts";
