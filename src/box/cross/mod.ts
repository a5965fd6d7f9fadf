/** What boxes observe of each other: published by the source, kept by the reader. */
export { CrossPublisher } from "./publisher.ts";
export { CrossReader } from "./reader.ts";
export { CrossSender } from "./sender.ts";
export { type CrossChange, CrossTable } from "./table.ts";
export {
  type CrossEntry,
  type CrossLink,
  type CrossSession,
  type CrossUpdate,
  maxObjectBytes,
  maxObjects,
  maxTotalBytes,
} from "./update.ts";
