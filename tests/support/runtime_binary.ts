import { fileURLToPath } from "node:url";

/** The compiled Runtime (`deno task build`); `ORK_TEST_RUNTIME` names another one. */
export const runtimeBinary = Deno.env.get("ORK_TEST_RUNTIME") ??
  fileURLToPath(new URL("../../build/ork-runtime", import.meta.url));

/** How the Runtime is started; `ORK_TEST_RUNTIME` may be a command with arguments. */
export const runtimeCommand: readonly string[] = runtimeBinary.split(" ");
