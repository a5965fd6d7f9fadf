import assert from "node:assert/strict";
import uPlot from "uplot";
import { packageFolder } from "../../../deploy/npm_packages.ts";
import config from "../../../deno.json" with { type: "json" };
import { licences } from "../pages/about_page.tsx";
import { loadAssets } from "./assets.ts";

/** The exact version that `deno.json` names. */
function versionOf(name: string): string {
  const specifier = (config.imports as Record<string, string>)[name];
  return /@([\d.]+)$/.exec(specifier ?? assert.fail(`deno.json has no ${name}`))![1]!;
}

Deno.test("what is vendored is what the package manager has, byte for byte", async () => {
  assert.equal(typeof uPlot, "function");
  const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(info.stdout));
  const folder = await packageFolder({ name: "uplot", version: versionOf("uplot") }, npmCache);
  const assets = loadAssets();
  const same = { "uplot.js": "uPlot.iife.min.js", "uplot.css": "uPlot.min.css" } as const;
  for (const [own, theirs] of Object.entries(same)) {
    assert.deepEqual(assets[own as keyof typeof same].bytes, await Deno.readFile(`${folder}/dist/${theirs}`), own);
  }
});

Deno.test("the page of licences has every library of the pages, in its version", () => {
  for (const { name, version, text, holder } of licences) {
    assert.equal(version, versionOf(name), name);
    assert.ok(text.startsWith(holder) && text.includes("AS IS"), name);
  }
});

Deno.test("scripts and styles of ours name no other place, and run no text", () => {
  const assets = loadAssets();
  for (const name of ["ui.css", "ui.js", "plots.js", "icon.svg"] as const) {
    const text = new TextDecoder().decode(assets[name].bytes).replace("http://www.w3.org/2000/svg", "");
    assert.doesNotMatch(
      text,
      /https?:|\/\/[a-z]+\.|@import|url\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(|document\.cookie/,
      name,
    );
  }
  assert.ok(assets["ui.js"].bytes.length < 20_000, "the script that every page loads is small");
});
