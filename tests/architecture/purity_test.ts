import assert from "node:assert/strict";
import { layerTable } from "./layers.ts";
import { isTest, projectRoot, sourceFiles } from "./paths.ts";

/**
 * What a pure folder may use beyond the language itself: nothing that waits, reads, writes, draws lots or looks at a
 * clock. (Not a file: beside Deno's own declarations of the same names it would not type-check.)
 */
const pureGlobals = `
declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: ArrayBufferView | ArrayBuffer): string;
}

declare function atob(base64: string): string;
declare function btoa(binary: string): string;

declare class URL {
  constructor(url: string, base?: string);
  readonly href: string;
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
}
`;

/**
 * Type-checks files with the language alone as library: `Deno`, `fetch`, `console`, timers, `crypto`, `process` are
 * names that do not exist. Returns the errors of the checker, "" when it has none.
 */
async function checkPure(files: readonly string[]): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "ork-pure-" });
  try {
    const config = JSON.parse(await Deno.readTextFile(`${projectRoot}/deno.json`));
    await Deno.writeTextFile(`${folder}/pure_globals.d.ts`, pureGlobals);
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({
        nodeModulesDir: "none",
        imports: config.imports,
        lock: false,
        compilerOptions: {
          ...config.compilerOptions,
          lib: ["esnext"],
          types: ["./pure_globals.d.ts"],
        },
      }),
    );
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", `${folder}/deno.json`, ...files],
      env: { NO_COLOR: "1" },
      stderr: "piped",
    }).output();
    const complaints = new TextDecoder().decode(stderr);
    assert.equal(success, complaints === "", complaints);
    return complaints;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("pure folders use nothing but the language", async () => {
  const folders = layerTable.layers.filter((layer) => layer.pure).map((layer) => `src/${layer.folder}`);
  const files = sourceFiles(folders).filter((path) => !isTest(path)).map((path) => `${projectRoot}/${path}`);
  assert.ok(files.length > 0);
  assert.equal(await checkPure(files), "");
});

Deno.test("the purity check refuses every way out of the language, and passes what is pure", async () => {
  const impure = {
    Deno: "Deno.exit();",
    fetch: `fetch("https://example.com");`,
    console: "console.log(1);",
    setTimeout: "setTimeout(() => {}, 1);",
    queueMicrotask: "queueMicrotask(() => {});",
    crypto: "crypto.randomUUID();",
    performance: "performance.now();",
    process: "process.exit();",
    localStorage: "localStorage.clear();",
    Worker: `new Worker("a.ts");`,
  };
  const folder = await Deno.makeTempDir({ prefix: "ork-impure-" });
  try {
    const pure = `${folder}/pure.ts`;
    await Deno.writeTextFile(pure, `export const size = new TextEncoder().encode(new URL("a:b").href).length;\n`);
    assert.equal(await checkPure([pure]), "");
    const files = await Promise.all(
      Object.entries(impure).map(async ([name, source]) => {
        await Deno.writeTextFile(`${folder}/${name}.ts`, `${source}\nexport {};\n`);
        return `${folder}/${name}.ts`;
      }),
    );
    const complaints = await checkPure(files);
    for (const name of Object.keys(impure)) assert.match(complaints, new RegExp(`Cannot find name '${name}'`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
