import { isMap } from "../../base/json.ts";
import { typeSchema } from "../sources/documents.ts";
import { askFor } from "../sources/fleet.ts";
import { Copy, Empty, Notice, Section, Table } from "../ui/parts.tsx";
import { number, plain } from "../ui/text.ts";
import { yamlOf } from "../ui/value.tsx";
import { apiPath, boxAddress } from "./addresses.ts";
import { boxIn, boxTabs, boxTrail, enrichedEntry } from "./box_page.tsx";
import { KatalogTroubles } from "./katalog_page.tsx";
import { kindOf } from "./kinds.ts";
import type { KatalogContext, Page } from "./page.ts";
import { Rules } from "./rules.tsx";
import { exampleOf, type Field, fieldsOf } from "./schema_fields.ts";

/** `/k/{katalog}/b/{box}/docs`: what the objects of a kind are made of, and what they come to. Throws `InspectError`. */
export async function docsPage(context: KatalogContext, box: string): Promise<Page> {
  const { installation, nowMs } = context;
  const { slug } = installation;
  const crd = boxIn(installation, box);
  const [type, entry] = await Promise.all([
    askFor(installation, apiPath(crd.name, "schema"), typeSchema),
    enrichedEntry(context, crd),
  ]);
  const { fields: spec, more } = fieldsOf(type.value?.schema, "spec");
  const { fields: status } = fieldsOf(type.value?.schema, "status");
  const kind = plain(kindOf(crd), 63);
  return {
    title: `${kind} · ${slug}`,
    trail: [...boxTrail(slug, crd.name), { title: "Documentation", href: boxAddress(slug, crd.name, "docs") }],
    tabs: boxTabs(slug, crd.name, "docs"),
    body: (
      <>
        <KatalogTroubles installation={installation} nowMs={nowMs} />
        <p class="lead">{plain(crd.description ?? "", 2000) || `Objects of kind ${kind}.`}</p>
        {type.value === undefined
          ? (
            <Notice tone="info" title="The schema of the kind is not known">
              {plain(type.problem, 400)}. The API server has it:{" "}
              <code>kubectl explain {plain(kind.toLowerCase(), 63)} --recursive</code>
            </Notice>
          )
          : (
            <>
              <Section id="example" title="One to begin with">
                <Example example={exampleOf(type.value)} />
              </Section>
              <Section id="spec" title="Spec">
                <Fields fields={spec} caption="Fields of the spec" />
                {more > 0 ? <p class="muted">{number(more)} more fields are not shown</p> : null}
              </Section>
              <Section id="status" title="Status">
                <Fields fields={status} caption="Fields of the status" />
              </Section>
            </>
          )}
        <Made entry={entry} />
        <Rules entry={entry} gateways={installation.gateways} box={crd.name} />
      </>
    ),
  };
}

function Example({ example }: { readonly example: unknown }) {
  const text = yamlOf(example).lines.join("\n");
  return (
    <div class="with-copy">
      <pre class="value" tabindex={0} aria-label="A manifest with what is required">{text}</pre>
      <Copy text={`${text}\n`} what="the manifest" />
    </div>
  );
}

function Fields({ fields, caption }: { readonly fields: readonly Field[]; readonly caption: string }) {
  if (fields.length === 0) return <Empty>The schema names no fields here.</Empty>;
  return (
    <Table
      caption={caption}
      keyOf={({ path }) => path}
      rows={fields}
      columns={[
        {
          title: "Field",
          isHead: true,
          cell: ({ path, depth, name, isRequired }) => (
            <span class={`depth depth-${Math.min(depth, 8)}`} title={plain(path, 300)}>
              <code>{plain(name, 120)}</code>
              {isRequired ? <em class="required">required</em> : null}
            </span>
          ),
        },
        { title: "Type", cell: ({ type }) => plain(type, 100) },
        { title: "Default", cell: ({ fallback }) => fallback === undefined ? "" : <code>{plain(fallback, 120)}</code> },
        { title: "Takes", cell: ({ bounds }) => plain(bounds, 300) },
        { title: "Means", cell: ({ description }) => plain(description, 1000) },
      ]}
    />
  );
}

const maxMade = 200;

/** What the Katalog makes of an object: the entries, by kind. */
function Made({ entry }: { readonly entry: Readonly<Record<string, unknown>> }) {
  const box = entry["operatorBox"];
  const rows = (isMap(box) ? ["onCreate", "onReconcile", "onDelete"] : []).flatMap((block) => {
    const lists = (box as Record<string, unknown>)[block];
    return Object.entries(isMap(lists) ? lists : {}).flatMap(([kind, items]) =>
      (Array.isArray(items) ? items : []).filter(isMap).map((item, index) => ({
        block,
        kind,
        index,
        name: nameOf(item),
      }))
    );
  });
  if (rows.length === 0) return null;
  const words: Readonly<Record<string, string>> = {
    onCreate: "made once",
    onReconcile: "kept as declared",
    onDelete: "when it is deleted",
  };
  return (
    <Section id="made" title="What comes of it">
      <Table
        caption="What the Katalog makes of an object"
        keyOf={({ block, kind, index }) => `${block} ${kind} ${index}`}
        rows={rows.slice(0, maxMade)}
        columns={[
          { title: "Entry", isHead: true, cell: ({ kind }) => <code>{plain(kind, 100)}</code> },
          {
            title: "Name",
            cell: ({ name }) =>
              name === "" ? <span class="muted">the default name</span> : <code>{plain(name, 200)}</code>,
          },
          { title: "Is", cell: ({ block }) => words[block] ?? block },
        ]}
      />
    </Section>
  );
}

function nameOf(item: Readonly<Record<string, unknown>>): string {
  const metadata = item["metadata"];
  const name = item["name"] ?? (isMap(metadata) ? metadata["name"] : undefined);
  return typeof name === "string" ? name : "";
}
