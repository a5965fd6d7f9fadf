import { fileURLToPath } from "node:url";

/** The compiled Runtime (`deno task build`). */
export const runtimeBinary = fileURLToPath(new URL("../../build/ork-runtime", import.meta.url));
