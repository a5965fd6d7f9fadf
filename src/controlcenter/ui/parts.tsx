import type { Child } from "hono/jsx";
import type { CrdState } from "../sources/documents.ts";
import { plain, span } from "./text.ts";

/** Small parts that pages are made of. */

type Tone = "ok" | "warn" | "bad" | "idle";

const tones: Readonly<Record<string, Tone>> = {
  ...{ healthy: "ok", started: "warn", pending: "warn", degraded: "bad" },
  ...{ leads: "ok", standby: "idle", unreachable: "bad", unusable: "bad" },
  ...{ succeeded: "ok", failed: "bad", denied: "bad", waiting: "warn", deleting: "warn" },
} satisfies Record<CrdState, Tone> & Record<string, Tone>;

/** A state in a word; the mark beside it has a form of its own, so that nobody needs its colour. */
export function State({ state, tone = tones[state] ?? "idle" }: { readonly state: string; readonly tone?: Tone }) {
  return <span class={`state ${tone}`}>{plain(state, 40)}</span>;
}

/** Ready or not, as a state. */
export function Ready({ ready }: { readonly ready: boolean }) {
  return <State state={ready ? "ready" : "not ready"} tone={ready ? "ok" : "warn"} />;
}

/** A time as an age, with the exact time where the pointer rests; what is no time is left as it is. */
export function Age({ time, nowMs, ago = true }: {
  readonly time: string | number | undefined;
  readonly nowMs: number;
  readonly ago?: boolean;
}) {
  const ms = typeof time === "number" ? time : Date.parse(time ?? "");
  if (time === undefined || time === "" || Number.isNaN(ms)) {
    return <span class="muted">{plain(String(time ?? "–"), 40)}</span>;
  }
  const isPast = ms <= nowMs;
  const text = isPast ? `${span(nowMs - ms)}${ago ? " ago" : ""}` : `in ${span(ms - nowMs)}`;
  return (
    <time datetime={new Date(ms).toISOString()} title={exact(ms)} data-age={ago ? "ago" : "plain"}>
      {text}
    </time>
  );
}

/** `2026-11-29 19:40:02 UTC`. */
export function exact(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").replace(/\.\d{3}Z$/, " UTC");
}

/** A button that copies a text; the script shows it. */
export function Copy({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <button type="button" class="copy" data-copy={text} aria-label={`Copy ${what}`} title={`Copy ${what}`} hidden>
      copy
    </button>
  );
}

/** A name in its own type, with a button that copies it. */
export function Name({ text, what = "the name" }: { readonly text: string; readonly what?: string }) {
  const shown = plain(text, 320);
  return (
    <span class="name">
      <code>{shown}</code> <Copy text={shown} what={what} />
    </span>
  );
}

/** A line for a terminal. */
export function Command({ line, label }: { readonly line: string; readonly label: string }) {
  return (
    <div class="command">
      <span class="muted">{label}</span> <code>{line}</code> <Copy text={line} what={`the command: ${label}`} />
    </div>
  );
}

/** Something that has to be seen, and what to do about it. */
export function Notice({ tone, title, children }: {
  readonly tone: "bad" | "warn" | "info";
  readonly title: string;
  readonly children?: Child;
}) {
  return (
    <div class={`notice ${tone}`} role={tone === "bad" ? "alert" : "note"}>
      <strong>{title}</strong>
      {children === undefined ? null : <div>{children}</div>}
    </div>
  );
}

/** In place of a list that has nothing. */
export function Empty({ children }: { readonly children: Child }) {
  return <p class="empty">{children}</p>;
}

/** Labels and values, as a definition list. */
export function Facts({ facts }: { readonly facts: readonly (readonly [label: string, value: Child] | undefined)[] }) {
  return (
    <dl class="facts">
      {facts.filter((fact) => fact !== undefined).map(([label, value]) => (
        <div>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A part of a page, with a heading that can be linked to. */
export function Section({ id, title, aside, children }: {
  readonly id: string;
  readonly title: string;
  readonly aside?: Child;
  readonly children: Child;
}) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <div class="section-head">
        <h2 id={`${id}-title`}>
          <a href={`#${id}`}>{title}</a>
        </h2>
        {aside ?? null}
      </div>
      {children}
    </section>
  );
}

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Child;
  /** Right-aligned, in figures of one width. */
  readonly isNumber?: boolean;
  /** Names the row: a header cell. */
  readonly isHead?: boolean;
}

/** A table that becomes a list of cards where the screen is narrow. `caption` is for screen readers. */
export function Table<Row>({ caption, columns, rows, keyOf }: {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Identifies a row, so that it stays the same while the page changes. */
  readonly keyOf: (row: Row) => string;
}) {
  return (
    <table>
      <caption class="hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title, isNumber }) => <th scope="col" class={isNumber ? "number" : undefined}>{title}</th>)}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr data-key={keyOf(row)}>
            {columns.map(({ title, cell, isNumber, isHead }) =>
              isHead
                ? <th scope="row" data-label={title}>{cell(row)}</th>
                : <td class={isNumber ? "number" : undefined} data-label={title}>{cell(row)}</td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A search that works as a form; `/` brings the cursor there. */
export function Search({ action, value, label, children }: {
  readonly action: string;
  readonly value: string;
  readonly label: string;
  readonly children?: Child;
}) {
  return (
    <form class="search" method="get" action={action} role="search">
      <label>
        <span class="hidden">{label}</span>
        <input type="search" name="search" value={value} placeholder={`${label} ( / )`} maxlength={320} data-search />
      </label>
      {children ?? null}
      <button type="submit">Search</button>
    </form>
  );
}
