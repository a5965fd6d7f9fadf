/** What one pass over a CR will do, decided in one place. Pure. */
export { type CompiledPass, compilePass } from "./compile.ts";
export {
  decidePass,
  type PassAfter,
  type PassDecision,
  type PassInput,
  type ReconcileDecision,
  undecidedStatus,
} from "./decide_pass.ts";
export { type DeletePass, previewDeletion } from "./decide_deletion.ts";
