import vm from "node:vm";

/** Synchronous work took too long and was ended. */
export class CelTimeError extends Error {
  override name = "CelTimeError";

  constructor(limitMs: number) {
    super(`not evaluated within ${limitMs} ms`);
  }
}

/** Name under which the script below finds the work. */
const work = "orkSandboxCel";
const script = new vm.Script(`${work}()`);
let current: (() => unknown) | undefined;

/**
 * Evaluates expressions under V8's time-out for scripts: the library has no cost limit, loops nest (`a.all(x, a.all(y,
 * …))`), and nothing else ends synchronous work. Throws `CelTimeError`. Calls do not nest.
 */
export function withinTime<T>(limitMs: number, run: () => T): T {
  if (!Object.hasOwn(globalThis, work)) {
    Object.defineProperty(globalThis, work, { value: () => current!(), enumerable: false });
  }
  current = run;
  try {
    return script.runInThisContext({ timeout: limitMs }) as T;
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") throw new CelTimeError(limitMs);
    throw error;
  } finally {
    current = undefined;
  }
}
