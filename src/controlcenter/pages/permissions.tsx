import type { BoxDetail, Rule } from "../sources/documents.ts";
import { Section, Table } from "../ui/parts.tsx";
import { counted, number, plain } from "../ui/text.ts";

const maxRules = 300;

/** What the operator may ask of the API server: one line for each resource and place. */
export function Permissions({ detail: { rbac } }: { readonly detail: BoxDetail }) {
  const rows = byResource(rbac.rules);
  return (
    <Section id="permissions" title="Permissions">
      <p class="muted">{counted(rbac.totalRules, "permission")}, derived from the Katalog: it may do nothing else.</p>
      <Table
        caption="What this operator may ask of the API server"
        keyOf={({ key }) => key}
        rows={rows.slice(0, maxRules)}
        columns={[
          { title: "Resource", isHead: true, cell: ({ rule }) => <code>{plain(resourceOf(rule), 200)}</code> },
          { title: "Verbs", cell: ({ verbs }) => plain(verbs.join(", "), 200) },
          {
            title: "Where",
            cell: ({ rule }) =>
              rule.namespaces === undefined ? "the whole cluster" : plain(rule.namespaces.join(", "), 300),
          },
          {
            title: "Names",
            cell: ({ rule }) => rule.resourceNames === undefined ? "any" : plain(rule.resourceNames.join(", "), 300),
          },
        ]}
      />
      {rows.length > maxRules ? <p class="muted">{number(rows.length - maxRules)} more are not shown</p> : null}
    </Section>
  );
}

function resourceOf({ apiGroup, resource }: Rule): string {
  return apiGroup === "" ? resource : `${resource}.${apiGroup}`;
}

function byResource(rules: readonly Rule[]): { readonly key: string; readonly rule: Rule; readonly verbs: string[] }[] {
  const rows = new Map<string, { key: string; rule: Rule; verbs: string[] }>();
  for (const rule of rules) {
    const { verb: _verb, ...rest } = rule;
    const key = JSON.stringify(rest);
    const row = rows.get(key) ?? { key, rule, verbs: [] };
    row.verbs.push(rule.verb);
    rows.set(key, row);
  }
  return [...rows.values()];
}
