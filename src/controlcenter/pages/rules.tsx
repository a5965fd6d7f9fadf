import { isMap } from "../../base/json.ts";
import type { GatewayProcess } from "../sources/fleet.ts";
import { Empty, Section, State, Table } from "../ui/parts.tsx";
import { plain } from "../ui/text.ts";

/** A rule of `validation` or `mutation`, as far as it is shown. */
interface ShownRule {
  readonly what: "validation" | "mutation";
  readonly field: string;
  readonly rule: string;
  readonly message: string;
  readonly action: string;
}

const maxRules = 300;
/** Fields of a rule that are shown elsewhere. */
const ownColumns: ReadonlySet<string> = new Set(["field", "message", "action"]);

/** The rules of a box, and who holds objects to them. */
export function Rules({ entry, gateways, box }: {
  /** The entry of the box, with its defaults. */
  readonly entry: Readonly<Record<string, unknown>>;
  readonly gateways: readonly GatewayProcess[];
  readonly box: string;
}) {
  const rules = [...rulesIn(entry, "validation"), ...rulesIn(entry, "mutation")].slice(0, maxRules);
  const reviewed = gateways.filter(({ katalog }) => katalog.crds.includes(box));
  const isReady = reviewed.some(({ katalog, process }) => process.trouble === undefined && katalog.ready);
  const policy = reviewed[0]?.katalog.failurePolicy;
  return (
    <Section id="admission" title="Admission">
      {rules.length === 0
        ? <Empty>The Katalog has no rules for these objects: what their schema allows is accepted.</Empty>
        : (
          <>
            <p class="muted">
              {reviewed.length === 0
                ? "The Runtime checks them when it reconciles: an object that breaks one is stored, and not acted on."
                : isReady
                ? `The Gateway checks them before an object is stored, and the Runtime when it reconciles.`
                : "The Gateway is not ready: "}
              {reviewed.length > 0 && !isReady
                ? policy === "Fail"
                  ? "the API server refuses such objects meanwhile."
                  : "objects are stored unchecked meanwhile, and the Runtime checks them."
                : ""}
              {reviewed.length > 0 && policy != null ? ` Failure policy: ${plain(policy, 20)}.` : ""}
            </p>
            <Table
              caption="Rules of validation and mutation"
              keyOf={({ what, field, rule }) => `${what} ${field} ${rule}`}
              rows={rules}
              columns={[
                { title: "Field", isHead: true, cell: ({ field }) => <code>{plain(field, 200)}</code> },
                { title: "Rule", cell: ({ rule }) => <code>{plain(rule, 300)}</code> },
                {
                  title: "Is",
                  cell: ({ what, action }) => (
                    <State state={what === "mutation" ? "sets" : action} tone={action === "warn" ? "warn" : "idle"} />
                  ),
                },
                { title: "Message", cell: ({ message }) => plain(message, 300) },
              ]}
            />
          </>
        )}
    </Section>
  );
}

function rulesIn(entry: Readonly<Record<string, unknown>>, what: ShownRule["what"]): ShownRule[] {
  const block = entry[what];
  const rules = isMap(block) ? block["rules"] : block;
  return (Array.isArray(rules) ? rules : []).filter(isMap).map((rule) => ({
    what,
    field: textOf(rule["field"]),
    message: textOf(rule["message"]),
    action: textOf(rule["action"]) || "deny",
    rule: Object.entries(rule).filter(([key]) => !ownColumns.has(key)).map(([key, value]) => `${key}: ${textOf(value)}`)
      .join(", "),
  }));
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
