/** A file as it was read: the caller does the reading. */
export interface SourceFile {
  /** As it is to be shown in messages; paths inside the file are relative to its folder. */
  readonly path: string;
  readonly bytes: Uint8Array;
}
