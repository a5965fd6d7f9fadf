/** Listening over HTTP, with bounds on what clients can hold. */
export { acceptAll, closeConnection } from "./accept.ts";
export { type FrontOptions, type Handler, HttpFront, type Inlet, type Peer } from "./http_front.ts";
export type { ConnectionLimits } from "./connection.ts";
export { jsonResponse } from "./json_response.ts";
export { type Host, listen, ListenError } from "./listen.ts";
export { parsePort } from "./port.ts";
export { type HttpServer, serveHttp, type ServeOptions } from "./serve_http.ts";
