import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

/** A file that pages load. Its address has a digest of its content, so that it can be kept for ever. */
export interface Asset {
  /** `/assets/0a1b2c3d4e5f6a7b/ui.css`. */
  readonly address: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** By name; every name is there. */
export type Assets = Readonly<Record<AssetName, Asset>>;

const names = {
  "ui.css": "text/css; charset=utf-8",
  "ui.js": "text/javascript; charset=utf-8",
  "plots.js": "text/javascript; charset=utf-8",
  "uplot.js": "text/javascript; charset=utf-8",
  "uplot.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
} as const;
export type AssetName = keyof typeof names;

/** Those that come with a package; the others are ours. */
const vendored: ReadonlySet<string> = new Set(["uplot.js", "uplot.css"]);

const folder = fileURLToPath(new URL("../assets", import.meta.url));

/** Reads them from the source tree, or from inside the binary. */
export function loadAssets(): Assets {
  const read = (name: string, type: string): Asset => {
    const bytes = Deno.readFileSync(`${folder}/${vendored.has(name) ? "vendor/" : ""}${name}`);
    const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
    return { address: `/assets/${digest}/${name}`, type, bytes };
  };
  return Object.fromEntries(Object.entries(names).map(([name, type]) => [name, read(name, type)])) as Assets;
}
