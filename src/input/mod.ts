/** What is judged and what templates read: the CR in canonical form, and the data at the root of every template. */
export { childrenData, type NamedChild, spellings } from "./children_data.ts";
export {
  compileCross,
  type CompiledCross,
  crossData,
  type CrossObject,
  type CrossSelector,
  type CrossView,
  matchesCross,
} from "./cross_data.ts";
export {
  CallFailed,
  CallNeeded,
  type CallReads,
  callReads,
  compileCalls,
  type CompiledCall,
  type ExternalOutcome,
  type ExternalRequest,
  type ExternalView,
  type KnownResult,
  noCalls,
  notCalled,
  resultOf,
  unknownCall,
  withExternal,
} from "./external_data.ts";
export { elementsOf, maxElements } from "./for_each.ts";
export { compileNormalize, normalize, type NormalizeRule } from "./normalize.ts";
export { isInAllowedNamespace, isSelected } from "./selection.ts";
export { absentInput, templateData } from "./template_data.ts";
