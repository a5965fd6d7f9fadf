import { main } from "./src/entry/dev.ts";

Deno.exit(await main(Deno.args));
