import type { ClusterConfig } from "../cluster/mod.ts";
import type { Plan } from "../plan/mod.ts";
import type { RunSettings } from "../runtime/mod.ts";
import { paint, type Terminal } from "./terminal.ts";

/** A Gateway in this process that is ready: its webhooks are registered, and served on 127.0.0.1. */
export interface OpenGateway {
  /** Of the webhooks, HTTPS. */
  readonly port: number;
  stop(): Promise<void>;
}

export interface GatewayPorts {
  /** Starts the Gateway of a plan and waits until it is ready; `problem`: why it is not, after some time. */
  readonly openGateway: (
    plan: Plan,
    cluster: ClusterConfig,
    settings: RunSettings,
  ) => Promise<OpenGateway | { readonly problem: string }>;
}

/** The Gateway beside the operators of `ork run --sandbox`: none, or one that serves the plan that runs. */
export class SandboxGateway {
  readonly #cluster: ClusterConfig;
  readonly #settings: RunSettings;
  readonly #terminal: Terminal;
  readonly #ports: GatewayPorts;
  #open: OpenGateway | undefined;
  #served: Plan | undefined;

  constructor(cluster: ClusterConfig, settings: RunSettings, terminal: Terminal, ports: GatewayPorts) {
    this.#cluster = cluster;
    this.#settings = settings;
    this.#terminal = terminal;
    this.#ports = ports;
  }

  /** Serves a plan in place of the one before. Returns false, with the reason printed, where that is not possible. */
  async serve(plan: Plan): Promise<boolean> {
    const parts = gatewayParts(plan);
    if (parts.length === 0 && this.#served === undefined) return true;
    await this.stop();
    // Without a Gateway in the Katalog, webhooks that are registered have to go.
    const served = parts.length > 0 ? plan : withoutWebhooks(plan, this.#served!);
    this.#served = served;
    const opened = await this.#ports.openGateway(served, this.#cluster, this.#settings);
    if ("problem" in opened) {
      this.#terminal.err(`Cannot start the Gateway: ${opened.problem}`);
      return false;
    }
    this.#open = opened;
    if (parts.length > 0) {
      const text = `Gateway on 127.0.0.1:${opened.port}: ${parts.join(", ")}`;
      this.#terminal.err(paint(this.#terminal, "grey", text));
    }
    return true;
  }

  async stop(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.stop();
  }
}

/** What the Gateway of a plan serves, in words; empty: there is nothing to serve. */
function gatewayParts({ gateway, protection, conversions }: Plan): string[] {
  if (gateway === undefined) return [];
  return [
    ...(gateway.admission?.kinds.length ?? 0) > 0 ? ["admission"] : [],
    ...gateway.converts && conversions.length > 0 ? ["conversion"] : [],
    ...protection?.deletion !== undefined ? ["deletion protection"] : [],
    ...protection?.namespaces !== undefined ? ["namespace protection"] : [],
  ];
}

function withoutWebhooks(plan: Plan, before: Plan): Plan {
  const gateway = { ...before.gateway!, admission: undefined, converts: false };
  return { ...plan, gateway, protection: undefined, conversions: [] };
}
