/** Katalog to Plan. */
export { derivePlan } from "./derive.ts";
export type * from "./plan.ts";
