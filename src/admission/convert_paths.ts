/** Field paths as a tree: what the templates of a path read, or which fields they write. */
export interface PathTree {
  /** The value here with everything below it. */
  whole: boolean;
  /** Only whether the value is there, and empty: all that there is to know of a scalar, not of a map or a list. */
  tested: boolean;
  readonly below: Map<string, PathTree>;
}

export function newPathTree(): PathTree {
  return { whole: false, tested: false, below: new Map() };
}

/** The node of a path, made where it is not there yet. */
export function nodeOf(tree: PathTree, path: readonly string[]): PathTree {
  let node = tree;
  for (const name of path) {
    let next = node.below.get(name);
    if (next === undefined) node.below.set(name, next = newPathTree());
    node = next;
  }
  return node;
}

const whole: PathTree = { whole: true, tested: false, below: new Map() };

/** The tree below a key: below a value that is meant with everything in it, everything is. */
export function pathsBelow(tree: PathTree | undefined, key: string): PathTree | undefined {
  return tree?.whole === true ? whole : tree?.below.get(key);
}
