import assert from "node:assert/strict";
import { openControlCenter } from "../../../tests/support/control_center.ts";
import { elementsOf, type HtmlElement, textOf, unsafeParts } from "../../../tests/support/html.ts";
import { httpService, jsonOf } from "../../../tests/support/http_service.ts";
import { crdOf, katalogOf } from "../../../tests/support/katalog_response.ts";
import { gatewayData, runtimeData, runtimeDouble } from "../../../tests/support/runtime_double.ts";

/** What must come out as the text that it is. */
const attacks = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `'><svg onload=alert(1)>`,
  `javascript:alert(1)`,
  `</title></textarea></script><script>alert(1)</script>`,
  `&lt;b&gt;`,
  `{{constructor.constructor('alert(1)')()}}`,
  `\u202egnp.exe\u0000\u001b[31m`,
  "`${alert(1)}`",
  `-->]]><!--`,
];

/** Every text of a document is replaced by an attack, but for those that say what it is. */
function poisoned(value: unknown, attack: string, kept: ReadonlySet<string>): unknown {
  if (typeof value === "string") return attack;
  if (Array.isArray(value)) return value.map((one) => poisoned(one, attack, kept));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, kept.has(key) ? one : poisoned(one, attack, kept)]),
  );
}

/** Enumerations and times: with another text the document is no document of a Runtime. */
const kept = new Set(["state", "status", "result", "katalogFiles", "notAfter", "notBefore", "why", "type"]);

const encoded = encodeURIComponent;

Deno.test("names, messages and documents of others are texts on every page, whatever they are", async () => {
  for (const attack of attacks) {
    const data = runtimeData();
    const katalog = poisoned(data.katalog, attack, kept) as { crds: Record<string, unknown>[] };
    katalog.crds[0]!["dependsOn"] = [attack, "x"];
    katalog.crds[0]!["crossReads"] = [{ as: attack, crd: attack }, { as: attack, source: attack }];
    data.katalog = { ...katalog, status: "healthy" };
    const key = attack.toLowerCase();
    const of = (path: string) => `/${key}${path}`;
    data.paths = {
      [of("")]: poisoned(data.paths["/website"], attack, kept),
      [of("/health")]: {
        name: attack,
        dependencies: { [attack.slice(0, 60)]: attack },
        crossSources: [{ source: attack, state: "x", reason: attack }],
      },
      [of("/enriched")]: poisoned(data.paths["/website/enriched"], attack, kept),
      [of("/schema")]: {
        ...poisoned(data.paths["/website/schema"], attack, kept) as Record<string, unknown>,
        schema: {
          properties: {
            spec: {
              required: [attack],
              properties: {
                [attack]: { type: "string", description: attack, default: attack, pattern: attack, enum: [attack] },
              },
            },
          },
        },
      },
      [of("/failing")]: poisoned(data.paths["/website/failing"], attack, kept),
      [of("/cr")]: poisoned(data.paths["/website/cr"], attack, kept),
      [of(`/cr/${attack}/${attack}`)]: {
        ...poisoned(data.paths["/website/cr/default/hello"], attack, kept) as Record<string, unknown>,
        spec: { [attack]: attack },
        status: {
          [attack]: [attack],
          conditions: [{ type: attack, status: attack, reason: attack, message: attack, lastTransitionTime: attack }],
        },
        children: { [attack]: [{ name: attack, namespace: attack, ready: true }] },
      },
      [of(`/cr/${attack}/${attack}/events`)]: poisoned(data.paths["/website/cr/default/hello/events"], attack, kept),
      [of(`/cr/${attack}/${attack}/passes`)]: poisoned(data.paths["/website/cr/default/hello/passes"], attack, kept),
      "/raw": {
        kind: "Katalog",
        metadata: { name: attack, labels: { [attack]: attack } },
        spec: { crds: { [attack]: { description: attack } } },
      },
    };
    await using runtime = runtimeDouble(data);
    await using gateway = httpService(() =>
      jsonOf({
        ...gatewayData("2027-01-01T00:00:00Z"),
        ...poisoned({ name: "x", failurePolicy: "x", crds: ["x"], reason: "x" }, attack, kept) as Record<
          string,
          unknown
        >,
        ready: false,
        webhooks: [{ name: attack, registered: false, reason: attack }],
      })
    );
    await using center = openControlCenter([runtime.url, gateway.url]);
    await center.until(
      "/",
      "both were read",
      ({ text }) => text.includes('class="state ok"') && !text.includes("Reading "),
    );
    const box = `/k/${encoded(attack)}/b/${encoded(attack)}`;
    const pages = [
      ...[
        "/",
        `/?search=${encoded(attack)}`,
        `/k/${encoded(attack)}`,
        `/k/${encoded(attack)}/webhooks`,
        `/k/${encoded(attack)}/source`,
      ],
      ...[box, `${box}?search=${encoded(attack)}&namespace=${encoded(attack)}&ready=${encoded(attack)}`, `${box}/docs`],
      ...[`${box}/cr/${encoded(attack)}/${encoded(attack)}`, `/${encoded(attack)}`, `/k/none${encoded(attack)}`],
    ];
    for (const path of pages) {
      const { root, status } = await center.page(path);
      assert.deepEqual(unsafeParts(root), [], `${attack} ${path}`);
      assert.ok(status === 200 || status === 404, `${status} ${attack} ${path}: ${textOf(root).slice(0, 300)}`);
      assert.deepEqual(oddCharacters(root), [], `${attack} ${path}`);
      if (status === 200) assert.ok(elementsOf(root).length > 40, path);
    }
    assert.deepEqual(center.failures, [], attack);
  }
});

