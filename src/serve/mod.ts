/** Listening over HTTP, with bounds on what clients can hold. */
export { type HttpServer, ListenError, serveHttp, type ServeOptions } from "./serve_http.ts";
