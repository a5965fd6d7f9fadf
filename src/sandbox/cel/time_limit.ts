import vm from "node:vm";

/** The longest evaluation of one expression: the library has no cost limit, and loops nest (`a.all(x, a.all(y, …))`). */
const limitMs = 500;

/** Synchronous work took too long and was ended. */
export class CelTimeError extends Error {
  override name = "CelTimeError";

  constructor() {
    super(`not evaluated within ${limitMs} ms`);
  }
}

/** Name under which the script below finds the work. */
const work = "orkSandboxCel";
const script = new vm.Script(`${work}()`);
let current: (() => unknown) | undefined;

/** Runs an evaluation under V8's time-out for scripts, as nothing else ends synchronous work. Throws `CelTimeError`. */
export function withinTime<T>(run: () => T): T {
  if (!Object.hasOwn(globalThis, work)) {
    Object.defineProperty(globalThis, work, { value: () => current!(), enumerable: false });
  }
  const outer = current;
  current = run;
  try {
    return script.runInThisContext({ timeout: limitMs }) as T;
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") throw new CelTimeError();
    throw error;
  } finally {
    current = outer;
  }
}
