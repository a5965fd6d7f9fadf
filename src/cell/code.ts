/** What runs on threads of its own. */
export type ThreadCode = "cell/jail" | "entry/cell";

/**
 * Where the code of a thread is. In the source that is its own file; a compiled Runtime has each program as one file
 * of JavaScript, side by side (`deploy/build.ts`), because loading hundreds of small ones is what a start waits for.
 */
export function codeOf(code: ThreadCode, here: string = import.meta.url): URL {
  return here.endsWith(".ts") ? new URL(`../${code}.ts`, here) : new URL(`${code.replace("/", "_")}.js`, here);
}
