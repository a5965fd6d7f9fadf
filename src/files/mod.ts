/** What a command line names: files, folders and standard input. */
export {
  type FileReader,
  katalogPathVariable,
  namedFiles,
  readFiles,
  readKatalogs,
  type ReadSources,
} from "./sources.ts";
export { systemFiles } from "./system_files.ts";
export { RecordingReader, watchFiles } from "./file_watch.ts";
