/** A CRD or its objects cannot be migrated as they are; the message says what to do. */
export class UpgradeError extends Error {
  override name = "UpgradeError";
}
