import { type Crd, type CrItem, crPage } from "../sources/documents.ts";
import { askFor } from "../sources/fleet.ts";
import { Age, Command, Empty, Notice, Ready, Search, Section, Table } from "../ui/parts.tsx";
import { counted, number, plain, shellWord } from "../ui/text.ts";
import { apiPath, boxAddress, crAddress, withQuery } from "./addresses.ts";
import { kindOf, resourceOf } from "./kinds.ts";
import type { KatalogContext } from "./page.ts";

/** CRs on one page. */
const pageSize = 50;

/** A page of CRs, or why there is none. */
export interface Listed {
  readonly total?: number;
  readonly items: readonly CrItem[];
  readonly next?: string | undefined;
  readonly problem?: string | undefined;
}

/** One page of CRs, as the query of the page says. */
export async function crsOf({ installation, query }: KatalogContext, crd: Crd): Promise<Listed> {
  const path = withQuery(apiPath(crd.name, "cr"), {
    limit: String(pageSize),
    search: query("search").trim().slice(0, 320),
    namespace: query("namespace").trim().slice(0, 63),
    ready: ["true", "false"].includes(query("ready")) ? query("ready") : "",
    continue: query("continue"),
  });
  const { value, problem } = await askFor(installation, path, crPage);
  return value === undefined
    ? { items: [], problem }
    : { total: value.total, items: value.items, next: value.continue };
}

/** CRs, with a form to search them. */
export function Crs(
  { context, crd, crs }: { readonly context: KatalogContext; readonly crd: Crd; readonly crs: Listed },
) {
  const { installation: { slug }, nowMs, query } = context;
  const here = boxAddress(slug, crd.name);
  const [search, namespace, ready] = ["search", "namespace", "ready"].map((name) => query(name).slice(0, 320));
  const isFiltered = [search, namespace, ready].some((text) => text !== "");
  const isLater = query("continue") !== "";
  return (
    <Section
      id="crs"
      title="Custom resources"
      aside={
        <Search action={`${here}#crs`} value={search!} label="Search names and phases">
          {crd.namespaced === false ? null : (
            <label>
              <span class="hidden">Namespace</span>
              <input name="namespace" value={namespace} placeholder="namespace" maxlength={63} size={12} />
            </label>
          )}
          <label>
            <span class="hidden">Readiness</span>
            <select name="ready">
              <option value="" selected={ready === ""}>all</option>
              <option value="true" selected={ready === "true"}>ready</option>
              <option value="false" selected={ready === "false"}>not ready</option>
            </select>
          </label>
        </Search>
      }
    >
      {crs.problem === undefined
        ? null
        : <Notice tone="warn" title="The CRs could not be read">{plain(crs.problem, 600)}</Notice>}
      {crs.items.length > 0
        ? (
          <Table
            caption={`Custom resources of ${plain(crd.name, 63)}`}
            keyOf={({ namespace, name }) => `${namespace}/${name}`}
            rows={crs.items}
            columns={[
              ...(crd.namespaced === false
                ? []
                : [{ title: "Namespace", cell: ({ namespace }: CrItem) => plain(namespace, 63) }]),
              {
                title: "Name",
                isHead: true,
                cell: (cr) => <a href={crAddress(slug, crd.name, cr.namespace, cr.name)}>{plain(cr.name, 253)}</a>,
              },
              { title: "Ready", cell: ({ ready }) => <Ready ready={ready} /> },
              { title: "Phase", cell: ({ phase }) => plain(phase, 100) || "–" },
              { title: "Generation", isNumber: true, cell: ({ generation }) => String(generation) },
              {
                title: "Age",
                isNumber: true,
                cell: ({ created, age }) =>
                  created === undefined ? plain(age, 20) : <Age time={created} nowMs={nowMs} ago={false} />,
              },
            ]}
          />
        )
        : crs.problem !== undefined
        ? null
        : isFiltered
        ? (
          <Empty>
            No CR fits. <a href={`${here}#crs`}>Show all</a>
          </Empty>
        )
        : (
          <Empty>
            There is no {plain(kindOf(crd), 63)} yet. <a href={boxAddress(slug, crd.name, "docs")}>Its documentation</a>
            {" "}
            has one to begin with.
          </Empty>
        )}
      {crs.total === undefined ? null : (
        <p class="paging">
          <span class="muted">
            {isFiltered ? `${number(crs.total)} fit` : counted(crs.total, "CR")}, by namespace and name
          </span>
          {isLater ? <a href={`${withQuery(here, { search, namespace, ready })}#crs`}>First page</a> : null}
          {crs.next === undefined
            ? null
            : (
              <a rel="next" href={`${withQuery(here, { search, namespace, ready, continue: crs.next })}#crs`}>
                Next page
              </a>
            )}
        </p>
      )}
      <Command
        label="The same with kubectl"
        line={`kubectl get ${shellWord(resourceOf(crd))}${crd.namespaced === false ? "" : " -A"}`}
      />
    </Section>
  );
}
