/** HTTP calls that a Katalog declares: what may be called, with which bounds, and what came of it. */
export { readCredential } from "./credential.ts";
export {
  type CallOptions,
  type HttpCaller,
  httpCaller,
  type HttpCallerOptions,
  type SendRequest,
} from "./http_caller.ts";
export { lookupAddresses, sendRequest } from "./send.ts";
