/** Reads a variable of the environment; an empty one counts as not set. */
export type Environment = (name: string) => string | undefined;

/** Where nothing is set. */
export const emptyEnvironment: Environment = () => undefined;

/** Other spellings of a variable that charts and older layouts use. The first name wins where both are set. */
export const spellings: Readonly<Record<string, readonly string[]>> = {
  KUBECONFIG: ["KUBEKONFIG"],
  ORK_NAMESPACE: ["ORKESTRA_NAMESPACE"],
  ORK_PORT: ["ORKESTRA_PORT"],
  FAILURE_THRESHOLD: ["DEGRADE_THRESHOLD"],
  QUEUE_DEPTH: ["MAX_QUEUE_DEPTH"],
  WEBHOOK_FAILURE_POLICY: ["WEBHOOKS_FAILURE_POLICY"],
  TLS_CERT: ["TLS_CERT_FILE"],
  TLS_KEY: ["TLS_KEY_FILE"],
};

function spellingsOf(name: string): readonly string[] {
  return Object.hasOwn(spellings, name) ? spellings[name]! : [];
}

/** These variables and their other spellings: what a process must be allowed to read. */
export function withSpellings(names: readonly string[]): string[] {
  return names.flatMap((name) => [name, ...spellingsOf(name)]);
}

/** The environment, under one spelling. */
export function environment(read: Environment): Environment {
  return (name) => [name, ...spellingsOf(name)].map((each) => read(each)).find((text) => (text ?? "") !== "");
}

/** Variables of older layouts that nothing depends on, and why. `on`: values with which they say what holds anyway. */
const withoutEffect: Readonly<Record<string, { readonly why: string; readonly on?: readonly string[] }>> = {
  ENABLE_HOUSEKEEPER: { why: "webhooks and certificates are always watched, and kept right", on: ["true", "1"] },
  HOUSEKEEPER_SYNC_INTERVAL: { why: "webhooks and certificates are watched: a difference is repaired at once" },
  MASTER_URL: { why: "the API server is that of the kubeconfig, or of the Pod" },
  ORK_REGISTRY: { why: "Katalogs are files: there is no registry" },
  ORK_MOTIFS_REGISTRY: { why: "Katalogs are files: there is no registry" },
  SMTP_HOST: { why: "notifications are not supported" },
  SMTP_PORT: { why: "notifications are not supported" },
  SLACK_WEBHOOK_URL: { why: "notifications are not supported" },
  ENABLE_EMAIL_NOTIFIER: { why: "notifications are not supported", on: ["false", "0"] },
  ENABLE_SLACK_NOTIFIER: { why: "notifications are not supported", on: ["false", "0"] },
};

export const variablesWithoutEffect: readonly string[] = Object.keys(withoutEffect);

/** What is set and has no effect: its name, and a sentence about it. */
export function setWithoutEffect(read: Environment): { readonly name: string; readonly text: string }[] {
  return Object.entries(withoutEffect).flatMap(([name, { why, on = [] }]) => {
    const value = read(name) ?? "";
    return value === "" || on.includes(value.toLowerCase()) ? [] : [{ name, text: `${name} has no effect: ${why}` }];
  });
}
