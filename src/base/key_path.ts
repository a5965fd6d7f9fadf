/** A path one key further: `spec.crds.website`, `labels["example.org/tier"]`. "" is the root. */
export function keyPath(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
