import type { Crd } from "../sources/documents.ts";
import { historyOf, type Installation, roleOf } from "../sources/fleet.ts";
import { Chart, type ChartSpec, Sparkline } from "../ui/chart.tsx";
import { Graph, type GraphEdge, maxNodes } from "../ui/graph.tsx";
import { Age, Empty, Facts, Notice, Search, Section, State, Table } from "../ui/parts.tsx";
import { counted, millis, number, plain, rate } from "../ui/text.ts";
import { boxAddress, home, katalogAddress } from "./addresses.ts";
import { Errors, KatalogState, Leader, totalsOf } from "./home_page.tsx";
import { kindOf } from "./kinds.ts";
import type { KatalogContext, Page } from "./page.ts";
import { Trouble } from "./trouble.tsx";

/** The plots of a box. */
export const charts: readonly ChartSpec[] = [
  { title: "Queue", of: ({ queueDepth }) => queueDepth, print: number },
  { title: "Passes per second", of: (point) => point.rate, print: rate },
  { title: "p95 of a pass", of: ({ p95Ms }) => p95Ms, print: millis },
];

const maxRows = 500;

/** The pages of a Katalog, as tabs. */
export function katalogTabs(slug: string, current: "boxes" | "webhooks" | "source"): NonNullable<Page["tabs"]> {
  return [
    { title: "Boxes", href: katalogAddress(slug), isCurrent: current === "boxes" },
    { title: "Webhooks", href: katalogAddress(slug, "webhooks"), isCurrent: current === "webhooks" },
    { title: "Source", href: katalogAddress(slug, "source"), isCurrent: current === "source" },
  ];
}

/** `/k/{katalog}`: its boxes, who depends on whom, and the processes that run it. */
export function katalogPage(context: KatalogContext): Page {
  const { installation, nowMs } = context;
  const { slug, main: { katalog } } = installation;
  const search = context.query("search").trim().toLowerCase();
  const found = katalog.crds.filter(({ name, gvk = "", state }) =>
    `${name} ${gvk} ${state}`.toLowerCase().includes(search)
  );
  const totals = totalsOf(installation);
  return {
    title: slug,
    trail: [{ title: "Katalogs", href: home }, { title: slug, href: katalogAddress(slug) }],
    tabs: katalogTabs(slug, "boxes"),
    body: (
      <>
        <KatalogTroubles installation={installation} nowMs={nowMs} />
        <Facts
          facts={[
            ["State", <KatalogState installation={installation} totals={totals} />],
            ["Leader", <Leader installation={installation} />],
            ["CRs", number(totals.resources)],
            ["Queue", number(totals.queueDepth)],
            ["Passes/s", totals.rate === undefined ? "–" : rate(totals.rate)],
            ["Errors", <Errors passes={totals.passes} failed={totals.failed} />],
            ["p95", totals.p95Ms === undefined ? "–" : millis(totals.p95Ms)],
            katalog.version === "" ? undefined : ["Version", plain(katalog.version, 60)],
            katalog.clusterName === "" ? undefined : ["Cluster", plain(katalog.clusterName, 60)],
            katalog.author === "" ? undefined : ["Author", plain(katalog.author, 60)],
            katalog.license === "" ? undefined : ["License", plain(katalog.license, 60)],
          ]}
        />
        {katalog.description === "" ? null : <p class="lead">{plain(katalog.description, 1000)}</p>}
        <Section
          id="boxes"
          title="Boxes"
          aside={<Search action={katalogAddress(slug)} value={context.query("search")} label="Search boxes" />}
        >
          {katalog.crds.length === 0
            ? (
              <Empty>
                The Katalog has no entry under <code>spec.crds</code>
              </Empty>
            )
            : found.length === 0
            ? <Empty>No box has “{plain(search, 60)}” in its name, kind or state</Empty>
            : <Boxes installation={installation} crds={found.slice(0, maxRows)} />}
        </Section>
        <Dependencies slug={slug} crds={katalog.crds} />
        <Section id="processes" title="Processes">
          <Processes installation={installation} nowMs={nowMs} />
        </Section>
      </>
    ),
  };
}

/** What is wrong with a Katalog as a whole. */
export function KatalogTroubles(
  { installation, nowMs }: { readonly installation: Installation; readonly nowMs: number },
) {
  const { main: { process, katalog }, isLed } = installation;
  const { trouble } = process;
  return (
    <>
      <Trouble process={process} what="Runtime" max={800} nowMs={nowMs} />
      {isLed || trouble !== undefined ? null : (
        <Notice tone="warn" title="Nobody leads, as far as is known">
          {katalog.konductor === undefined
            ? "No process holds the Lease: see whether a Runtime runs."
            : `${
              plain(katalog.konductor, 120)
            } leads, and is not among the processes here: what you see is from a standby.`}
        </Notice>
      )}
      {katalog.katalogFiles === undefined || katalog.katalogFiles === "current" ? null : (
        <Notice
          tone={katalog.katalogFiles === "broken" ? "bad" : "warn"}
          title={katalog.katalogFiles === "broken"
            ? "The files of the Katalog do not load; the former Katalog runs"
            : "The files of the Katalog have changed; the former Katalog runs"}
        >
          {plain(katalog.katalogFilesReason ?? "", 800)}
        </Notice>
      )}
    </>
  );
}

