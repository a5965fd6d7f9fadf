import type { Page } from "../pages/page.ts";
import { plain } from "./text.ts";

export interface Frame {
  readonly page: Page;
  /** Addresses of what pages load. */
  readonly assets: {
    readonly styles: readonly string[];
    readonly scripts: readonly string[];
    readonly icon: string;
  };
  /** Who is logged in, where somebody has to be. */
  readonly user: string | undefined;
  /** Of the page without script: it loads itself again. */
  readonly refreshMs: number;
}

/** Keys, and what they do; the script has the same. */
const keys: readonly (readonly [keys: string, what: string])[] = [
  ["/", "search"],
  ["g k", "all Katalogs"],
  ["g b", "boxes of the Katalog"],
  ["g w", "webhooks and certificates"],
  ["g s", "source of the Katalog"],
  ["g d", "documentation of the kind"],
  ["g u", "one up"],
  ["t", "dark, light, or as the system"],
  ["?", "these keys"],
  ["Esc", "close, or leave the search"],
];

/** A whole page. What `g` leads to is marked with `data-go`. */
export function Layout({ page, assets, user, refreshMs }: Frame) {
  const { title, trail, tabs = [], body } = page;
  const up = trail.at(-2)?.href;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${plain(title, 200)} · Ork`}</title>
        <link rel="icon" href={assets.icon} type="image/svg+xml" />
        {assets.styles.map((address) => <link rel="stylesheet" href={address} />)}
        {assets.scripts.map((address, index) =>
          index === 0 ? <script src={address} /> : <script src={address} defer />
        )}
        <noscript>
          <meta http-equiv="refresh" content={String(Math.max(5, Math.ceil(refreshMs / 1000)))} />
        </noscript>
      </head>
      <body>
        <a class="skip" href="#main">To the content</a>
        <header class="top">
          <nav aria-label="Where you are">
            <ol class="trail">
              {trail.map(({ title: name, href }, index) => (
                <li>
                  <a
                    href={href}
                    aria-current={index === trail.length - 1 ? "page" : undefined}
                    data-go={[index === 0 ? "k" : "", index === 1 ? "b" : "", href === up ? "u" : ""].join(" ")
                      .trim() ||
                      undefined}
                  >
                    {index === 0 ? <b class="mark">Ork</b> : null} {plain(name, 80)}
                  </a>
                </li>
              ))}
            </ol>
          </nav>
          <div class="tools">
            <span class="live" id="live" role="status" hidden />
            <span class="muted">read-only</span>
            {user === undefined ? null : <span class="muted">{plain(user, 60)}</span>}
            <button type="button" id="theme" hidden>Theme</button>
            <button type="button" id="help" hidden aria-haspopup="dialog">Keys</button>
            <a href="/about">About</a>
          </div>
        </header>
        {tabs.length === 0 ? null : (
          <nav class="tabs" aria-label="Pages">
            {tabs.map(({ title: name, href, isCurrent }) => (
              <a href={href} aria-current={isCurrent ? "page" : undefined} data-go={name.slice(0, 1).toLowerCase()}>
                {name}
              </a>
            ))}
          </nav>
        )}
        <main id="main" tabindex={-1}>
          <h1>{plain(trail.at(-1)?.title ?? title, 320)}</h1>
          {body}
        </main>
        <dialog id="keys" aria-labelledby="keys-title">
          <h2 id="keys-title">Keys</h2>
          <dl class="keys">
            {keys.map(([key, what]) => (
              <div>
                <dt>{key.split(" ").map((one) => <kbd>{one}</kbd>)}</dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <form method="dialog">
            <button type="submit">Close</button>
          </form>
        </dialog>
      </body>
    </html>
  );
}
