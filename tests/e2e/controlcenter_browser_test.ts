/**
 * The Control Center in a real Chromium (Debian: package `chromium`), over operators on the sandbox: what only a browser
 * can say of it. `ORK_TEST_SCREENSHOTS` names a folder for pictures of every page, `ORK_TEST_CRS` is the number of CRs.
 */
import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { createCluster, demoOf, demos, start } from "../box/operator.ts";
import { chromiumPath, startChromium } from "../support/chromium.ts";
import { type OpenControlCenter, openControlCenter } from "../support/control_center.ts";
import { httpService, jsonOf } from "../support/http_service.ts";
import { gatewayData, runtimeData, runtimeDouble } from "../support/runtime_double.ts";
import { serveApi } from "../support/served_api.ts";
import { waitFor } from "../support/wait_for.ts";

const boxes = 13;
const crs = Number(Deno.env.get("ORK_TEST_CRS") ?? 2_000);
/** Until a page is there, and a change is seen: a second, where the machine is left to the test. */
const maxMs = 1_000 * Number(Deno.env.get("ORK_TEST_PATIENCE") ?? 5);

const pictures = Deno.env.get("ORK_TEST_SCREENSHOTS");

/** What a browser complained of. */
interface Complaints {
  readonly console: string[];
  /** Requests to another place than the Control Center. */
  readonly elsewhere: string[];
}

/** What the browser says of a page from now on. */
function complaintsOf(page: Page, url: string): Complaints {
  const complaints: Complaints = { console: [], elsewhere: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.console.push(message.text());
  });
  page.on("pageerror", (error) => complaints.console.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) complaints.elsewhere.push(request.url());
  });
  return complaints;
}

