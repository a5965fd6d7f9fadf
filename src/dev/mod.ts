/** The commands that only `ork` has. */
export { runExecPlugin } from "./exec_credential.ts";
export type { OpenRehearsal } from "./diff/rehearsal.ts";
export { type DevPorts, runCommandLine } from "./program.ts";
export { sandboxHolders } from "./sandbox_holders.ts";
export type { OpenSandbox } from "./run.ts";
export { storedBy } from "./stored.ts";
export type { Lab, OpenLab } from "./simulate/lab.ts";
export { StepClock } from "./simulate/step_clock.ts";
export { processTerminal, type Terminal } from "./terminal.ts";
