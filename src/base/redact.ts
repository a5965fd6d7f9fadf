/** Stands for a value that is not shown. */
export const redacted = "<redacted>";

/** Anywhere in a name: `DB_PASS`, `awsSecretKey`, `tokens`, `ssh-key`. Too many are redacted rather than too few. */
const secretName = new RegExp(
  "pass(?:word|wd|phrase)|(?:^|[^a-z])(?:pass|pwd)(?:$|[^a-z])|secret|token|credential|authorization|cookie|" +
    "(?:api|access|private|ssh|signing|encryption)[-_.]?key",
  "i",
);
/** `secretName`, `secretKeyRef`: they name where a secret is. */
const referenceName = /(?:Name|Namespace|Ref|Refs)$|^automount/;
/** Fields of a Secret: their keys may have any name. */
const dataFields: ReadonlySet<string> = new Set(["data", "stringData"]);

/** Is a field of this name likely to hold a secret itself, and not the name of one (`secretName`)? */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !referenceName.test(name);
}

/** Does a path or a template read what is likely a secret: `spec.db.password`, `{{ .children.secret.data.key }}`? */
export function readsSecret(source: string): boolean {
  return source.split(/[^A-Za-z0-9_-]+/).some((name) => dataFields.has(name) || isSecretName(name));
}

/** What messages say of a text that a template rendered, in place of the text: it may be a secret. */
export function describeRendered(text: string): string {
  return `a text of ${text.length} ${text.length === 1 ? "character" : "characters"}`;
}
