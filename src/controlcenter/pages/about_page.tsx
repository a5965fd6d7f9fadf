import { Facts, Section, Table } from "../ui/parts.tsx";
import { plain } from "../ui/text.ts";
import { home } from "./addresses.ts";
import type { Page } from "./page.ts";

/** What is part of the Control Center and comes from others. */
export interface Licence {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly holder: string;
  readonly text: string;
}

const mit = (holder: string): string =>
  `${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const hono = "Copyright (c) 2021 - present, Yusuke Wada and Hono contributors";
const zod = "Copyright (c) 2025 Colin McDonnell";
const uplot = "Copyright (c) 2022 Leon Sorokin";

/** Versions are those of `deno.json`, which a test compares. */
export const licences: readonly Licence[] = [
  { name: "hono", version: "4.13.19", licence: "MIT", holder: hono, text: mit(hono) },
  { name: "uplot", version: "1.6.32", licence: "MIT", holder: uplot, text: mit(uplot) },
  { name: "zod", version: "4.6.7", licence: "MIT", holder: zod, text: mit(zod) },
];

/** `/about`: what this is, what it may do, and whose work is in it. */
export function aboutPage({ version, place, refreshMs, user }: {
  readonly version: string;
  readonly place: string;
  readonly refreshMs: number;
  readonly user: string | undefined;
}): Page {
  return {
    title: "About",
    trail: [{ title: "Katalogs", href: home }, { title: "About", href: "/about" }],
    body: (
      <>
        <p class="lead">
          The Control Center reads the HTTP APIs of Runtimes and Gateways and shows what they say. It is read-only: it
          has no button that changes anything, takes no request but GET, and sends none but GET.
        </p>
        <Facts
          facts={[
            ["Version", plain(version, 60)],
            ["Reads", plain(place, 600)],
            ["Every", `${refreshMs / 1000} s`],
            user === undefined ? undefined : ["You are", plain(user, 100)],
          ]}
        />
        <Section id="licences" title="Licences">
          <p class="muted">
            Ork is licensed under Apache-2.0. What pages and server of the Control Center contain of others:
          </p>
          <Table
            caption="Libraries"
            keyOf={({ name }) => name}
            rows={licences}
            columns={[
              { title: "Library", isHead: true, cell: ({ name }) => name },
              { title: "Version", cell: (one) => one.version },
              { title: "Licence", cell: ({ licence }) => licence },
              { title: "Of", cell: ({ holder }) => holder },
            ]}
          />
          {licences.map(({ name, text }) => (
            <details>
              <summary>{name}</summary>
              <pre class="value">{text}</pre>
            </details>
          ))}
        </Section>
      </>
    ),
  };
}
