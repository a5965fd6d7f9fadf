import { isMap } from "../../base/json.ts";
import {
  anyDocument,
  type BoxDetail,
  boxDetail,
  boxHealth,
  type Crd,
  type FailingCrs,
  failingCrs,
} from "../sources/documents.ts";
import { ask, askFor, crdOf, type Installation } from "../sources/fleet.ts";
import { Age, Command, Facts, Notice, Section, State, Table } from "../ui/parts.tsx";
import { counted, millis, number, plain, shellWord } from "../ui/text.ts";
import { apiPath, boxAddress, crAddress, home, katalogAddress } from "./addresses.ts";
import { Errors } from "./home_page.tsx";
import { Crs, crsOf } from "./cr_list.tsx";
import { Charts, KatalogTroubles } from "./katalog_page.tsx";
import { kindOf, resourceOf } from "./kinds.ts";
import { Permissions } from "./permissions.tsx";
import { type KatalogContext, NoSuchPage, type Page } from "./page.ts";
import { Rules } from "./rules.tsx";

/** Marks of workers that are drawn. */
const maxWorkers = 64;
const maxNeighbours = 300;

/** The box that an address names. Throws `NoSuchPage`. */
export function boxIn(installation: Installation, name: string): Crd {
  const crd = crdOf(installation, name);
  if (crd !== undefined) return crd;
  throw new NoSuchPage(`The Katalog ${plain(installation.slug, 120)} has no box “${plain(name, 63)}”`);
}

/** The pages of a box, as tabs. */
export function boxTabs(slug: string, box: string, current: "box" | "docs"): NonNullable<Page["tabs"]> {
  return [
    { title: "Operator", href: boxAddress(slug, box), isCurrent: current === "box" },
    { title: "Documentation", href: boxAddress(slug, box, "docs"), isCurrent: current === "docs" },
  ];
}

/** From all Katalogs to a box. */
export function boxTrail(slug: string, box: string): Page["trail"] {
  return [
    { title: "Katalogs", href: home },
    { title: slug, href: katalogAddress(slug) },
    { title: box, href: boxAddress(slug, box) },
  ];
}

/** `/k/{katalog}/b/{box}`: how an operator is, and its CRs. Throws `InspectError`. */
export async function boxPage(context: KatalogContext, name: string): Promise<Page> {
  const { installation, nowMs } = context;
  const { slug } = installation;
  const crd = boxIn(installation, name);
  const hasInfo = crd.endpoints?.infoEnabled ?? crd.gvk !== undefined;
  const [detail, health, entry, failing, crs] = await Promise.all([
    hasInfo ? askFor(installation, apiPath(crd.name), boxDetail) : undefined,
    crd.endpoints?.healthEnabled === false ? undefined : askFor(installation, apiPath(crd.name, "health"), boxHealth),
    hasInfo ? askFor(installation, apiPath(crd.name, "enriched"), anyDocument) : undefined,
    hasInfo ? askFor(installation, apiPath(crd.name, "failing"), failingCrs) : undefined,
    hasInfo ? crsOf(context, crd) : undefined,
  ]);
  return {
    title: `${crd.name} · ${slug}`,
    trail: boxTrail(slug, crd.name),
    tabs: boxTabs(slug, crd.name, "box"),
    plots: true,
    body: (
      <>
        <KatalogTroubles installation={installation} nowMs={nowMs} />
        <BoxTroubles crd={crd} nowMs={nowMs} missing={health?.value?.missing ?? false} />
        <BoxFacts crd={crd} detail={detail?.value} nowMs={nowMs} />
        {hasInfo ? null : (
          <Notice tone="info" title="The Katalog has switched the endpoints of this box off">
            Only its state is known.
          </Notice>
        )}
        <Section id="history" title="Lately">
          <Charts installation={installation} box={crd.name} />
        </Section>
        {failing?.value === undefined
          ? null
          : <Failing slug={slug} box={crd.name} failing={failing.value} nowMs={nowMs} />}
        {crs === undefined ? null : <Crs context={context} crd={crd} crs={crs} />}
        <Neighbours slug={slug} installation={installation} crd={crd} states={health?.value?.dependencies ?? {}} />
        {(health?.value?.crossSources.length ?? 0) === 0
          ? null
          : (
            <Section id="sources" title="Other Runtimes that it reads">
              <Table
                caption="Boxes of other Runtimes that this one reads"
                keyOf={({ source }) => source}
                rows={health!.value!.crossSources}
                columns={[
                  { title: "Source", isHead: true, cell: ({ source }) => plain(source, 300) },
                  {
                    title: "State",
                    cell: ({ state }) => <State state={state} tone={state === "current" ? "ok" : "warn"} />,
                  },
                  { title: "Read", cell: ({ lastRead }) => <Age time={lastRead} nowMs={nowMs} /> },
                  { title: "Why", cell: ({ reason = "" }) => plain(reason, 400) },
                ]}
              />
            </Section>
          )}
        {entry?.value === undefined
          ? null
          : <Rules entry={entry.value} gateways={installation.gateways} box={crd.name} />}
        {detail?.value === undefined ? null : <Permissions detail={detail.value} />}
        {detail?.problem === undefined
          ? null
          : <Notice tone="warn" title="Not everything could be read">{plain(detail.problem, 600)}</Notice>}
      </>
    ),
  };
}

