/** What pages of the Control Center cost, counted: CRs that are looked at, requests and bytes, in place of time. */
import assert from "node:assert/strict";
import { maxPoints } from "../../src/controlcenter/sources/series.ts";
import { openControlCenter } from "../support/control_center.ts";
import { filledBox } from "../support/filled_box.ts";
import { elementsOf } from "../support/html.ts";
import { httpService } from "../support/http_service.ts";
import { serveApi } from "../support/served_api.ts";
import { waitFor } from "../support/wait_for.ts";

const box = "/k/demo/b/shop";
/** CRs on one page. */
const rows = 50;
/** Of everything that a browser loads for its first page: markup, styles and scripts, with their headers. */
const maxWireBytes = 100_000;

interface Cost {
  /** CRs that the box looked at. */
  readonly looks: number;
  /** Requests to the Runtime, and what their responses have. */
  readonly requests: readonly string[];
  readonly read: number;
  /** Of the page. */
  readonly characters: number;
}

/** A Runtime with this number of CRs, and what loading a page costs. */
function costsWith(crs: number) {
  const filled = filledBox(crs);
  const api = serveApi(filled.served);
  const requests: string[] = [];
  let read = 0;
  const between = httpService(async ({ path }) => {
    const response = await fetch(`${api.url}${path}`);
    const body = await response.text();
    requests.push(path);
    read += body.length;
    return new Response(body, { status: response.status, headers: { "content-type": "application/json" } });
  });
  return {
    filled,
    url: api.url,
    /** In a Control Center of its own, as one shares responses between pages. */
    async of(path: string): Promise<Cost> {
      await using center = openControlCenter([between.url], { refreshMs: 60_000 });
      await center.until("/", "the Katalog is there", ({ text }) => text.includes(">demo<"));
      const before = { looks: filled.looks.count, requests: requests.length, read };
      const { status, text } = await center.page(path);
      assert.equal(status, 200);
      return {
        looks: filled.looks.count - before.looks,
        requests: requests.slice(before.requests).sort(),
        read: read - before.read,
        characters: text.length,
      };
    },
    async [Symbol.asyncDispose]() {
      await between[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a page of the Control Center costs the same with six hundred CRs and with ten thousand", async () => {
  await using few = costsWith(600);
  await using many = costsWith(10_000);
  const paths = ["/", "/k/demo", box, `${box}?ready=false`, `${box}?search=shop`, `${box}/cr/a/shop-000007`];
  for (const path of paths) {
    // The first request for a list walks all CRs.
    await few.of(path);
    await many.of(path);
    const [one, other] = [await few.of(path), await many.of(path)];
    assert.deepEqual([other.looks, other.requests], [one.looks, one.requests], path);
    assert.ok(other.looks <= rows, `${path}: ${other.looks} CRs were looked at`);
    // Numbers have more digits.
    assert.ok(Math.abs(other.read - one.read) < 100, `${path}: ${one.read} and ${other.read} characters were read`);
    assert.ok(Math.abs(other.characters - one.characters) < 100, `${path}: ${one.characters}, ${other.characters}`);
  }
});

Deno.test("a change of one CR has the Runtime look at that CR, and the next page at those on it", async () => {
  await using costs = costsWith(10_000);
  await costs.of(`${box}?ready=false`);
  const { filled } = costs;
  const before = filled.looks.count;
  filled.put(11, false);
  assert.equal(filled.looks.count - before, 1);
  const { looks } = await costs.of(`${box}?ready=false`);
  assert.equal(looks, rows);
});

Deno.test("the first page of ten thousand CRs, with all that belongs to it, is less than 100 KB over the wire", async () => {
  const filled = filledBox(10_000);
  await using api = serveApi(filled.served);
  await using center = openControlCenter([api.url], { refreshMs: 2 });
  let n = 0;
  // Plots have all the readings that are kept, and those differ.
  const root = await waitFor("the history of the box is full", async () => {
    filled.put(++n, n % 3 > 0);
    const { root } = await center.page(box);
    const plots = elementsOf(root).flatMap(({ attributes: { "data-plot": plot } }) => plot === undefined ? [] : [plot]);
    return plots.some((plot) => JSON.parse(plot).times.length === maxPoints) && root;
  });
  const loaded = elementsOf(root).flatMap(({ name, attributes: { href, src, rel } }) =>
    name === "script" ? [src!] : name === "link" && rel !== "next" ? [href!] : []
  );
  const sizes = new Map<string, number>();
  for (const path of [box, ...loaded]) sizes.set(path, await wireBytes(center.url, path));
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  assert.ok(loaded.length >= 6 && total < maxWireBytes, `${total} bytes: ${Deno.inspect(sizes)}`);
});

/** What a browser gets for this path, with headers. */
async function wireBytes(url: string, path: string): Promise<number> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const head = [`GET ${path} HTTP/1.1`, `host: ${hostname}`, "accept-encoding: gzip, deflate, br", "connection: close"];
  await connection.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`));
  let size = 0;
  for await (const part of connection.readable) size += part.length;
  return size;
}
