import { type AccessSettings } from "../../src/controlcenter/server/access.ts";
import { type ControlCenter, startControlCenter } from "../../src/controlcenter/control_center.ts";
import { listed } from "../../src/controlcenter/sources/sources.ts";
import { placeOf } from "../../src/dev/inspect/locate.ts";
import { realClock } from "./clock.ts";
import { type HtmlElement, parseHtml } from "./html.ts";
import { waitFor } from "./wait_for.ts";

/** A page as it came. */
export interface Loaded {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly root: HtmlElement;
}

/** A Control Center on 127.0.0.1 that reads these URLs. */
export interface OpenControlCenter extends AsyncDisposable {
  readonly url: string;
  readonly failures: string[];
  get(path: string, init?: RequestInit): Promise<Response>;
  /** A page, parsed. Throws where it is not well-formed. */
  page(path: string): Promise<Loaded>;
  /** Loads a page until `holds` is true of its text. */
  until(path: string, what: string, holds: (page: Loaded) => boolean): Promise<Loaded>;
}

export function openControlCenter(
  urls: readonly string[],
  { access = { loopback: true }, hostNames = [], refreshMs = 50, timeoutMs = 10_000 }: {
    readonly access?: AccessSettings;
    readonly hostNames?: readonly string[];
    readonly refreshMs?: number;
    readonly timeoutMs?: number;
  } = {},
): OpenControlCenter {
  const failures: string[] = [];
  const center: ControlCenter = startControlCenter({
    ...{ clock: realClock, host: "127.0.0.1", port: 0, access, hostNames, refreshMs, timeoutMs, version: "1.2.3" },
    discovery: listed(urls.map((url) => placeOf(url, "--url"))),
    failed: (message) => void failures.push(message),
  });
  const url = `http://127.0.0.1:${center.port}`;
  const get: OpenControlCenter["get"] = (path, init) => fetch(`${url}${path}`, { redirect: "manual", ...init });
  const page: OpenControlCenter["page"] = async (path) => {
    const response = await get(path);
    const { status, headers } = response;
    const text = await response.text();
    return { status, headers, text, root: parseHtml(text) };
  };
  return {
    url,
    failures,
    get,
    page,
    until: async (path, what, holds) => {
      let last: Loaded | undefined;
      return await waitFor(`${path}: ${what}`, async () => {
        last = await page(path);
        return holds(last) ? last : undefined;
      }, { timeoutMs: 10_000, explain: () => last?.text.slice(0, 2000) });
    },
    [Symbol.asyncDispose]: () => center.close(),
  };
}
