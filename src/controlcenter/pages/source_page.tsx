import { type Finding } from "../../base/finding.ts";
import { isMap, type Json } from "../../base/json.ts";
import { builtInSchemas } from "../../dev/built_in_schemas.ts";
import { printYaml } from "../../dev/print_yaml.ts";
import { loadKatalog } from "../../katalog/mod.ts";
import { anyDocument } from "../sources/documents.ts";
import { ask } from "../sources/fleet.ts";
import { Empty, Notice, Section, State } from "../ui/parts.tsx";
import { counted, lines, number, plain } from "../ui/text.ts";
import { home, katalogAddress } from "./addresses.ts";
import { katalogTabs, KatalogTroubles } from "./katalog_page.tsx";
import type { KatalogContext, Page } from "./page.ts";

const maxFiles = 20;
/** Of all files together. */
const maxLines = 4000;
const maxFindings = 200;
/** A Katalog that is larger is printed, and not checked: that takes its time. */
const maxChecked = 512 * 1024;

/** One file of a Katalog as it is shown, with what there is to say of its lines. */
interface ShownFile {
  readonly title: string;
  readonly lines: readonly string[];
  readonly more: number;
  /** Line, from 1 → findings. */
  readonly findings: ReadonlyMap<number, readonly Finding[]>;
  readonly count: number;
  readonly isChecked: boolean;
}

/** `/k/{katalog}/source`: the Katalog as its Runtime has it, with findings at their lines. Throws `InspectError`. */
export async function sourcePage({ installation, nowMs }: KatalogContext): Promise<Page> {
  const { slug } = installation;
  const files = shownFiles(await ask(installation, "/katalog/raw", anyDocument));
  const count = files.reduce((sum, file) => sum + file.count, 0);
  return {
    title: `Source · ${slug}`,
    trail: [
      { title: "Katalogs", href: home },
      { title: slug, href: katalogAddress(slug) },
      { title: "Source", href: katalogAddress(slug, "source") },
    ],
    tabs: katalogTabs(slug, "source"),
    body: (
      <>
        <KatalogTroubles installation={installation} nowMs={nowMs} />
        <p class="muted">
          The Katalog as the Runtime runs it, without comments; what may be a secret is <code>&lt;redacted&gt;</code>.
          {" "}
          {count === 0 ? "Nothing is to be said of it." : `${counted(count, "finding")}, each below its line.`}{" "}
          <code>ork validate --full</code> has the posture too.
        </p>
        {files.length === 0 ? <Empty>The Runtime shows nothing of its Katalog.</Empty> : null}
        {files.map((file, index) => <SourceFile file={file} index={index} />)}
      </>
    ),
  };
}

function SourceFile({ file, index }: { readonly file: ShownFile; readonly index: number }) {
  const of = `f${index + 1}`;
  return (
    <Section id={of} title={file.title}>
      {file.isChecked ? null : (
        <Notice tone="info" title="It is too large to be checked here">
          Use <code>ork validate</code>.
        </Notice>
      )}
      <ol class="source" tabindex={0} aria-label={file.title}>
        {file.lines.map((line, number) => (
          <li id={`${of}-L${number + 1}`} value={number + 1}>
            <code>{line === "" ? " " : line}</code>
            {(file.findings.get(number + 1) ?? []).map(({ severity, message, hint }) => (
              <div class={`finding ${severity}`}>
                <State state={severity} tone={severity === "error" ? "bad" : "warn"} /> {plain(message, 600)}
                {hint === undefined ? null : <span class="muted">({plain(hint, 400)})</span>}
              </div>
            ))}
          </li>
        ))}
      </ol>
      {file.more > 0 ? <p class="muted">{number(file.more)} more lines are not shown</p> : null}
    </Section>
  );
}

/** The document, or the items of a `List` where there were several files. */
export function shownFiles(raw: Readonly<Record<string, unknown>>): ShownFile[] {
  const items = raw["kind"] === "List" && Array.isArray(raw["items"]) ? raw["items"] : [raw];
  const documents = items.filter(isMap).filter((one) => Object.keys(one).length > 0).slice(0, maxFiles);
  let left = maxLines;
  const texts = documents.map((document) => printYaml(document as Json));
  const findings = findingsOf(texts);
  return texts.map((text, index): ShownFile => {
    const { lines: shown, more } = lines(text.trimEnd(), left);
    left -= shown.length;
    const own = findings?.filter(({ file }) => file === fileName(index)) ?? [];
    const byLine = new Map<number, Finding[]>();
    for (const finding of own) byLine.set(finding.line, [...byLine.get(finding.line) ?? [], finding]);
    const name = documents[index]!["metadata"];
    const title = isMap(name) && typeof name["name"] === "string" ? plain(name["name"], 120) : `File ${index + 1}`;
    return { title, lines: shown, more, findings: byLine, count: own.length, isChecked: findings !== undefined };
  });
}

function fileName(index: number): string {
  return `katalog-${index + 1}.yaml`;
}

/**
 * What `ork validate` finds in what is shown. Findings about values that are not shown, and about files that are not
 * here, are none. `undefined`: it is too large.
 */
function findingsOf(texts: readonly string[]): readonly Finding[] | undefined {
  if (texts.reduce((sum, { length }) => sum + length, 0) > maxChecked) return undefined;
  const encoder = new TextEncoder();
  const files = texts.map((text, index) => ({ path: fileName(index), bytes: encoder.encode(text) }));
  const { findings } = loadKatalog(files, () => undefined, builtInSchemas);
  return findings.filter(({ line, file, path }) => {
    const text = texts[files.findIndex((one) => one.path === file)]?.split("\n")[line - 1] ?? "";
    return !text.includes("<redacted>") && !/\.cr(?:d)?Files?(?:\[|\.|$)/.test(path);
  }).slice(0, maxFindings);
}
