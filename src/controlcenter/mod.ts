/** The web interface: it reads Runtimes and Gateways, and shows them. */
export { openControlCenter, runControlCenter, type RunControlCenterPorts } from "./run.ts";
