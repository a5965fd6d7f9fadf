/** Whether conversion loses nothing: objects are made from the schemas, converted there and back, and compared. */
export { asStored } from "./as_stored.ts";
export { findLoss } from "./loss.ts";
export { proveRoundTrips } from "./prove.ts";
export { sampleValues } from "./sample_values.ts";
