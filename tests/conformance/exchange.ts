/** One request of a scenario and what is kept of its response. */
export interface Step {
  /** `GET`, `POST`, … */
  readonly method: string;
  /** `{ns}` is the scenario's namespace; `{uid:0}` and `{rv:0}` come from the response to step 0. */
  readonly path: string;
  readonly body?: unknown;
  /** Content type of the body; JSON by default. */
  readonly type?: string;
  readonly accept?: string;
  /** The first part is the field manager of writes that name none. */
  readonly userAgent?: string;
  /** Only the status of the response is compared. */
  readonly quiet?: boolean;
  /** The words of an error or warning are not compared: they come from the depths of Go. */
  readonly loose?: boolean;
  /** Repeated until the response is not an error. */
  readonly until?: boolean;
}

/** Requests that are sent one after the other, in a namespace of their own. */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** A response without what differs from run to run. */
export interface Exchange {
  readonly request: string;
  readonly status: number;
  readonly body: unknown;
  readonly warning?: string;
}

/** The same step, its error's words left out of the comparison. */
export const loose = (step: Step): Step => ({ ...step, loose: true });

export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

/** Sends a scenario's requests and returns the responses, made comparable. */
export async function play(scenario: Scenario, fetch: Fetch, namespace: string): Promise<Exchange[]> {
  const responses: { metadata?: { uid?: string; resourceVersion?: string } }[] = [];
  const exchanges: Exchange[] = [];
  const names = new Names(namespace);
  const fill = (text: string) =>
    text.replaceAll("{ns}", namespace)
      .replace(/\{uid:(\d+)\}/g, (_, i) => responses[Number(i)]?.metadata?.uid ?? "")
      .replace(/\{rv:(\d+)\}/g, (_, i) => responses[Number(i)]?.metadata?.resourceVersion ?? "");
  for (const step of scenario.steps) {
    const headers: Record<string, string> = { "user-agent": step.userAgent ?? "scenario/1.0" };
    if (step.body !== undefined) headers["content-type"] = step.type ?? "application/json";
    if (step.accept !== undefined) headers["accept"] = step.accept;
    const body = step.body === undefined
      ? {}
      : { body: fill(typeof step.body === "string" ? step.body : JSON.stringify(step.body)) };
    const send = () => fetch(fill(step.path), { method: step.method, headers, ...body });
    let response = await send();
    for (let i = 0; step.until === true && !response.ok && i < 200; i++) {
      await response.body?.cancel();
      await new Promise((resolve) => setTimeout(resolve, 50));
      response = await send();
    }
    const text = await response.text();
    const parsed = parse(text);
    responses.push(typeof parsed === "object" && parsed !== null ? parsed as typeof responses[number] : {});
    const warning = response.headers.get("warning");
    exchanges.push({
      request: `${step.method} ${step.path}`,
      status: response.status,
      body: step.quiet === true ? null : names.normalize(step.loose === true ? withoutWords(parsed) : parsed),
      ...(warning === null || step.loose === true ? {} : { warning: names.normalizeText(warning) }),
    });
  }
  return exchanges;
}

function withoutWords(response: unknown): unknown {
  if (typeof response !== "object" || response === null || !("reason" in response || "code" in response)) {
    return response;
  }
  const { message: _, details: __, ...rest } = response as Record<string, unknown>;
  return rest;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** Numbers what is new in every run by its first appearance, so that "the same as before" stays visible. */
class Names {
  readonly #namespace: string;
  readonly #uids = new Map<string, string>();
  readonly #versions = new Map<string, string>();

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  normalize(value: unknown, key = ""): unknown {
    if (Array.isArray(value)) {
      const items = value.map((item) => this.normalize(item, key));
      // Several errors come in any order, and owners by the second in which they wrote.
      return key === "causes" || key === "managedFields"
        ? items.sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
        : items;
    }
    if (typeof value === "object" && value !== null) {
      if (severalCauses(value)) (value as Record<string, unknown>)["message"] = "<several>";
      const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
      // Others write to a shared server: the version of a list says nothing.
      const listed = "items" in value || "rows" in value;
      if (listed && "metadata" in value) (value.metadata as Record<string, unknown>)["resourceVersion"] = "";
      return Object.fromEntries(entries.map(([name, item]) => [this.normalizeText(name), this.normalize(item, name)]));
    }
    if (key === "resourceVersion" && typeof value === "string" && value !== "") {
      return number(this.#versions, value, "rv");
    }
    if (key === "storageVersionHash") return "<hash>";
    if (key === "continue" && typeof value === "string" && value !== "") return "<continue>";
    if (/^(?:clusterIP|clusterIPs)$/.test(key) && typeof value === "string" && value !== "None") return "<ip>";
    // Ages in tables.
    if (key === "cells" && typeof value === "string") {
      if (/^(?:\d+[smhdy])+$/.test(value)) return "<age>";
      return this.normalizeText(value).replace(/^10\.0\.\d+\.\d+$/, "<ip>").replace(/:3\d{4}\b/g, ":<port>");
    }
    if (key === "nodePort") return "<port>";
    // kubectl does not show them, and they are long.
    if (key === "description" && typeof value === "string") return "";
    return typeof value === "string" ? this.normalizeText(value) : value;
  }

  normalizeText(text: string): string {
    return text.replaceAll(this.#namespace, "{ns}")
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (uid) => number(this.#uids, uid, "uid"))
      .replace(/20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "<time>")
      .replace(/\b(generated-|Bad_)[a-z0-9]{5}\b/g, "$1<suffix>");
  }
}

function severalCauses(value: object): boolean {
  return "details" in value && typeof value.details === "object" && value.details !== null &&
    "causes" in value.details &&
    Array.isArray(value.details.causes) && value.details.causes.length > 1;
}

function number(known: Map<string, string>, value: string, kind: string): string {
  let name = known.get(value);
  if (name === undefined) known.set(value, name = `<${kind} ${known.size + 1}>`);
  return name;
}
