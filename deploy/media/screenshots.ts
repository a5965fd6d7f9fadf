import { chromiumPath, startChromium } from "../../tests/support/chromium.ts";
import { openControlCenter } from "../../tests/support/control_center.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { openShop } from "./shop.ts";

/** Of the browser, in CSS pixels; a picture has as many. */
const viewport = { width: 1280, height: 800 };
/** How often the Runtime is read, and how many readings the histories on the page have. */
const refreshMs = 400;
const readings = 60;

/** Pictures of the overview of a Katalog, in both themes, as PNG. Throws where there is no Chromium. */
export async function screenshots(): Promise<Readonly<Record<"light" | "dark", Uint8Array>>> {
  if (chromiumPath === undefined) throw new Error("There is no chromium in PATH; ORK_TEST_CHROMIUM names one");
  await using shop = await openShop();
  await using center = openControlCenter([shop.api.url], { refreshMs });
  await using chromium = await startChromium(chromiumPath);
  const page = await chromium.browser.newPage({ viewport, deviceScaleFactor: 1, reducedMotion: "reduce" });
  await waitFor("the Katalog is there", async () => (await page.goto(`${center.url}/k/shop`))?.status() === 200);
  const endMs = performance.now() + readings * refreshMs;
  let states: string[] = [];
  await waitFor("one box is degraded, all others are healthy, and their histories are full", async () => {
    await shop.change();
    states = await page.locator("#boxes tbody .state").allInnerTexts();
    const others = states.filter((state) => state !== "degraded");
    const isAsWanted = others.length === states.length - 1 && others.every((state) => state === "healthy");
    return isAsWanted && performance.now() > endMs;
  }, { timeoutMs: 60_000, explain: () => states });
  const shot = async (colorScheme: "light" | "dark"): Promise<Uint8Array> => {
    await page.emulateMedia({ colorScheme });
    return await page.screenshot({ type: "png" });
  };
  return { light: await shot("light"), dark: await shot("dark") };
}
