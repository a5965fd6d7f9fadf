import { listOf, word } from "./fields.ts";

export const accessModesField = listOf(
  "Who may mount it; ReadWriteOnce when absent",
  word("An access mode", ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]),
);
