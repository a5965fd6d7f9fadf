import type { CrdState } from "../sources/documents.ts";
import type { GatewayProcess, Installation } from "../sources/fleet.ts";
import { historyOf } from "../sources/fleet.ts";
import type { Process } from "../sources/process.ts";
import { Age, Empty, Notice, Search, Section, State, Table } from "../ui/parts.tsx";
import { counted, millis, number, plain, rate, share } from "../ui/text.ts";
import { boxAddress, home, katalogAddress } from "./addresses.ts";
import type { Page, PageContext } from "./page.ts";

/** What the boxes of a Katalog come to. */
export interface Totals {
  readonly counts: Readonly<Record<CrdState, number>>;
  readonly resources: number;
  readonly queueDepth: number;
  /** Passes per second; absent while nothing was seen twice. */
  readonly rate: number | undefined;
  readonly passes: number;
  readonly failed: number;
  /** The highest of the boxes. */
  readonly p95Ms: number | undefined;
}

export function totalsOf(installation: Installation): Totals {
  const { crds } = installation.main.katalog;
  const counts = { healthy: 0, started: 0, pending: 0, degraded: 0 };
  let [resources, queueDepth, passes, failed] = [0, 0, 0, 0];
  let rateSum: number | undefined;
  let p95Ms: number | undefined;
  for (const crd of crds) {
    counts[crd.state]++;
    resources += crd.resourceCount ?? 0;
    queueDepth += crd.queueDepth ?? 0;
    passes += crd.totalReconciles ?? 0;
    failed += crd.failedReconciles ?? 0;
    const last = historyOf(installation, crd.name).at(-1);
    if (last?.rate !== undefined) rateSum = (rateSum ?? 0) + last.rate;
    if (last?.p95Ms !== undefined) p95Ms = Math.max(p95Ms ?? 0, last.p95Ms);
  }
  return { counts, resources, queueDepth, rate: rateSum, passes, failed, p95Ms };
}

/** Katalogs on one page, and boxes that a search finds. */
const maxRows = 200;

/** `/`: all Katalogs, and the processes that have none. */
export function homePage(
  context: PageContext,
  sources: { readonly place: string; readonly trouble: string | undefined },
): Page {
  const { fleet, nowMs } = context;
  const search = context.query("search").trim().toLowerCase();
  const found = fleet.installations.filter(({ slug, main: { katalog } }) =>
    [slug, katalog.description, katalog.clusterName].some((text) => text.toLowerCase().includes(search))
  );
  return {
    title: "Katalogs",
    trail: [{ title: "Katalogs", href: home }],
    body: (
      <>
        {sources.trouble === undefined
          ? null
          : <Notice tone="warn" title="There may be more">{plain(sources.trouble)}</Notice>}
        <Section
          id="katalogs"
          title="Overview"
          aside={<Search action={home} value={context.query("search")} label="Search Katalogs and boxes" />}
        >
          {fleet.installations.length === 0
            ? <NothingYet fleet={fleet} place={sources.place} />
            : found.length === 0
            ? <Empty>No Katalog has “{plain(search, 60)}” in its name or description</Empty>
            : <Katalogs rows={found.slice(0, maxRows)} />}
        </Section>
        {search === "" ? null : <FoundBoxes installations={fleet.installations} search={search} />}
        {fleet.unknown.length === 0 ? null : <Unknown processes={fleet.unknown} nowMs={nowMs} />}
        {fleet.alone.length === 0 ? null : <Alone gateways={fleet.alone} />}
      </>
    ),
  };
}

function Katalogs({ rows }: { readonly rows: readonly Installation[] }) {
  const all = rows.map((installation) => ({ installation, totals: totalsOf(installation) }));
  return (
    <Table
      caption="Katalogs, with the state of their boxes and who leads"
      keyOf={({ installation }) => installation.slug}
      rows={all}
      columns={[
        {
          title: "Katalog",
          isHead: true,
          cell: ({ installation: { slug, main: { katalog } } }) => (
            <>
              <a href={katalogAddress(slug)}>{plain(slug, 120)}</a>{" "}
              <span class="muted">{plain(katalog.version, 30)}</span>
            </>
          ),
        },
        {
          title: "State",
          cell: ({ installation, totals }) => <KatalogState installation={installation} totals={totals} />,
        },
        { title: "Leader", cell: ({ installation }) => <Leader installation={installation} /> },
        { title: "Boxes", isNumber: true, cell: ({ installation }) => number(installation.main.katalog.crds.length) },
        { title: "CRs", isNumber: true, cell: ({ totals }) => number(totals.resources) },
        { title: "Queue", isNumber: true, cell: ({ totals }) => number(totals.queueDepth) },
        {
          title: "Passes/s",
          isNumber: true,
          cell: ({ totals }) => totals.rate === undefined ? "–" : rate(totals.rate),
        },
        {
          title: "Errors",
          isNumber: true,
          cell: ({ totals }) => <Errors passes={totals.passes} failed={totals.failed} />,
        },
        { title: "p95", isNumber: true, cell: ({ totals }) => totals.p95Ms === undefined ? "–" : millis(totals.p95Ms) },
      ]}
    />
  );
}

