import { type Context, Hono } from "hono";
import type { Clock } from "../../base/clock.ts";
import { errorText } from "../../base/error_text.ts";
import { InspectError } from "../../dev/inspect/inspect_error.ts";
import { aboutPage } from "../pages/about_page.tsx";
import { home } from "../pages/addresses.ts";
import { boxPage } from "../pages/box_page.tsx";
import { crPage } from "../pages/cr_page.tsx";
import { docsPage } from "../pages/docs_page.tsx";
import { homePage } from "../pages/home_page.tsx";
import { katalogPage } from "../pages/katalog_page.tsx";
import { type KatalogContext, NoSuchPage, type Page } from "../pages/page.ts";
import { sourcePage } from "../pages/source_page.tsx";
import { webhooksPage } from "../pages/webhooks_page.tsx";
import { installationOf } from "../sources/fleet.ts";
import type { Sources } from "../sources/sources.ts";
import { Layout } from "../ui/layout.tsx";
import { Empty, Notice } from "../ui/parts.tsx";
import { plain } from "../ui/text.ts";
import { type AccessSettings, admit } from "./access.ts";
import type { Assets } from "./assets.ts";
import { secured } from "./headers.ts";
import { isOurs } from "./host_names.ts";
import type { LiveStreams } from "./live.ts";

export interface AppOptions {
  readonly sources: Pick<Sources, "fleet" | "place" | "trouble">;
  readonly clock: Clock;
  readonly assets: Assets;
  readonly live: Pick<LiveStreams, "open">;
  readonly access: AccessSettings;
  /** Names under which it is reached, besides `localhost` and addresses; in lower case. */
  readonly hostNames: ReadonlySet<string>;
  readonly refreshMs: number;
  readonly version: string;
  /** An error that nobody expected. */
  readonly failed: (message: string) => void;
}

/** Longest path and query. */
const maxUrl = 4096;
/** Requests in flight; streams do not count, they are bounded on their own. */
const maxInFlight = 32;

/**
 * The web interface: pages, what they load, and a stream that says when to look again. It changes nothing: every method
 * but GET and HEAD is refused, bodies of requests are never read, and no request leads to one that is no GET. Never
 * throws.
 */
