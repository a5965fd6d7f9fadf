import { environment, setWithoutEffect } from "../base/variables.ts";
import type { Log } from "../observe/log.ts";

/** The environment of this process, whatever spelling of a variable is used. */
export const processEnv = environment((name) => Deno.env.get(name));

/** Logs which variables are set and have no effect. */
export function logVariables(log: Log): void {
  for (const { name, text } of setWithoutEffect(processEnv)) {
    log("warn", text, { event: "run.variable", variable: name });
  }
}