/** The share of failed passes since the operator started; the numbers where the pointer rests. */
export function Errors({ passes, failed }: { readonly passes: number; readonly failed: number }) {
  if (passes === 0) return <span>–</span>;
  const text = `${number(failed)} of ${counted(passes, "pass", "passes")} failed since the start`;
  return <span title={text} class={failed > 0 ? "some-failed" : undefined}>{share(failed / passes)}</span>;
}

/** The states of the boxes, the worst first; of one that does not respond, what it said last. */
export function KatalogState(
  { installation, totals: { counts } }: { readonly installation: Installation; readonly totals: Totals },
) {
  const { trouble } = installation.main.process;
  if (trouble !== undefined) return <State state={trouble.kind} />;
  const order: readonly CrdState[] = ["degraded", "pending", "started", "healthy"];
  const there = order.filter((state) => counts[state] > 0);
  if (there.length === 0) return <span class="muted">no boxes</span>;
  return (
    <span class="states">
      {there.map((state) => (
        <span class="count">
          <State state={state} /> {there.length === 1 ? null : number(counts[state])}
        </span>
      ))}
    </span>
  );
}

/** Who leads, and how many would. */
export function Leader({ installation: { main, isLed, runtimes } }: { readonly installation: Installation }) {
  const standbys =
    runtimes.filter(({ process, katalog }) => process.trouble === undefined && !katalog.isKonductor).length;
  const name = main.katalog.konductor ?? main.process.place;
  return (
    <>
      {isLed ? <span>{plain(name, 80)}</span> : <State state="nobody leads" tone="bad" />}
      {standbys === 0 ? null : <span class="muted">+ {counted(standbys, "standby", "standbys")}</span>}
    </>
  );
}

function FoundBoxes(
  { installations, search }: { readonly installations: readonly Installation[]; readonly search: string },
) {
  const rows = installations.flatMap(({ slug, main }) =>
    main.katalog.crds.filter(({ name, gvk = "" }) => `${name} ${gvk}`.toLowerCase().includes(search)).map((crd) => ({
      slug,
      crd,
    }))
  );
  return (
    <Section id="boxes" title="Boxes">
      {rows.length === 0 ? <Empty>No box has “{plain(search, 60)}” in its name or kind</Empty> : (
        <Table
          caption="Boxes that the search finds"
          keyOf={({ slug, crd }) => `${slug} ${crd.name}`}
          rows={rows.slice(0, maxRows)}
          columns={[
            {
              title: "Box",
              isHead: true,
              cell: ({ slug, crd }) => <a href={boxAddress(slug, crd.name)}>{plain(crd.name, 63)}</a>,
            },
            { title: "Katalog", cell: ({ slug }) => <a href={katalogAddress(slug)}>{plain(slug, 120)}</a> },
            { title: "State", cell: ({ crd }) => <State state={crd.state} /> },
          ]}
        />
      )}
    </Section>
  );
}

function NothingYet({ fleet, place }: { readonly fleet: PageContext["fleet"]; readonly place: string }) {
  if (fleet.unknown.some(({ wasTried }) => !wasTried)) return <Empty>Reading {plain(place, 300)} …</Empty>;
  return (
    <Empty>
      No Runtime has responded at {plain(place, 300)}. Start one with{" "}
      <code>ork run</code>, which prints its URL, and give that URL with <code>--url</code>; for one in a cluster leave
      {" "}
      <code>--url</code> away.
    </Empty>
  );
}

function Unknown({ processes, nowMs }: { readonly processes: readonly Process[]; readonly nowMs: number }) {
  return (
    <Section id="unreachable" title="Without a response">
      <Table
        caption="Processes that have not said what they run"
        keyOf={({ place }) => place}
        rows={processes}
        columns={[
          { title: "Process", isHead: true, cell: ({ place }) => plain(place, 200) },
          { title: "State", cell: ({ trouble }) => <State state={trouble?.kind ?? "reading"} /> },
          { title: "Since", cell: ({ trouble }) => <Age time={trouble?.sinceMs} nowMs={nowMs} /> },
          { title: "Why", cell: ({ trouble }) => plain(trouble?.message ?? "", 600) },
        ]}
      />
    </Section>
  );
}

function Alone({ gateways }: { readonly gateways: readonly GatewayProcess[] }) {
  return (
    <Section id="gateways" title="Gateways without their Runtime">
      <Table
        caption="Gateways whose Katalog no Runtime here runs"
        keyOf={({ process }) => process.place}
        rows={gateways}
        columns={[
          { title: "Gateway", isHead: true, cell: ({ process }) => plain(process.place, 200) },
          { title: "Katalog", cell: ({ katalog }) => plain(katalog.name, 120) },
          {
            title: "State",
            cell: ({ katalog }) => (
              <State state={katalog.ready ? "ready" : "not ready"} tone={katalog.ready ? "ok" : "bad"} />
            ),
          },
          {
            title: "Why",
            cell: ({ katalog, process }) => plain(process.trouble?.message ?? katalog.reason ?? "", 600),
          },
        ]}
      />
    </Section>
  );
}
