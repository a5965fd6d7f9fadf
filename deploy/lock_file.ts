/** What `deno.lock` (version 5) has of npm packages. */
export interface Lock {
  /** `npm:yaml@2.9.1` → `2.9.1`, perhaps with what it was resolved with after an underscore. */
  readonly specifiers: Readonly<Record<string, string>>;
  /** By name and version, `yaml@2.9.1`. */
  readonly npm: Readonly<Record<string, LockedPackage>>;
}

export interface LockedPackage {
  readonly integrity: string;
  /** Names, with the version where there are several. */
  readonly dependencies?: readonly string[];
}

/** An npm package: `@peculiar/x509`, `2.2.0`. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
}

const known = "5";

/** Reads a `deno.lock`. Throws for one without npm packages, and for a version that is not known. */
export function readLock(text: string): Lock {
  const { npm, specifiers, version } = JSON.parse(text) as Partial<Lock> & { version?: string };
  if (npm === undefined || specifiers === undefined) throw new Error("Cannot read deno.lock: it has no npm packages");
  if (version !== known) throw new Error(`Cannot read deno.lock: its version is ${version}, and ${known} is known`);
  return { npm, specifiers };
}

/** A key without what comes after an underscore, which says with which other packages it was resolved. */
export function refOf(key: string): string {
  return key.split("_")[0]!;
}

/** The package that a key names. */
export function packageOf(key: string): NpmPackage {
  const ref = refOf(key);
  const at = ref.lastIndexOf("@");
  return { name: ref.slice(0, at), version: ref.slice(at + 1) };
}

/** The packages of a lock, each once, sorted. */
export function packagesOf({ npm }: Lock): NpmPackage[] {
  return [...new Set(Object.keys(npm).map(refOf))].sort().map(packageOf);
}

/** The key of a dependency. Throws where the lock does not have it, or several. */
export function keyOfDependency(dependency: string, { npm }: Lock): string {
  const found = Object.keys(npm).filter((key) => key === dependency || packageOf(key).name === dependency);
  if (found.length !== 1) {
    throw new Error(`Cannot resolve ${dependency} in deno.lock: ${found.length} packages have that name`);
  }
  return found[0]!;
}

/** The key of what a specifier was resolved to, `npm:yaml@2.9.1`. Throws where the lock does not have it. */
export function keyOfSpecifier(specifier: string, { specifiers, npm }: Lock): string {
  const key = `${specifier.replace(/^npm:/, "").replace(/(?<=.)@[^@]*$/, "")}@${specifiers[specifier]}`;
  if (!(key in npm)) throw new Error(`Cannot resolve ${specifier} in deno.lock`);
  return key;
}

/** What is left of a lock for these specifiers: what they were resolved to, and all that this depends on. */
export function reduceLock(lock: Lock, specifiers: readonly string[]): Lock {
  const npm: Record<string, LockedPackage> = {};
  const pending = specifiers.map((specifier) => keyOfSpecifier(specifier, lock));
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    if (key in npm) continue;
    const locked = npm[key] = lock.npm[key]!;
    pending.push(...(locked.dependencies ?? []).map((dependency) => keyOfDependency(dependency, lock)));
  }
  return {
    specifiers: Object.fromEntries([...specifiers].sort().map((each) => [each, lock.specifiers[each]!])),
    npm: Object.fromEntries(Object.entries(npm).sort(([a], [b]) => a < b ? -1 : 1)),
  };
}

/** Text of a `deno.lock`; what is empty is left out of one, as Deno does it. */
export function lockText({ specifiers, npm }: Lock): string {
  const isEmpty = Object.keys(specifiers).length === 0;
  const parts = isEmpty ? {} : { specifiers, npm, workspace: { dependencies: Object.keys(specifiers) } };
  return `${JSON.stringify({ version: known, ...parts }, undefined, 2)}\n`;
}
