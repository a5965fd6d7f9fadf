import { main } from "./src/entry/gateway.ts";

Deno.exit(await main(Deno.args));
