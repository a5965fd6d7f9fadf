import assert from "node:assert/strict";
import { simulate } from "../../../src/dev/simulate/simulate.ts";
import { openLab } from "../../../src/entry/lab.ts";
import { systemFiles } from "../../../src/files/mod.ts";
import { projectRoot } from "../../architecture/paths.ts";
import { realClock } from "../../support/clock.ts";

const katalogs = `${projectRoot}/katalogs`;

/** What `ork simulate` prints for an example, without how long it took. */
async function simulated(name: string): Promise<string> {
  let text = "";
  const terminal = { out: (line: string) => void (text += `${line}\n`), err: (line: string) => void (text += `${line}\n`) };
  const code = await simulate(
    {
      ...{ files: [`${katalogs}/${name}/katalog.yaml`], crs: [`${katalogs}/${name}/cr.yaml`], skip: [] },
      ...{ skipExternal: true, debugOps: true },
    },
    { ...terminal, colour: false },
    { clock: realClock, files: systemFiles(), openLab },
  );
  assert.equal(code, 0, text);
  return text.replaceAll(/ in \d+ms$/gm, "");
}

for (const { name, isDirectory } of Deno.readDirSync(katalogs)) {
  if (!isDirectory) continue;
  Deno.test(`ork simulate prints what the example ${name} does, the same each time`, async () => {
    const path = `${projectRoot}/tests/golden/simulate/${name}.txt`;
    const text = await simulated(name);
    assert.equal(await simulated(name), text);
    if (Deno.env.get("UPDATE_GOLDENS") === "1") await Deno.writeTextFile(path, text);
    assert.equal(text, await Deno.readTextFile(path), `UPDATE_GOLDENS=1 writes ${path}`);
  });
}
