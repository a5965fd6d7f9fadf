interface Leg {
  readonly from: string;
  readonly to: string;
}

/**
 * The paths that lead from one version to another: the direct one, else the fewest to the storage version and from
 * there to the target. `undefined`: there is none.
 */
export function findRoute<Path extends Leg>(
  paths: readonly Path[],
  from: string,
  to: string,
  storageVersion: string,
): readonly Path[] | undefined {
  const direct = paths.find((path) => path.from === from && path.to === to);
  if (direct !== undefined) return [direct];
  const inward = shortest(paths, from, storageVersion);
  const outward = shortest(paths, storageVersion, to);
  if (inward === undefined || outward === undefined) return undefined;
  const route = [...inward, ...outward];
  // The way to the storage version may lead past the target.
  return route.slice(0, route.findIndex((path) => path.to === to) + 1);
}

/** Breadth first; of two ways of one length that whose paths are written first. */
function shortest<Path extends Leg>(paths: readonly Path[], from: string, to: string): readonly Path[] | undefined {
  const routes = new Map<string, readonly Path[]>([[from, []]]);
  for (const [version, route] of routes) {
    if (version === to) return route;
    for (const path of paths) {
      if (path.from === version && !routes.has(path.to)) routes.set(path.to, [...route, path]);
    }
  }
  return undefined;
}
