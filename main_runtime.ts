import { main } from "./src/entry/runtime.ts";

Deno.exit(await main(Deno.args));
