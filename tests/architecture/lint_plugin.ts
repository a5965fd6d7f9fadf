import { errorByText, errorMessage, silentCatch, typedError } from "./lint/errors.ts";
import { globalFence, pureIsSynchronous } from "./lint/fences.ts";
import { fileName, hashPrivate, noEnum, testSentence } from "./lint/names.ts";
import { ownWords } from "./lint/words.ts";

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
    "no-enum": noEnum,
    "own-words": ownWords,
    "pure-is-synchronous": pureIsSynchronous,
    "silent-catch": silentCatch,
    "test-sentence": testSentence,
    "typed-error": typedError,
  },
};

export default plugin;
