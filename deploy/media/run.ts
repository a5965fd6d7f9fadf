/**
 * `deno task media`: makes the pictures of the README in `docs/media/` from what the programs show and print: the
 * Control Center in a Chromium (Debian: package `chromium`; `ORK_TEST_CHROMIUM` names another one), and `ork` on a
 * terminal, which `script` of util-linux makes. `--only terminal` or `--only pictures` leaves the other out.
 */
import { fileURLToPath } from "node:url";
import { readOptions } from "../../bench/options.ts";
import { record } from "./record.ts";
import { screenshots } from "./screenshots.ts";
import { terminalSvg } from "./terminal_svg.ts";

const folder = fileURLToPath(new URL("../../docs/media/", import.meta.url));
const columns = 102;
const commands = ["ork init my-website", "ork validate my-website", "ork demo"];

const { only } = readOptions({ only: "terminal,pictures" });
await Deno.mkdir(folder, { recursive: true });

if (only.includes("terminal")) {
  const home = await Deno.makeTempDir({ prefix: "ork-media-" });
  try {
    const steps = await record(commands, columns, home);
    await write("terminal.svg", terminalSvg(steps, { columns, rows: 26, title: "A terminal with ork" }));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
if (only.includes("pictures")) {
  for (const [theme, png] of Object.entries(await screenshots())) await write(`controlcenter-${theme}.png`, png);
}
// The library of the browser keeps what it has opened until the process ends.
Deno.exit(0);

async function write(name: string, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.writeFile(`${folder}${name}`, bytes);
  console.log(`docs/media/${name}: ${Math.ceil(bytes.length / 1024)} KB`);
}