function BoxTroubles(
  { crd, nowMs, missing }: { readonly crd: Crd; readonly nowMs: number; readonly missing: boolean },
) {
  const { state, reason, lastError = "", lastReconcile, consecutiveFails = 0, failureThreshold } = crd;
  const title = state === "degraded" ? "Degraded" : state === "pending" ? "Pending" : undefined;
  return (
    <>
      {title === undefined ? null : (
        <Notice tone={state === "degraded" ? "bad" : "warn"} title={title}>
          {plain(reason ?? "no reason is known", 2000)}
          {missing
            ? <Command label="See whether it is installed" line={`kubectl get crd ${shellWord(resourceOf(crd))}`} />
            : null}
        </Notice>
      )}
      {lastError === "" ? null : (
        <Notice
          tone={consecutiveFails > 0 ? "bad" : "info"}
          title={consecutiveFails > 0 ? "The last passes failed" : "The last error, since recovered"}
        >
          <p>{plain(lastError, 2000)}</p>
          <p class="muted">
            {consecutiveFails > 0
              ? `${counted(consecutiveFails, "failure")} in a row; from ${
                failureThreshold ?? "–"
              } on the box is degraded. `
              : ""}
            Last pass <Age time={lastReconcile} nowMs={nowMs} />. The log of the Runtime has the stack.
          </p>
        </Notice>
      )}
    </>
  );
}

/** CRs that need somebody to look, the latest first. */
function Failing({ slug, box, failing, nowMs }: {
  readonly slug: string;
  readonly box: string;
  readonly failing: FailingCrs;
  readonly nowMs: number;
}) {
  const { items, total } = failing;
  if (items.length === 0) return null;
  return (
    <Section id="failing" title="CRs that fail or wait">
      <Table
        caption="CRs whose last pass failed, was refused or waits"
        keyOf={({ namespace, name }) => `${namespace}/${name}`}
        rows={items}
        columns={[
          {
            title: "CR",
            isHead: true,
            cell: ({ namespace, name }) => (
              <a href={crAddress(slug, box, namespace, name)}>
                {plain(namespace === "" ? name : `${namespace}/${name}`, 320)}
              </a>
            ),
          },
          { title: "Last pass", cell: ({ result }) => <State state={result} /> },
          { title: "Since", cell: ({ firstTime }) => <Age time={firstTime} nowMs={nowMs} /> },
          { title: "Passes", isNumber: true, cell: ({ count }) => number(count) },
          { title: "Why", cell: ({ message }) => plain(message, 600) },
        ]}
      />
      {total > items.length ? <p class="muted">{number(total - items.length)} more are not listed</p> : null}
    </Section>
  );
}

