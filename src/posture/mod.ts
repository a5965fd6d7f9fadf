/** What a reviewer has to know of a Katalog before it is installed: permissions, rules, protection, and findings. */
export { comparePosture, type PostureFinding } from "./finding.ts";
export {
  type CrdPosture,
  type Permission,
  postureOf,
  type PostureReport,
  type RulePosture,
  type WebhookPosture,
} from "./report.ts";
export { boundHelp, type Level, type PostureRule, postureRules } from "./rules.ts";
