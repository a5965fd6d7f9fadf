import { isMap } from "../../base/json.ts";
import { AbsentError } from "../../dev/inspect/inspect_error.ts";
import { eventsResponse, type Pass, type PassesResponse, passesResponse } from "../../dev/inspect/responses.ts";
import { nextText } from "../../dev/inspect/why.ts";
import { type Crd, type CrDetail, crDetail } from "../sources/documents.ts";
import { ask, askFor } from "../sources/fleet.ts";
import { Age, Command, Copy, Empty, Facts, Name, Notice, Ready, Section, State, Table } from "../ui/parts.tsx";
import { counted, millis, number, plain, shellWord } from "../ui/text.ts";
import { Value } from "../ui/value.tsx";
import { apiPath, boxAddress, crAddress } from "./addresses.ts";
import { boxIn, boxTrail } from "./box_page.tsx";
import { KatalogTroubles } from "./katalog_page.tsx";
import { kindOf, resourceOf } from "./kinds.ts";
import { type KatalogContext, NoSuchPage, type Page } from "./page.ts";

const maxConditions = 50;
const maxChildrenOfKind = 200;
const maxKinds = 50;

/** `/k/{katalog}/b/{box}/cr/{namespace}/{name}`: one CR. Throws `InspectError` and `NoSuchPage`. */
export async function crPage(context: KatalogContext, box: string, namespace: string, name: string): Promise<Page> {
  const { installation, nowMs } = context;
  const { slug } = installation;
  const crd = boxIn(installation, box);
  const path = apiPath(crd.name, "cr", ...(namespace === "" ? [name] : [namespace, name]));
  const cr = await oneCr(context, crd, path, `${plain(namespace, 63)}/${plain(name, 253)}`.replace(/^\//, ""));
  const [events, passes] = await Promise.all([
    askFor(installation, `${path}/events`, eventsResponse),
    askFor(installation, `${path}/passes`, passesResponse),
  ]);
  const title = namespace === "" ? name : `${namespace}/${name}`;
  const place = `${namespace === "" ? "" : ` -n ${shellWord(namespace)}`}`;
  const object = `${shellWord(resourceOf(crd))} ${shellWord(name)}`;
  return {
    title: `${title} · ${crd.name}`,
    trail: [...boxTrail(slug, crd.name), { title, href: crAddress(slug, crd.name, namespace, name) }],
    body: (
      <>
        <KatalogTroubles installation={installation} nowMs={nowMs} />
        <Facts
          facts={[
            ["Ready", <Ready ready={cr.ready} />],
            cr.phase === "" ? undefined : ["Phase", plain(cr.phase, 200)],
            ["Kind", <a href={boxAddress(slug, crd.name)}>{plain(kindOf(crd), 63)}</a>],
            ["Name", <Name text={name} />],
            namespace === "" ? undefined : ["Namespace", <Name text={namespace} what="the namespace" />],
            ["Generation", String(cr.generation)],
            [
              "Created",
              cr.created === undefined ? `${plain(cr.age, 20)} ago` : <Age time={cr.created} nowMs={nowMs} />,
            ],
          ]}
        />
        <Conditions cr={cr} nowMs={nowMs} />
        <Section id="why" title="What happened, and what comes next">
          {passes.value === undefined
            ? <Notice tone="warn" title="The passes could not be read">{plain(passes.problem, 600)}</Notice>
            : <Why passes={passes.value} nowMs={nowMs} />}
        </Section>
        {passes.value === undefined ? null : <Drift passes={passes.value.passes} nowMs={nowMs} />}
        <Children cr={cr} />
        <Section id="events" title="Events">
          {events.value === undefined
            ? <Notice tone="warn" title="The Events could not be read">{plain(events.problem, 600)}</Notice>
            : events.value.events.length === 0
            ? (
              <Empty>
                The operator has recorded none since it started; <code>kubectl events</code> has older ones.
              </Empty>
            )
            : (
              <Table
                caption="Events, newest first"
                keyOf={({ reason, message, type }) => `${type} ${reason} ${message}`.slice(0, 200)}
                rows={events.value.events.slice(0, 100)}
                columns={[
                  { title: "Age", cell: ({ lastSeen }) => <Age time={lastSeen} nowMs={nowMs} /> },
                  {
                    title: "Type",
                    cell: ({ type }) => <State state={type} tone={type === "Warning" ? "warn" : "idle"} />,
                  },
                  { title: "Reason", isHead: true, cell: ({ reason }) => plain(reason, 100) },
                  { title: "Count", isNumber: true, cell: ({ count }) => number(count) },
                  { title: "Message", cell: ({ message }) => plain(message, 1000) },
                ]}
              />
            )}
        </Section>
        <Section id="spec" title="Spec">
          {cr.spec === undefined
            ? (
              <>
                <Empty>
                  The Runtime does not show it: its API has no login, so specs leave it only where the Katalog says{" "}
                  <code>crossAccess: true</code>.
                </Empty>
                <Command label="With your permissions" line={`kubectl get ${object}${place} -o jsonpath='{.spec}'`} />
              </>
            )
            : <Value value={cr.spec} label="The spec" />}
        </Section>
        <Section id="status" title="Status">
          {cr.statusOmitted
            ? <Empty>It is too large to be shown here: over 256 Ki characters.</Empty>
            : !isMap(cr.status) || Object.keys(cr.status).length === 0
            ? <Empty>It is empty.</Empty>
            : <Value value={cr.status} label="The status" />}
        </Section>
        <Section id="commands" title="At a terminal">
          <Command label="All of it" line={`kubectl get ${object}${place} -o yaml`} />
          <Command
            label="Its Events"
            line={`kubectl events --for ${shellWord(`${resourceOf(crd)}/${name}`)}${place}`}
          />
          <Command label="Wait until it is ready" line={`kubectl wait ${object}${place} --for=condition=Ready`} />
          <Command label="What happened" line={`ork why ${shellWord(crd.name)} ${shellWord(name)}${place}`} />
        </Section>
      </>
    ),
  };
}

async function oneCr({ installation }: KatalogContext, crd: Crd, path: string, title: string): Promise<CrDetail> {
  try {
    return await ask(installation, path, crDetail);
  } catch (error) {
    if (!(error instanceof AbsentError)) throw error;
    throw new NoSuchPage(`There is no ${plain(kindOf(crd), 63)} ${title}: it was deleted, or never was here`);
  }
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly time: string;
}

function conditionsIn(status: unknown): Condition[] {
  const conditions = isMap(status) ? status["conditions"] : undefined;
  const text = (value: unknown): string => typeof value === "string" ? value : "";
  return (Array.isArray(conditions) ? conditions : []).filter(isMap).slice(0, maxConditions).map((one) => ({
    type: text(one["type"]),
    status: text(one["status"]),
    reason: text(one["reason"]),
    message: text(one["message"]),
    time: text(one["lastTransitionTime"]),
  }));
}

/** Of some conditions it is good that they are true, of others that they are not, and of most nothing is known. */
function toneOf(type: string, status: string): "ok" | "warn" | "idle" {
  if (/^(?:Ready|Synced|Available)$/.test(type)) return status === "True" ? "ok" : "warn";
  return status === "True" && /Fail|Degraded|Warning|Error|Stalled|TimedOut|NotUpdated/.test(type) ? "warn" : "idle";
}

function Conditions({ cr, nowMs }: { readonly cr: CrDetail; readonly nowMs: number }) {
  const rows = conditionsIn(cr.status);
  if (rows.length === 0) return null;
  return (
    <Section id="conditions" title="Conditions">
      <Table
        caption="Conditions of the status"
        keyOf={({ type }) => type}
        rows={rows}
        columns={[
          { title: "Type", isHead: true, cell: ({ type }) => plain(type, 100) },
          {
            title: "Status",
            cell: ({ type, status }) => <State state={status} tone={toneOf(type, status)} />,
          },
          { title: "Reason", cell: ({ reason }) => plain(reason, 100) },
          { title: "Message", cell: ({ message }) => plain(message, 2000) },
          { title: "Since", cell: ({ time }) => <Age time={time} nowMs={nowMs} /> },
        ]}
      />
    </Section>
  );
}

/** Kinds, and under each its objects. */
function Children({ cr: { children, childrenOmitted } }: { readonly cr: CrDetail }) {
  const kinds = Object.entries(children);
  const total = kinds.reduce((sum, [, items]) => sum + items.length, 0);
  const late = kinds.reduce((sum, [, items]) => sum + items.filter(({ ready }) => !ready).length, 0);
  return (
    <Section id="children" title="Children">
      {total === 0 ? <Empty>It has none: the Katalog declares none for it, or they are not made yet.</Empty> : (
        <>
          <p class="muted">
            {counted(total + childrenOmitted, "object")},{" "}
            {late === 0 ? "all of them ready" : `${number(late)} not ready`}
          </p>
          <ul class="tree">
            {kinds.slice(0, maxKinds).map(([kind, items]) => (
              <li>
                <b>{plain(kind, 100)}</b> <span class="muted">{number(items.length)}</span>
                <ul>
                  {items.slice(0, maxChildrenOfKind).map(({ name, namespace, ready }) => {
                    const place = namespace === undefined || namespace === "" ? "" : ` -n ${shellWord(namespace)}`;
                    return (
                      <li>
                        <Ready ready={ready} />{" "}
                        <code>{plain(namespace === undefined ? name : `${namespace}/${name}`, 320)}</code>{" "}
                        <Copy
                          text={`kubectl get ${shellWord(kind.toLowerCase())} ${shellWord(name)}${place} -o yaml`}
                          what={`the kubectl line for ${plain(name, 80)}`}
                        />
                      </li>
                    );
                  })}
                </ul>
                {items.length > maxChildrenOfKind
                  ? <p class="muted">{number(items.length - maxChildrenOfKind)} more are not shown</p>
                  : null}
              </li>
            ))}
          </ul>
          {childrenOmitted > 0
            ? <p class="muted">{number(childrenOmitted)} more are not listed by the Runtime</p>
            : null}
        </>
      )}
    </Section>
  );
}

function Why(
  { passes: { passes, idle, next, isKonductor }, nowMs }: { readonly passes: PassesResponse; readonly nowMs: number },
) {
  return (
    <>
      <p>
        <b>Next:</b> {isKonductor ? nextText(next, passes[0]) : "nothing, this process does not reconcile it"}.
      </p>
      {idle === undefined ? null : (
        <p class="muted">
          Nothing to do since <Age time={idle.since} nowMs={nowMs} />, {counted(idle.count, "visit")}.
        </p>
      )}
      {passes.length === 0
        ? (
          <Empty>
            No pass that changed something, failed or waited is kept: an operator keeps those of 500 CRs, since its
            start.
          </Empty>
        )
        : (
          <ol class="passes">
            {passes.slice(0, 20).map((pass) => (
              <li data-key={`${pass.firstTime} ${pass.trigger}`}>
                <State state={pass.result} /> <Age time={pass.time} nowMs={nowMs} />{" "}
                <span class="muted">in {millis(pass.durationMs)}</span>
                {pass.count === 1 ? null : (
                  <span class="muted">
                    , {number(pass.count)} times since <Age time={pass.firstTime} nowMs={nowMs} />
                  </span>
                )}
                {pass.id === undefined ? null : (
                  <span class="muted">
                    , pass <code>{plain(pass.id, 40)}</code>{" "}
                    <Copy text={`ork logs --pass ${shellWord(pass.id)}`} what="the command that prints its log" />
                  </span>
                )}
                <div>
                  <span class="muted">because</span> {plain(pass.trigger, 400)}
                </div>
                {pass.message === undefined ? null : <div class="message">{plain(pass.message, 2000)}</div>}
                {pass.changes.length === 0
                  ? null
                  : <ul>{pass.changes.map(({ text }) => <li>{plain(text, 500)}</li>)}</ul>}
                {pass.changesOmitted === 0
                  ? null
                  : <div class="muted">and {counted(pass.changesOmitted, "more change")}</div>}
                {pass.calls.length === 0 ? null : (
                  <div class="calls muted">
                    Calls: {pass.calls.map(callText).join(", ")}
                    {pass.callsOmitted === 0 ? "" : `, and ${number(pass.callsOmitted)} more`}
                  </div>
                )}
              </li>
            ))}
          </ol>
        )}
    </>
  );
}

function callText({ verb, kind, namespace, name, subresource, code }: Pass["calls"][number]): string {
  const object = namespace === "" ? name : `${namespace}/${name}`;
  return plain(
    `${verb} ${kind} ${object}${subresource === undefined ? "" : ` ${subresource}`} ${code ?? "no response"}`,
    400,
  );
}

/** What others changed and the operator set right. */
function Drift({ passes, nowMs }: { readonly passes: readonly Pass[]; readonly nowMs: number }) {
  const rows = passes.flatMap(({ changes, time }) =>
    changes.filter(({ why }) => why === "drift").map((change) => ({ ...change, time }))
  );
  if (rows.length === 0) return null;
  return (
    <Section id="drift" title="Drift that was corrected">
      <Table
        caption="Changes by others that the operator corrected"
        keyOf={({ time, kind, name, fields }) => `${time} ${kind} ${name} ${fields.join()}`}
        rows={rows.slice(0, 100)}
        columns={[
          { title: "When", cell: ({ time }) => <Age time={time} nowMs={nowMs} /> },
          {
            title: "Object",
            isHead: true,
            cell: ({ kind, name }) => (
              <>
                {plain(kind, 63)} <code>{plain(name, 253)}</code>
              </>
            ),
          },
          { title: "Fields", cell: ({ fields }) => <code>{plain(fields.join(", "), 400)}</code> },
          { title: "Changed by", cell: ({ by = "" }) => plain(by, 100) || "unknown" },
        ]}
      />
    </Section>
  );
}
