/** Whether conversion loses nothing: objects are made from the schemas, converted there and back, and compared. */
export { proveRoundTrips } from "./prove.ts";
export { sampleValues } from "./sample_values.ts";
