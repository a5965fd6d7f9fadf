/** Katalog to Plan, and the order in which its boxes start. */
export { derivePlan } from "./derive.ts";
export { startOrder } from "./start_order.ts";
export type * from "./plan.ts";
