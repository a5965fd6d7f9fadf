import { errorByText, errorMessage, silentCatch, typedError } from "./lint/errors.ts";
import { globalFence, pureIsSynchronous } from "./lint/fences.ts";
import { fileName, hashPrivate, maxAndMin, noEnum, testSentence } from "./lint/names.ts";
import { ownWords, plainEnglish } from "./lint/words.ts";

/**
 * House rules that a reviewer would otherwise repeat; `deno lint` reports them as `ork/<rule>`. An exception is
 * written as `// deno-lint-ignore ork/<rule> -- why`.
 */
const plugin: Deno.lint.Plugin = {
  name: "ork",
  rules: {
    "error-by-text": errorByText,
    "error-message": errorMessage,
    "file-name": fileName,
    "global-fence": globalFence,
    "hash-private": hashPrivate,
    "max-and-min": maxAndMin,
    "no-enum": noEnum,
    "own-words": ownWords,
    "plain-english": plainEnglish,
    "pure-is-synchronous": pureIsSynchronous,
    "silent-catch": silentCatch,
    "test-sentence": testSentence,
    "typed-error": typedError,
  },
};

export default plugin;
