import vm from "node:vm";
import { TimeLimitError } from "../box/mod.ts";

/** Name under which the script below finds the function; one isolate has one slicer, so there is no clash. */
const work = "orkSlice";

/**
 * Bounds pieces of synchronous work: nothing else can stop a thread that spins. Only V8's own time-out for scripts
 * can, so the work is called from a script (about 10 µs a call). Throws `TimeLimitError` when time is up.
 */
export function createSlicer(limitMs: number): <T>(run: () => T) => T {
  const script = new vm.Script(`${work}()`);
  let current: (() => unknown) | undefined;
  Object.defineProperty(globalThis, work, { value: () => current!(), enumerable: false });
  return <T>(run: () => T): T => {
    // Synchronous work does not nest here, but it may be called from within itself by mistake: keep the outer one.
    const outer = current;
    current = run;
    try {
      return script.runInThisContext({ timeout: limitMs }) as T;
    } catch (error) {
      if ((error as { code?: string }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") throw new TimeLimitError(limitMs);
      throw error;
    } finally {
      current = outer;
    }
  };
}