function BoxFacts(
  { crd, detail, nowMs }: { readonly crd: Crd; readonly detail: BoxDetail | undefined; readonly nowMs: number },
) {
  return (
    <Facts
      facts={[
        ["State", <State state={crd.state} />],
        ["Kind", <code>{plain(crd.gvk ?? kindOf(crd), 200)}</code>],
        crd.resourceCount === undefined ? undefined : ["CRs", number(crd.resourceCount)],
        ["Workers", <Workers crd={crd} detail={detail} />],
        crd.queueDepth === undefined
          ? undefined
          : ["Queue", crd.maxDepth ? `${number(crd.queueDepth)} of ${number(crd.maxDepth)}` : number(crd.queueDepth)],
        detail === undefined ? undefined : [
          "Wait in the queue",
          `${millis(detail.metrics.queueWaitP50Ms)} median, ${millis(detail.metrics.queueWaitP99Ms)} p99`,
        ],
        ["Errors", <Errors passes={crd.totalReconciles ?? 0} failed={crd.failedReconciles ?? 0} />],
        ["Last pass", <Age time={crd.lastReconcile} nowMs={nowMs} />],
        ["Started", <Age time={crd.startedAt} nowMs={nowMs} />],
        crd.resync === undefined ? undefined : ["Resync", plain(crd.resync, 40)],
        crd.namespace === undefined || crd.namespace === "" ? undefined : ["Namespace", plain(crd.namespace, 63)],
        detail === undefined || detail.operatorBox.finalizers.values.length === 0
          ? undefined
          : ["Finalizer", <code>{plain(detail.operatorBox.finalizers.values.join(", "), 300)}</code>],
      ]}
    />
  );
}

/** One mark for each worker: how many are in a pass is what it says, not which. */
function Workers({ crd, detail }: { readonly crd: Crd; readonly detail: BoxDetail | undefined }) {
  const { workers = 0, workersActive = 0 } = crd;
  if (detail === undefined) return <span>{workersActive} of {workers}</span>;
  const { workersProcessing: busy, workersIdle: idle } = detail;
  const words = workersActive === 0 ? `${workers} rest` : `${busy} in a pass, ${idle} idle`;
  const marks = [
    ...Array.from({ length: Math.min(busy, maxWorkers) }, () => "busy"),
    ...Array.from({ length: Math.max(0, Math.min(idle, maxWorkers - busy)) }, () => "idle"),
  ];
  return (
    <span class="workers">
      <span aria-hidden="true">{marks.map((mark) => <i class={mark} />)}</span> {words}
    </span>
  );
}

/** What it waits for and reads, and what waits for it and reads it. */
function Neighbours({ slug, installation, crd, states }: {
  readonly slug: string;
  readonly installation: Installation;
  readonly crd: Crd;
  readonly states: Readonly<Record<string, string>>;
}) {
  const { crds } = installation.main.katalog;
  const rows = [
    ...crd.dependsOn.map((name) => ({ what: "waits for", name })),
    ...crd.crossReads.map(({ crd: name, source = "" }) => ({ what: "reads", name: name ?? source })),
    ...crds.filter(({ dependsOn }) => dependsOn.includes(crd.name)).map(({ name }) => ({
      what: "is waited for by",
      name,
    })),
    ...crds.filter(({ crossReads }) => crossReads.some((one) => one.crd === crd.name)).map(({ name }) => ({
      what: "is read by",
      name,
    })),
  ].slice(0, maxNeighbours);
  if (rows.length === 0) return null;
  const stateOf = (name: string) => states[name] ?? crdOf(installation, name)?.state;
  return (
    <Section id="neighbours" title="Other boxes">
      <Table
        caption="Boxes that this one depends on or reads, and the reverse"
        keyOf={({ what, name }) => `${what} ${name}`}
        rows={rows}
        columns={[
          { title: "This box", cell: ({ what }) => what },
          {
            title: "Box",
            isHead: true,
            cell: ({ name }) =>
              crdOf(installation, name) === undefined
                ? plain(name, 300)
                : <a href={boxAddress(slug, name)}>{plain(name, 63)}</a>,
          },
          { title: "State", cell: ({ name }) => <State state={stateOf(name) ?? "elsewhere"} /> },
        ]}
      />
    </Section>
  );
}

/** The entry of a box in the one layout, with every default. Throws `InspectError`. */
export async function enrichedEntry(
  { installation }: KatalogContext,
  crd: Crd,
): Promise<Readonly<Record<string, unknown>>> {
  const entry = await ask(installation, apiPath(crd.name, "enriched"), anyDocument);
  return isMap(entry) ? entry : {};
}
