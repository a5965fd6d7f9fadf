import { type Browser, chromium } from "playwright-core";
import { findTool } from "./tools.ts";

/** Debian's `chromium`; `ORK_TEST_CHROMIUM` names another one. `undefined`: there is none. */
export const chromiumPath = findTool("chromium", "ORK_TEST_CHROMIUM");

/** Besides `--headless`, which the library adds. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A Chromium of its own, with a profile that is removed. */
export interface RunningChromium extends AsyncDisposable {
  readonly browser: Browser;
}

/** Starts one. Throws where it does not start. */
export async function startChromium(path: string): Promise<RunningChromium> {
  const browser = await chromium.launch({ executablePath: path, args: flags, headless: true });
  return { browser, [Symbol.asyncDispose]: () => browser.close() };
}