/** Characters that turn or move what follows; in the text of a page they are replaced. */
function oddCharacters(root: HtmlElement): string[] {
  // deno-lint-ignore no-control-regex -- these are what it is about
  return textOf(root).match(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]/g) ?? [];
}

Deno.test("a status of any size, depth and number of fields leaves the page small", async () => {
  const data = runtimeData();
  let deep: unknown = "end";
  for (let n = 0; n < 2_000; n++) deep = { a: deep };
  const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`label-${n}`, "x".repeat(20)]));
  const statuses: [status: unknown, shows: RegExp][] = [
    [{ text: "x".repeat(1024 * 1024) }, /text: "?x+…x+/],
    [{ lines: "line\n".repeat(100_000) }, /lines: /],
    [{ deep }, /a: "?… 1 fields/],
    [wide, /…"?: "?4\d,\d{3} more/],
    [{ list: Array.from({ length: 100_000 }, (_, n) => n) }, /… 9\d,\d{3} more/],
    ["no map", /It is empty/],
    [null, /It is empty/],
    [{ conditions: [{ type: 5 }, "x", null, ...Array.from({ length: 5_000 }, (_, n) => ({ type: `C${n}` }))] }, /C47/],
    [JSON.parse('{"__proto__": {"polluted": true}, "constructor": "x"}'), /polluted: true/],
  ];
  const path = "/website/cr/default/hello";
  const first = data.paths[path] as Record<string, unknown>;
  await using runtime = runtimeDouble(data);
  await using center = openControlCenter([runtime.url]);
  await center.until("/", "it was read", ({ text }) => text.includes(">shop<"));
  for (const [status, shows] of statuses) {
    data.paths[path] = { ...first, status, generation: Math.round(Math.random() * 1e9) };
    const { text, root } = await center.until(
      `/k/shop/b/website/cr/default/hello`,
      String(shows),
      ({ root }) => shows.test(textOf(root)),
    );
    assert.ok(text.length < 400_000, `${text.length} for ${shows}`);
    assert.deepEqual(unsafeParts(root), []);
  }
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

Deno.test("pages are small and quick with 10,000 CRs, 300 boxes, 1,000 children and 500 labels", async () => {
  const data = runtimeData();
  const items = Array.from({ length: 50 }, (_, n) => ({
    ...{
      name: `website-${n}-${"x".repeat(40)}`,
      namespace: "default",
      phase: "Ready",
      ready: n % 2 === 0,
      generation: 3,
    },
    ...{ age: "5s", created: "2026-11-28T22:02:20Z" },
  }));
  data.katalog = katalogOf(
    Array.from(
      { length: 300 },
      (_, n) =>
        crdOf(n === 0 ? "website" : `box-${n}`, { resourceCount: 10_000, dependsOn: n > 1 ? [`box-${n - 1}`] : [] }),
    ),
  );
  data.paths["/website/cr"] = { crd: "website", total: 10_000, items, continue: "YQ" };
  const children = {
    Deployment: Array.from({ length: 1_000 }, (_, n) => ({ name: `child-${n}`, namespace: "default", ready: true })),
  };
  data.paths["/website/cr/default/hello"] = {
    ...data.paths["/website/cr/default/hello"] as object,
    children,
    childrenOmitted: 9_000,
  };
  const labels = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`label-${n}`, `value-${n}`]));
  data.paths["/raw"] = { ...data.paths["/raw"] as object, metadata: { name: "shop", labels } };
  await using runtime = runtimeDouble(data);
  await using center = openControlCenter([runtime.url]);
  await center.until("/", "it was read", ({ text }) => text.includes(">shop<"));
  const sizes: [path: string, maxChars: number][] = [
    ["/", 100_000],
    ["/k/shop/b/website", 100_000],
    ["/k/shop/b/website/cr/default/hello", 150_000],
    ["/k/shop/source", 150_000],
    ["/k/shop", 400_000],
  ];
  for (const [path, maxChars] of sizes) {
    const startMs = performance.now();
    const { text, status } = await center.page(path);
    const tookMs = performance.now() - startMs;
    assert.equal(status, 200);
    assert.ok(text.length < maxChars, `${path} has ${text.length} characters`);
    assert.ok(tookMs < 5_000, `${path} took ${tookMs} ms`);
  }
  const page = textOf((await center.page("/k/shop/b/website")).root);
  assert.match(page, /10,000 CRs, by namespace and name Next page/);
});

Deno.test("endless and broken responses of a Runtime end as a state of the page", async () => {
  const data = runtimeData();
  let respond: () => Response = () => new Response("{");
  await using runtime = httpService(({ path }) => path === "/katalog" ? jsonOf(data.katalog) : respond());
  await using center = openControlCenter([runtime.url], { timeoutMs: 1_000 });
  await center.until("/", "it was read", ({ text }) => text.includes(">shop<"));
  const endless = () =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          controller.enqueue(new Uint8Array([32]));
        },
      }),
    );
  const cases: [respond: () => Response, shows: RegExp][] = [
    [() => new Response("{"), /is no JSON/],
    [endless, /no response within 1 s/],
    [() => new Response("[".repeat(200_000)), /is no JSON|not what ork reads/],
    [() => jsonOf({ items: "x" }), /not what ork reads/],
    [() => new Response(null, { status: 500 }), /is no JSON/],
  ];
  for (const [next, shows] of cases) {
    respond = next;
    const path = "/k/shop/b/website/cr/default/hello";
    const { status, root } = await center.until(path, String(shows), ({ root }) => shows.test(textOf(root)));
    assert.equal(status, 503);
    assert.deepEqual(unsafeParts(root), []);
  }
  assert.deepEqual(center.failures, []);
});