/** Serious findings of axe on the page as it is, as lines. */
async function accessibility(page: Page): Promise<string[]> {
  // Into a world of its own: the policy of the page allows no code of others.
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  const run = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
      expression,
      contextId: executionContextId,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(`Axe failed: ${Deno.inspect(exceptionDetails)}`);
    return result.value;
  };
  await run(`${axe.source}; 0`);
  const findings = await run(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)) })))`);
  await session.detach();
  return (findings as { id: string; impact: string; at: string[] }[])
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, impact, at }) => `${impact}: ${id}: ${at.join(" | ")}`);
}

async function picture(page: Page, name: string): Promise<void> {
  if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
}

/** Waits until links have this colour, and the first plot is drawn in it. */
async function untilDrawnIn(page: Page, colour: string): Promise<void> {
  const [red, green, blue] = colour.match(/\d+/g)!;
  const isDrawn = `(() => {
    const canvas = document.querySelector(".uplot canvas");
    if (canvas === null || getComputedStyle(document.querySelector("main a[href^='/k/']")).color !== "${colour}") return false;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 0; at < data.length; at += 4) {
      if (data[at] === ${red} && data[at + 1] === ${green} && data[at + 2] === ${blue}) return true;
    }
    return false;
  })()`;
  await waitFor(`${page.url()} is drawn in ${colour}`, () => page.evaluate(isDrawn) as Promise<boolean>);
}

const widthOf = (page: Page) =>
  page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]") as Promise<
    [number, number]
  >;

Deno.test({
  name: `the Control Center works in a browser${chromiumPath === undefined ? " (skipped: no chromium in PATH)" : ""}`,
  ignore: chromiumPath === undefined,
  // The library of the browser keeps what it has opened until the process ends.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (test) => {
    await using cluster = createCluster();
    await cluster.define("Demo");
    for (let n = 1; n < boxes; n++) await cluster.define(`Kind${n}`);
    await using running = await start(cluster, [
      {
        key: "demo",
        more: "crossAccess: true\nvalidation: {rules: [{field: spec.size, max: 9, message: at most nine}]}",
        box: "onReconcile: {configMaps: [{name: '{{ .metadata.name }}', data: {size: '{{ .spec.size }}'}}]}",
      },
      ...Array.from({ length: boxes - 1 }, (_, index) => ({
        key: `box-${index + 1}`,
        kind: `Kind${index + 1}`,
        more: `dependsOn: [${index === 0 ? "demo" : `box-${Math.ceil(index / 2)}`}]`,
        box:
          "cross: [{crd: demo, as: first, selector: {name: cr-0}}]\nonReconcile: {configMaps: [{name: '{{ .metadata.name }}'}]}",
      })),
    ], { reportsIdle: false });
    for (let n = 0; n < crs; n++) await cluster.request("POST", demos, demoOf(`cr-${n}`, { size: n % 10 }));
    await using api = serveApi(running.served);
    await using gateway = httpService(() =>
      jsonOf({ ...gatewayData(new Date(Date.now() + 5 * 86_400_000).toISOString()), name: "test", crds: ["demo"] })
    );
    await using center = openControlCenter([api.url, gateway.url], { refreshMs: 200 });
    await center.until("/", "the Katalog is there", ({ text }) => text.includes(">test<"));
    await using chromium = await startChromium(chromiumPath!);

    const box = "/k/test/b/demo";
    const paths: Record<string, string> = {
      ...{ katalogs: "/", katalog: "/k/test", box, cr: `${box}/cr/default/cr-7`, docs: `${box}/docs` },
      ...{ webhooks: "/k/test/webhooks", source: "/k/test/source", about: "/about", missing: "/k/none" },
    };

    // The first page of a browser takes the time in which that starts.
    await withPage(chromium.browser, { width: 1440, height: 900 }, center, async (page) => {
      await page.goto("about:blank");
    });
    await test.step("every page is quick, without complaints of the browser and serious findings of axe", async () => {
      for (const [name, path] of Object.entries(paths)) {
        await withPage(chromium.browser, { width: 1440, height: 900 }, center, async (page, complaints) => {
          const startMs = performance.now();
          await page.goto(`${center.url}${path}`);
          await page.locator("h1").waitFor();
          const tookMs = performance.now() - startMs;
          await page.locator("#live", { hasText: "live" }).waitFor();
          if (name === "box") await page.locator(".uplot canvas").first().waitFor();
          console.log(`${path}: ${Math.round(tookMs)} ms`);
          await picture(page, `${name}-light`);
          assert.deepEqual(await accessibility(page), [], path);
          await page.emulateMedia({ colorScheme: "dark" });
          await picture(page, `${name}-dark`);
          assert.deepEqual(await accessibility(page), [], `${path}, dark`);
          // A page that is not there is said to be one by its status too.
          const unexpected = complaints.console.filter((text) => name !== "missing" || !text.includes("404"));
          assert.deepEqual(unexpected, [], path);
          assert.deepEqual(complaints.elsewhere, [], path);
          assert.ok(tookMs < maxMs, `${path} took ${Math.round(tookMs)} ms`);
        });
      }
    });

    await test.step("no page is wider than a screen of 400 px, nor lost on one of 3840 px", async () => {
      for (const [name, path] of Object.entries(paths)) {
        for (const width of [400, 3840]) {
          await withPage(chromium.browser, { width, height: 900 }, center, async (page) => {
            await page.goto(`${center.url}${path}`);
            await page.locator("#live", { hasText: "live" }).waitFor();
            const [scroll, client] = await widthOf(page);
            assert.ok(scroll <= client, `${path} is ${scroll} px wide on ${client} px`);
            await picture(page, `${name}-${width}`);
          });
        }
      }
    });

    await test.step("a change is seen within a second, and what a person does meanwhile stays", async () => {
      await withPage(chromium.browser, { width: 1000, height: 500 }, center, async (page, complaints) => {
        await page.goto(`${center.url}${box}?search=zz-`);
        await page.locator("#live", { hasText: "live" }).waitFor();
        const search = page.locator("[data-search]");
        await search.focus();
        await search.fill("half a wo");
        await page.evaluate("scrollTo(0, 200)");
        const startMs = performance.now();
        await cluster.request("POST", demos, demoOf("zz-new", { size: 1 }));
        await page.locator("a", { hasText: "zz-new" }).waitFor({ timeout: 5_000 });
        const tookMs = performance.now() - startMs;
        assert.ok(tookMs < maxMs, `it took ${Math.round(tookMs)} ms`);
        console.log(`a change is seen after ${Math.round(tookMs)} ms`);
        assert.equal(await search.inputValue(), "half a wo");
        assert.equal(await page.evaluate("document.activeElement?.matches('[data-search]')"), true);
        assert.equal(await page.evaluate("scrollY"), 200);
        assert.deepEqual(complaints.console, []);
      });
    });

    await test.step("a change of one CR touches what has changed on the page, and nothing else", async () => {
      await withPage(chromium.browser, { width: 1000, height: 500 }, center, async (page) => {
        await page.goto(`${center.url}${box}`);
        await page.locator("#live", { hasText: "live" }).waitFor();
        // Ages change by themselves.
        await page.evaluate(`(() => {
          globalThis.touched = [];
          new MutationObserver((records) => {
            for (const { target } of records) {
              const element = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
              if (element?.closest("time") === null) touched.push(element.outerHTML.slice(0, 100));
            }
          }).observe(document.querySelector("main"), { subtree: true, childList: true, attributes: true, characterData: true });
        })()`);
        await cluster.request("PATCH", `${demos}/cr-10`, { spec: { size: 5 } }, "application/merge-patch+json");
        await page.locator("tr[data-key='default/cr-10'] td.number", { hasText: "2" }).first().waitFor();
        const touched = await page.evaluate("touched") as string[];
        const rows = await page.locator("#crs tbody tr").count();
        console.log(`a change touches ${touched.length} elements of a page with ${rows} rows`);
        assert.ok(rows === 50 && touched.length < rows, touched.join("\n"));
      });
    });

    await test.step("keys lead where they say, and the choice of colours is remembered", async () => {
      await withPage(chromium.browser, { width: 1000, height: 700 }, center, async (page) => {
        await page.goto(`${center.url}${box}`);
        await page.locator("#live", { hasText: "live" }).waitFor();
        const press = async (keys: string, address: string) => {
          for (const key of keys) await page.keyboard.press(key);
          await page.waitForURL(`${center.url}${address}`);
          await page.locator("#live", { hasText: "live" }).waitFor();
        };
        await press("gd", `${box}/docs`);
        await press("gu", box);
        await press("gs", "/k/test/source");
        await press("gb", "/k/test");
        await press("gw", "/k/test/webhooks");
        await press("gk", "/");
        await page.keyboard.press("/");
        assert.equal(await page.evaluate("document.activeElement?.matches('[data-search]')"), true);
        await page.keyboard.type("box-7");
        await page.keyboard.press("Enter");
        await page.locator("a", { hasText: "box-7" }).click();
        await page.waitForURL(`${center.url}/k/test/b/box-7`);
        await page.keyboard.press("?");
        await page.locator("#keys[open]").waitFor();
        await page.keyboard.press("Escape");
        await page.keyboard.press("t");
        await page.reload();
        assert.equal(await page.evaluate("document.documentElement.dataset.theme"), "dark");
      });
    });

    await test.step("colours are those of the system, or those that were chosen, on the page and in its plots", async () => {
      const colours = { light: "rgb(36, 86, 200)", dark: "rgb(143, 179, 255)" };
      for (const system of ["light", "dark"] as const) {
        for (const chosen of ["", "light", "dark"] as const) {
          await withPage(chromium.browser, { width: 1000, height: 700 }, center, async (page) => {
            // Without events, after which plots are drawn again.
            await page.route(/\/live\b/, (route) => route.abort());
            await page.emulateMedia({ colorScheme: system });
            await page.goto(`${center.url}/about`);
            await page.evaluate(`localStorage.setItem("theme", "${chosen}")`);
            await page.goto(`${center.url}${box}`);
            await untilDrawnIn(page, colours[chosen === "" ? system : chosen]);
            const other = system === "dark" ? "light" : "dark";
            await page.emulateMedia({ colorScheme: other });
            await untilDrawnIn(page, colours[chosen === "" ? other : chosen]);
          });
        }
      }
    });

    await test.step("without JavaScript every page is there", async () => {
      const context = await chromium.browser.newContext({ javaScriptEnabled: false });
      const page = await context.newPage();
      for (const path of Object.values(paths)) {
        await page.goto(`${center.url}${path}`);
        assert.ok((await page.locator("main").innerText()).length > 20, path);
        assert.equal(await page.locator("button.copy:visible").count(), 0);
      }
      await page.goto(`${center.url}${box}`);
      await picture(page, "box-without-script");
      await page.locator("[data-search]").fill("cr-19");
      await page.locator("form[role=search] button").click();
      await page.locator("a", { hasText: "cr-1900" }).first().waitFor();
      await context.close();
    });

    await test.step("what is hostile is a text: nothing runs, and the policy has nothing to report", async () => {
      const data = runtimeData();
      const attack = `"><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
      data.katalog["description"] = attack;
      data.paths["/website/cr/default/hello"] = {
        ...data.paths["/website/cr/default/hello"] as object,
        status: { [attack]: attack, conditions: [{ type: attack, status: "True", reason: attack, message: attack }] },
        children: { [attack]: [{ name: attack, ready: true }] },
      };
      await using hostile = runtimeDouble(data);
      await using other = openControlCenter([hostile.url], { refreshMs: 200 });
      await other.until("/", "it was read", ({ text }) => text.includes(">shop<"));
      await withPage(chromium.browser, { width: 1000, height: 700 }, other, async (page, complaints) => {
        for (const path of ["/k/shop", "/k/shop/b/website/cr/default/hello"]) {
          await page.goto(`${other.url}${path}`);
          await page.locator("#live", { hasText: "live" }).waitFor();
          data.katalog["version"] = `changed ${path}`;
          await page.waitForResponse((response) => response.url() === `${other.url}${path}`);
          assert.doesNotMatch(await page.title(), /owned/);
          assert.equal(await page.locator("main img, main script").count(), 0);
        }
        assert.deepEqual(complaints, { console: [], elsewhere: [] });
      });
    });

    await test.step("a Runtime that goes away is shown on the open page, and so is that it is back", async () => {
      const data = runtimeData();
      let away = false;
      const runtime = runtimeDouble(data);
      const respond = runtime.respond;
      runtime.respond = (request, signal) => away ? new Response("", { status: 502 }) : respond(request, signal);
      await using _runtime = runtime;
      await using other = openControlCenter([runtime.url], { refreshMs: 200 });
      await other.until("/", "it was read", ({ text }) => text.includes(">shop<"));
      await withPage(chromium.browser, { width: 1000, height: 700 }, other, async (page) => {
        await page.goto(`${other.url}/k/shop`);
        await page.locator("#live", { hasText: "live" }).waitFor();
        away = true;
        await page.locator(".notice.bad", { hasText: "cannot be read" }).waitFor({ timeout: 5_000 });
        await picture(page, "katalog-away");
        away = false;
        await page.locator(".notice.bad").waitFor({ state: "detached", timeout: 5_000 });
      });
    });
    assert.deepEqual(center.failures, []);
  },
});

async function withPage(
  browser: Awaited<ReturnType<typeof startChromium>>["browser"],
  viewport: { readonly width: number; readonly height: number },
  center: OpenControlCenter,
  work: (page: Page, complaints: Complaints) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ viewport });
  try {
    const page = await context.newPage();
    await work(page, complaintsOf(page, center.url));
  } finally {
    await context.close();
  }
}