function Boxes({ installation, crds }: { readonly installation: Installation; readonly crds: readonly Crd[] }) {
  const { slug } = installation;
  const rows = crds.map((crd) => ({ crd, points: historyOf(installation, crd.name) }));
  const [queue, passes, latency] = charts;
  return (
    <Table
      caption="Boxes of the Katalog"
      keyOf={({ crd }) => crd.name}
      rows={rows}
      columns={[
        {
          title: "Box",
          isHead: true,
          cell: ({ crd }) => (
            <>
              <a href={boxAddress(slug, crd.name)}>{plain(crd.name, 63)}</a>{" "}
              <span class="muted">{plain(kindOf(crd), 63)}</span>
            </>
          ),
        },
        { title: "State", cell: ({ crd }) => <BoxState crd={crd} /> },
        {
          title: "CRs",
          isNumber: true,
          cell: ({ crd }) => crd.resourceCount === undefined ? "–" : number(crd.resourceCount),
        },
        { title: "Workers", isNumber: true, cell: ({ crd }) => `${crd.workersActive ?? "–"}/${crd.workers ?? "–"}` },
        {
          title: "Queue",
          isNumber: true,
          cell: ({ crd, points }) => (
            <>
              <Sparkline points={points} of={queue!.of} label="Queue, lately" />
              {crd.queueDepth === undefined ? "–" : number(crd.queueDepth)}
            </>
          ),
        },
        {
          title: "Passes/s",
          isNumber: true,
          cell: ({ points }) => {
            const last = points.at(-1)?.rate;
            return (
              <>
                <Sparkline points={points} of={passes!.of} label="Passes per second, lately" />
                {last === undefined ? "–" : rate(last)}
              </>
            );
          },
        },
        {
          title: "Errors",
          isNumber: true,
          cell: ({ crd }) => <Errors passes={crd.totalReconciles ?? 0} failed={crd.failedReconciles ?? 0} />,
        },
        {
          title: "p95",
          isNumber: true,
          cell: ({ points }) => {
            const last = latency!.of(points.at(-1) ?? { atMs: 0, queueDepth: 0 });
            return last === undefined ? "–" : millis(last);
          },
        },
      ]}
    />
  );
}

/** With the reason where it is not healthy. */
export function BoxState({ crd }: { readonly crd: Crd }) {
  return (
    <>
      <State state={crd.state} />
      {crd.reason === undefined ? null : <span class="reason">{plain(crd.reason, 160)}</span>}
    </>
  );
}

function Dependencies({ slug, crds }: { readonly slug: string; readonly crds: readonly Crd[] }) {
  const edges = edgesOf(crds);
  if (edges.length === 0) return null;
  const isPart = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const own = crds.filter(({ name }) => isPart.has(name));
  const names = new Set(own.map(({ name }) => name));
  const others = [...isPart].filter((name) => !names.has(name)).map((name) => ({ name, state: "elsewhere" }));
  const nodes = [...own.map(({ name, state }) => ({ name, state, href: boxAddress(slug, name) })), ...others];
  return (
    <Section id="graph" title="Who depends on whom">
      {nodes.length > maxNodes
        ? (
          <Empty>
            {counted(nodes.length, "box", "boxes")} depend on each other: too many to draw. Each box lists its own.
          </Empty>
        )
        : <Graph nodes={nodes} edges={edges} />}
      <p class="legend muted">
        <span class="line depends" /> waits for (<code>dependsOn</code>) <span class="line reads" />{" "}
        reads (<code>cross</code>)
      </p>
    </Section>
  );
}

/** What boxes wait for and read, each once. */
export function edgesOf(crds: readonly Crd[]): GraphEdge[] {
  const edges = crds.flatMap(({ name, dependsOn, crossReads }): GraphEdge[] => [
    ...dependsOn.map((to): GraphEdge => ({ from: name, to, kind: "depends" })),
    ...crossReads.map(({ crd, source = "" }): GraphEdge => ({ from: name, to: crd ?? source, kind: "reads" })),
  ]);
  return [...new Map(edges.map((edge) => [`${edge.from} ${edge.kind} ${edge.to}`, edge])).values()];
}

function Processes(
  { installation: { runtimes, gateways }, nowMs }: { readonly installation: Installation; readonly nowMs: number },
) {
  const rows = [
    ...runtimes.map((one) => ({ ...one, what: "Runtime", state: roleOf(one), version: one.katalog.runtimeVersion })),
    ...gateways.map((one) => ({
      ...one,
      what: "Gateway",
      state: one.process.trouble?.kind ?? (one.katalog.ready ? "ready" : "not ready"),
      version: "",
    })),
  ];
  return (
    <Table
      caption="Processes that run this Katalog"
      keyOf={({ process }) => process.place}
      rows={rows}
      columns={[
        { title: "Process", isHead: true, cell: ({ process }) => plain(process.place, 200) },
        { title: "Is", cell: ({ what }) => what },
        {
          title: "State",
          cell: ({ state }) => (
            <State state={state} tone={state === "ready" ? "ok" : state === "not ready" ? "bad" : undefined} />
          ),
        },
        { title: "Version", cell: ({ version }) => version === "" ? "–" : plain(version, 40) },
        { title: "Read", cell: ({ process }) => <Age time={process.readMs} nowMs={nowMs} /> },
        { title: "Why", cell: ({ process }) => plain(process.trouble?.message ?? "", 400) },
      ]}
    />
  );
}

/** The plots of one box. */
export function Charts({ installation, box }: { readonly installation: Installation; readonly box: string }) {
  const points = historyOf(installation, box);
  return <div class="charts">{charts.map((spec) => <Chart points={points} spec={spec} />)}</div>;
}
