import type { Scenario, Step } from "../exchange.ts";
import { defaults } from "./defaults.ts";

const table = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json";
const asTable = (step: Step): Step => ({ ...step, accept: table, path: `${step.path}&includeObject=None` });

/** Every kind of `defaults` as kubectl would print it. */
export const tables: readonly Scenario[] = [
  ...defaults.map(({ name, steps }) => ({ name, steps: steps.map(asTable) })),
];
