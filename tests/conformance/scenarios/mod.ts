import type { Scenario } from "../exchange.ts";
import { apply } from "./apply.ts";
import { conversion } from "./conversion.ts";
import { customResources } from "./custom_resources.ts";
import { defaults } from "./defaults.ts";
import { deletes } from "./deletes.ts";
import { errors } from "./errors.ts";
import { everyFormat } from "./formats.ts";
import { guardedApply } from "./guarded_apply.ts";
import { lists } from "./lists.ts";
import { patches } from "./patches.ts";
import { rules } from "./rules.ts";
import { tables } from "./tables.ts";
import { validation } from "./validation.ts";
import { writes } from "./writes.ts";

/** All scenarios, by the file that their recorded responses are in. */
export const scenarios: Readonly<Record<string, readonly Scenario[]>> = {
  apply,
  conversion,
  custom_resources: customResources,
  defaults,
  deletes,
  errors,
  formats: everyFormat,
  guarded_apply: guardedApply,
  lists,
  patches,
  rules,
  tables,
  validation,
  writes,
};
