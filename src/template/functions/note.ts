import { Failure } from "../failure.ts";
import { define, type LibraryFunction } from "./function.ts";

/** What the name of a note is short for; compiled for itself, since it runs a part of the template. */
export const note: readonly LibraryFunction[] = [
  define(
    "Notes",
    "note(name, data)",
    "The result of a note: a boolean where it is true or false, else its text",
    () => {
      throw new Failure("the name of a note has to be written out");
    },
  ),
];
