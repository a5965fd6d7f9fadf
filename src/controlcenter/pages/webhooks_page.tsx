import type { Certificate, GatewayKatalog } from "../sources/documents.ts";
import type { GatewayProcess } from "../sources/fleet.ts";
import { Age, Empty, Facts, Notice, Section, State, Table } from "../ui/parts.tsx";
import { plain, shellWord, span } from "../ui/text.ts";
import { home, katalogAddress } from "./addresses.ts";
import { katalogTabs, KatalogTroubles } from "./katalog_page.tsx";
import type { KatalogContext, Page } from "./page.ts";
import { Trouble } from "./trouble.tsx";

/** Before its end a certificate is something to look at; the Gateway renews its own 30 days before. */
const soonMs = 14 * 86_400_000;
const maxNames = 20;

/** `/k/{katalog}/webhooks`: what is checked before objects are stored, by whom, and until when they are trusted. */
export function webhooksPage({ installation, nowMs }: KatalogContext): Page {
  const { slug, gateways, main } = installation;
  return {
    title: `Webhooks · ${slug}`,
    trail: [
      { title: "Katalogs", href: home },
      { title: slug, href: katalogAddress(slug) },
      { title: "Webhooks", href: katalogAddress(slug, "webhooks") },
    ],
    tabs: katalogTabs(slug, "webhooks"),
    body: (
      <>
        <KatalogTroubles installation={installation} nowMs={nowMs} />
        {gateways.length === 0
          ? (
            <Empty>
              No Gateway of {plain(main.katalog.name, 120)}{" "}
              is among the processes here. If the Katalog has one, give the URL of its HTTP API with <code>--url</code>
              {" "}
              too; in a cluster it is found by its labels.
            </Empty>
          )
          : gateways.map((gateway, index) => <Gateway gateway={gateway} index={index} nowMs={nowMs} />)}
      </>
    ),
  };
}

function Gateway(
  { gateway: { process, katalog }, index, nowMs }: {
    readonly gateway: GatewayProcess;
    readonly index: number;
    readonly nowMs: number;
  },
) {
  return (
    <Section id={`gateway-${index + 1}`} title={plain(process.place, 200)}>
      <Trouble process={process} what="Gateway" max={600} nowMs={nowMs} />
      {katalog.ready
        ? null
        : <Notice tone="bad" title="Not ready">{plain(katalog.reason ?? "no reason is known", 600)}</Notice>}
      {katalog.gateway ? null : (
        <Empty>
          The Katalog has no block <code>gateway</code>: this process removes what was registered, and checks nothing.
        </Empty>
      )}
      <Facts
        facts={[
          ["State", <State state={katalog.ready ? "ready" : "not ready"} tone={katalog.ready ? "ok" : "bad"} />],
          katalog.failurePolicy === null ? undefined : ["Failure policy", plain(katalog.failurePolicy, 20)],
          ["Does", plain(featuresOf(katalog), 300)],
          ["Boxes", katalog.crds.length === 0 ? "none" : plain(katalog.crds.join(", "), 600)],
        ]}
      />
      {katalog.certificate === undefined ? null : <CertificateFacts certificate={katalog.certificate} nowMs={nowMs} />}
      {katalog.webhooks === undefined || katalog.webhooks.length === 0 ? null : (
        <Table
          caption="What the Gateway keeps registered with the API server"
          keyOf={({ name }) => name}
          rows={katalog.webhooks}
          columns={[
            { title: "Registered", isHead: true, cell: ({ name }) => <code>{plain(name, 200)}</code> },
            {
              title: "State",
              cell: ({ registered }) => (
                <State state={registered ? "current" : "not current"} tone={registered ? "ok" : "bad"} />
              ),
            },
            { title: "Why", cell: ({ reason = "" }) => plain(reason, 400) },
          ]}
        />
      )}
      {katalog.conversions.length === 0 ? null : (
        <Table
          caption="Kinds that are converted between versions"
          keyOf={({ kind }) => kind}
          rows={katalog.conversions}
          columns={[
            { title: "Conversion", isHead: true, cell: ({ kind }) => <code>{plain(kind, 200)}</code> },
            { title: "Versions", cell: ({ versions }) => plain(versions.join(", "), 300) },
          ]}
        />
      )}
    </Section>
  );
}

const featureNames: Readonly<Record<string, string>> = {
  admission: "checks rules",
  conversion: "converts versions",
  deletionProtection: "protects from deletion",
  namespaceProtection: "holds to namespaces",
};

function featuresOf({ features }: GatewayKatalog): string {
  const there = Object.entries(features).filter(([, isOn]) => isOn).map(([name]) => featureNames[name] ?? name);
  return there.length === 0 ? "nothing" : there.join(", ");
}

function CertificateFacts({ certificate, nowMs }: { readonly certificate: Certificate; readonly nowMs: number }) {
  const { notBefore, notAfter, trouble, origin, names, sha256, publishedCas } = certificate;
  const endMs = Date.parse(notAfter ?? "");
  const leftMs = endMs - nowMs;
  const tone = Number.isNaN(endMs) || leftMs <= 0 ? "bad" : leftMs < soonMs ? "warn" : "ok";
  const state = Number.isNaN(endMs) ? "none yet" : leftMs <= 0 ? "expired" : `valid for ${span(leftMs)}`;
  const secret = /^Secret ([^/\s]+)\/(\S+)$/.exec(origin);
  return (
    <>
      {trouble === undefined
        ? null
        : <Notice tone="bad" title="The certificate cannot be renewed">{plain(trouble, 600)}</Notice>}
      {tone === "ok" || trouble !== undefined
        ? null
        : (
          <Notice tone={tone === "warn" ? "warn" : "bad"} title={`The certificate: ${state}`}>
            {secret === null
              ? "It comes from outside of the installation, and has to be renewed there."
              : "The Gateway renews it on its own; if it does not, its log says why."}
          </Notice>
        )}
      <Facts
        facts={[
          ["Certificate", <State state={state} tone={tone} />],
          ["Ends", <Age time={notAfter} nowMs={nowMs} />],
          ["Began", <Age time={notBefore} nowMs={nowMs} />],
          ["Kept in", <code>{plain(origin, 200)}</code>],
          names.length === 0 ? undefined : ["Names", plain(names.slice(0, maxNames).join(", "), 600)],
          publishedCas === undefined ? undefined : ["Published CAs", String(publishedCas)],
          sha256 === undefined ? undefined : ["SHA-256", <code class="digest">{plain(sha256, 64)}</code>],
        ]}
      />
      {secret === null ? null : (
        <p class="muted">
          Nothing of its key is shown. The Secret:{" "}
          <code>kubectl -n {shellWord(secret[1]!)} describe secret {shellWord(secret[2]!)}</code>
        </p>
      )}
    </>
  );
}
