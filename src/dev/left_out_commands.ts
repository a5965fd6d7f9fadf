/** Commands that other versions of the tool have, and what to do instead: words for who tries them. */
const leftOut: Readonly<Record<string, string>> = {
  e2e:
    'it is not supported yet: "ork simulate" checks what a Katalog does in memory, "ork run --sandbox" is a cluster for ' +
    "kubectl",
  push: "there is no registry: a Katalog is a file, and goes where files go",
  pull: "there is no registry: a Katalog is a file, and comes from where files come from",
  inspect: 'there is no registry: "ork validate --full" shows what a Katalog is allowed and enforces',
  patterns: 'there is no registry: "ork init --list" lists examples',
  pattern: 'there is no registry: "ork init --list" lists examples',
  serve: "the self-service API is not supported: CRs are written to the API server",
  token: "the self-service API is not supported: clients authenticate at the API server",
  webhook: "intake webhooks are not supported",
  clusters: "one Runtime works on one cluster: run one in each",
  create: '"ork sandbox" serves a cluster in memory, "ork init" starts a Katalog',
  delete: '"ork uninstall" removes an installation',
  proxy: '"ork status", "ork get", "ork why" and "ork controlcenter" forward a port themselves; else use ' +
    "kubectl port-forward",
  migrate: "reconcilers in Go are not converted: docs/katalog.md has what a Katalog can say",
  tunnel: "use kubectl port-forward",
  idp: "the self-service API is not supported",
  kompose: "name several Katalogs together: they are one set",
  doctor: '"ork validate --full" and "ork validate --live" say what is wrong',
  doktor: '"ork validate --full" and "ork validate --live" say what is wrong',
  describe: '"ork why KIND NAME" says what an operator did with an object, "ork status CRD" how the operator is',
  reconcile: "change the object, or an annotation of it: operators react to changes",
  graph: '"ork template --graph" prints who waits for whom',
};

/** Why there is no such command, and what to do instead; `undefined`: nobody has ever had it. */
export function whyLeftOut(name: string | undefined): string | undefined {
  return name !== undefined && Object.hasOwn(leftOut, name)
    ? `There is no command "${name}": ${leftOut[name]}`
    : undefined;
}
