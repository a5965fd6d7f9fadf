import { templateData } from "../../src/input/mod.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import {
  compileBox,
  type Desired,
  desiredChildren,
  type ObservedChild,
  type PassMemory,
} from "../../src/reconcile/mod.ts";
import { memoryOf, webOf } from "./decision.ts";
import { planOf } from "./plans.ts";

export interface Around {
  readonly spec?: Record<string, unknown>;
  readonly cr?: KubeObject;
  readonly children?: readonly ObservedChild[];
  readonly memory?: Partial<PassMemory>;
  /** More of the entry of `spec.crds`. */
  readonly more?: string;
  /** Of the Katalog. */
  readonly restricted?: string;
}

/** What is desired for a CR `web` in `shop` by this `operatorBox`, whose first line is line 10 of `k.yaml`. */
export function desire(operatorBox: string, around: Around = {}): Desired {
  const { spec = {}, cr = webOf({}, { spec }), children = [], memory, more = "", restricted } = around;
  const entry = `web:
  apiTypes: { group: demo.dev, version: v1, kind: Web, plural: webs }
${indent(more, 2)}
  operatorBox:
${indent(operatorBox.trim(), 4)}\n`;
  const lists = `security: {namespaceProtection: {restrictedNamespaces: [${restricted}]}}\n`;
  const [plan] = planOf(entry, restricted === undefined ? "" : lists).boxes;
  const data = templateData(cr, children, new Set());
  return desiredChildren(compileBox(plan!), cr, data, 0, { ...memoryOf(children), ...memory });
}

const indent = (text: string, by: number) => text.replace(/^(?=.)/gm, " ".repeat(by));

/** `ConfigMap shop/one`. */
export const keysOf = ({ children }: Desired): string[] => children.map(({ type, key }) => `${type.kind} ${key}`);

/** What is kept: identities, then whole kinds. */
export const keptOf = ({ kept: { names, kinds } }: Desired): string[] => [...names, ...kinds];

/** The messages of its problems, `AT` for positions. */
export const saidBy = ({ problems }: Desired): string[] =>
  problems.map(({ message }) => message.replace(/k\.yaml:\d+:\d+/, "AT"));
