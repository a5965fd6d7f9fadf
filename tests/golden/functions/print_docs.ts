/**
 * Prints the reference of the template functions:
 *
 *     deno run -A tests/golden/functions/print_docs.ts > docs/functions.md
 */
import { functionDocs } from "../../../src/template/mod.ts";
import { formatMarkdown } from "../format_markdown.ts";

const intro = `# Template functions

<!-- Printed from the library by tests/golden/functions/print_docs.ts; edit that. -->

Templates are Go's: \`{{ .spec.image | trimSpace }}\`, \`{{ if eq .spec.tier "pro" }}…{{ end }}\`, with \`range\`, \`with\`,
variables, \`define\` and comments. What they can read is in [katalog.md](katalog.md#what-templates-see). Besides Go's own
functions there are those below.

- The subject comes first, \`trimPrefix text prefix\`, but for \`default\`, whose fallback does. A pipe passes its value as the
  last argument.
- Absent is absent at any depth, and an absent object has nothing: \`readyReplicas .children.deployment\` is 0 before there is
  one. A function fails where its arguments make no sense, such as a text where a number is wanted; the entry it stands in
  fails, and no other.
- Results follow from the arguments alone. Those of *Time* depend on the time as well, which every template of one pass sees
  alike; what they print changes in the next pass, not by itself. Those of *Random* give something else each time: they are
  for children of \`onCreate\`, and Secrets with \`once\`.
- Values of a Katalog are no text of YAML: nothing has to be quoted or indented. Maps and lists are written out, with a
  template for each part; \`forEach\` makes a child for each element of a list, \`mapEntries\` and \`listWrap\` a list of
  maps: \`env: '{{ mapEntries .spec.env "name" "value" }}'\`. Sprig's functions are not here by their names: \`ork validate\`
  names the one that does the work.
- What is marked *(enrich: …)* reads what the key \`enrich\` would add to a child, which is
  [not supported yet](katalog.md#not-supported-yet): until then these functions find nothing.`;

/** The whole reference, as Markdown. */
export function printDocs(): string {
  const domains = [...new Set(functionDocs.map(({ domain }) => domain))];
  const parts = domains.map((domain) => [
    `## ${domain}`,
    ["| Function | Gives |", "|---|---|", ...functionDocs.filter((each) => each.domain === domain).map(row)].join("\n"),
  ]);
  return [intro, ...parts.flat(), ""].join("\n\n");
}

function row({ signature, summary }: { signature: string; summary: string }): string {
  const written = signature.replace("(", " ").replace(")", "").replaceAll(",", "").trim();
  return `| \`${written.replaceAll("|", "\\|")}\` | ${summary.replaceAll("|", "\\|")} |`;
}

/** As `deno fmt` leaves it, so that both agree. */
export function formattedDocs(): Promise<string> {
  return formatMarkdown(printDocs());
}

if (import.meta.main) await Deno.stdout.write(new TextEncoder().encode(await formattedDocs()));
