import type { Child } from "hono/jsx";
import type { Fleet, Installation } from "../sources/fleet.ts";

/** What every page is made from. */
export interface PageContext {
  readonly fleet: Fleet;
  /** Wall-clock ms. */
  readonly nowMs: number;
  /** A parameter of the query; "" where there is none. */
  readonly query: (name: string) => string;
}

/** What is looked for, or is to be opened next to a page: the keys behind `g`. */
export interface Page {
  readonly title: string;
  /** From the outside in; the last is the page itself. */
  readonly trail: readonly { readonly title: string; readonly href: string }[];
  /** Tabs beside the page. */
  readonly tabs?: readonly { readonly title: string; readonly href: string; readonly isCurrent: boolean }[];
  readonly body: Child;
  /** It has plots. */
  readonly plots?: boolean;
  /** 200 when absent. */
  readonly status?: 200 | 404 | 503;
}

/** There is no such page; the message is for a person. */
export class NoSuchPage extends Error {
  override name = "NoSuchPage";
}

export interface KatalogContext extends PageContext {
  readonly installation: Installation;
}