export function controlCenterApp(options: AppOptions): (request: Request) => Promise<Response> {
  const { sources, clock, assets, live, access } = options;
  const byAddress = new Map(Object.values(assets).map((asset) => [asset.address, asset]));
  const app = new Hono<{ Variables: { user: string | undefined } }>();
  let inFlight = 0;

  app.use(async (context, next) => {
    const refused = refusalOf(context.req.raw, options);
    if (refused !== undefined) return refused;
    const admission = admit(access, context.req.raw.headers);
    if (!admission.admitted) return unauthorized(access);
    context.set("user", admission.user);
    if (context.req.path === "/live") return await next();
    if (inFlight >= maxInFlight) {
      return text("Too many requests at a time; load the page again", 503, { "retry-after": "1" });
    }
    inFlight++;
    try {
      return await next();
    } finally {
      inFlight--;
    }
  });

  const shown = async (context: Context, make: () => Page | Promise<Page>): Promise<Response> => {
    const page = await make();
    const user = context.get("user") as string | undefined;
    const frame = {
      styles: [assets["ui.css"].address, ...(page.plots ? [assets["uplot.css"].address] : [])],
      scripts: [
        assets["ui.js"].address,
        ...(page.plots ? [assets["uplot.js"].address, assets["plots.js"].address] : []),
      ],
      icon: assets["icon.svg"].address,
    };
    const html = <Layout page={page} assets={frame} user={user} refreshMs={options.refreshMs} />;
    return new Response(`<!DOCTYPE html>${html}\n`, {
      status: page.status ?? 200,
      headers: { "content-type": "text/html; charset=utf-8" },
    });
  };
  const common = (context: Context) => ({
    fleet: sources.fleet,
    nowMs: clock.wallMs(),
    query: (name: string) => (context.req.query(name) ?? "").slice(0, 1024),
  });
  const ofKatalog = (context: Context): KatalogContext => {
    const base = common(context);
    const slug = context.req.param("katalog") ?? "";
    const installation = installationOf(base.fleet, slug);
    if (installation === undefined) throw new NoSuchPage(`No Katalog “${plain(slug, 120)}” is known here`);
    return { ...base, installation };
  };

  app.get("/assets/:digest/:name", (context) => {
    const asset = byAddress.get(context.req.path);
    if (asset === undefined) return text("There is no such file", 404);
    return new Response(asset.bytes, {
      headers: { "content-type": asset.type, "cache-control": "public, max-age=31536000, immutable" },
    });
  });
  app.get("/live", (context) => {
    const headers = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
    // Nobody would ever end a stream that is not read.
    if (context.req.raw.method === "HEAD") return new Response(null, { headers });
    const stream = live.open(context.req.query("katalog"));
    if (stream === undefined) return text("Too many pages are open; close some", 503, { "retry-after": "10" });
    return new Response(stream, { headers });
  });
  app.get("/", (context) => shown(context, () => homePage(common(context), sources)));
  app.get("/about", (context) => {
    const { version, refreshMs } = options;
    return shown(context, () => aboutPage({ version, refreshMs, place: sources.place, user: context.get("user") }));
  });
  app.get("/k/:katalog", (context) => shown(context, () => katalogPage(ofKatalog(context))));
  app.get("/k/:katalog/webhooks", (context) => shown(context, () => webhooksPage(ofKatalog(context))));
  app.get("/k/:katalog/source", (context) => shown(context, () => sourcePage(ofKatalog(context))));
  app.get(
    "/k/:katalog/b/:box",
    (context) => shown(context, () => boxPage(ofKatalog(context), context.req.param("box"))),
  );
  app.get(
    "/k/:katalog/b/:box/docs",
    (context) => shown(context, () => docsPage(ofKatalog(context), context.req.param("box"))),
  );
  app.get("/k/:katalog/b/:box/cr/:name", (context) => {
    const { box, name } = context.req.param();
    return shown(context, () => crPage(ofKatalog(context), box, "", name));
  });
  app.get("/k/:katalog/b/:box/cr/:namespace/:name", (context) => {
    const { box, namespace, name } = context.req.param();
    return shown(context, () => crPage(ofKatalog(context), box, namespace, name));
  });

  app.notFound((context) => shown(context, () => problemPage(404, "There is no such page")));
  app.onError((error, context) => {
    if (error instanceof NoSuchPage) return shown(context, () => problemPage(404, error.message));
    // What a Runtime or the way to it did: a state of it, not a defect here.
    if (error instanceof InspectError) return shown(context, () => problemPage(503, error.message));
    options.failed(`Unexpected error on ${context.req.path.slice(0, 300)}: ${error.stack ?? errorText(error)}`);
    return text("Unexpected error; the terminal of the Control Center has its stack", 500);
  });

  return async (request) => secured(await app.fetch(request));
}

/** What is refused before anything else is looked at. */
function refusalOf(request: Request, { hostNames }: AppOptions): Response | undefined {
  const { method, url, headers } = request;
  if (!isOurs(headers.get("host"), hostNames)) {
    return text(
      "This name is not one of this Control Center: use its address, or name it with --host when it is started",
      421,
    );
  }
  if (method !== "GET" && method !== "HEAD") {
    return text(`Cannot ${method}: the Control Center is read-only`, 405, { allow: "GET, HEAD" });
  }
  return url.length > maxUrl ? text(`The URL is longer than ${maxUrl} characters`, 414) : undefined;
}

function unauthorized({ proxyHeader, token, users }: AccessSettings): Response {
  if (token === undefined && users === undefined) {
    return text(`The proxy in front has not said who you are (${proxyHeader}): log in there`, 403);
  }
  const how = users === undefined ? "with any name, and the token as the password" : "with your name and password";
  return text(`Log in ${how}`, 401, { "www-authenticate": 'Basic realm="Ork Control Center", charset="UTF-8"' });
}

function problemPage(status: 404 | 503, message: string): Page {
  return {
    title: status === 404 ? "Not found" : "Not available",
    status,
    trail: [{ title: "Katalogs", href: home }, {
      title: status === 404 ? "Not found" : "Not available",
      href: "#main",
    }],
    body: status === 404
      ? (
        <Empty>
          {message}. <a href={home}>All Katalogs</a>
        </Empty>
      )
      : (
        <Notice tone="bad" title="It cannot be shown at the moment">
          <p>{plain(message, 1000)}</p>
          <p>The page loads itself again when something changes.</p>
        </Notice>
      ),
  };
}

function text(body: string, status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${body}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers } });
}
