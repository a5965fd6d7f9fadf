/**
 * Shapes say what a value in a Katalog may look like. One shape serves three readers: the loader checks it with
 * positions and hints, the box renders the templates inside by it, and the docs are printed from it.
 */
export type Shape =
  | TextShape
  | NumberShape
  | FlagShape
  | DurationShape
  | MapShape
  | ListShape
  | RecordShape
  | TreeShape
  | UnionShape;

interface Described {
  /** One sentence for docs and hints. */
  readonly doc?: string;
  /**
   * A documented key that this version does not carry out: "later" gives one "not supported yet" finding, "never" one
   * "not supported" finding.
   */
  readonly support?: "later" | "never";
}

/** Text. Unquoted numbers and booleans are taken as the text they were written as. */
export interface TextShape extends Described {
  readonly type: "text";
  /** May hold a template. */
  readonly template: boolean;
  /** White space round a rendered value is kept (ruling 37). */
  readonly free?: boolean;
  /** An empty text is a value like any other, also where the field is required. */
  readonly empty?: boolean;
  /** A rendered value may be bytes that are not UTF-8 (ruling 69). */
  readonly bytes?: boolean;
  /** What the value must be once rendered; checked at load when it holds no template. */
  readonly format?: TextFormat;
  /** A rendered value that does not have this format is kept: its reader judges each, so that one fails alone. */
  readonly judgedLater?: boolean;
  /** Bounds of an `integer` or `port`; a port is 1 to 65535 when nothing is said. */
  readonly min?: number;
  readonly max?: number;
  /** Allowed literal values; compared without case when `anyCase`. */
  readonly oneOf?: readonly string[];
  readonly anyCase?: boolean;
}

/**
 * What a rendered text must look like. `integer`, `boolean` and `intOrPercent` are text in the Katalog and typed on the
 * wire.
 */
export type TextFormat =
  | "integer"
  | "boolean"
  | "port"
  | "intOrPercent"
  | "quantity"
  | "duration"
  | "lifetime"
  | "dnsLabel"
  | "dnsSubdomain"
  | "labelKey"
  | "labelValue"
  | "namespace"
  | "namespaceGlob"
  | "cron"
  | "finalizer";

export interface NumberShape extends Described {
  readonly type: "number";
  readonly min?: number;
  readonly max?: number;
  /** Whole numbers only; the default. */
  readonly integer?: boolean;
}

/** A boolean that no template can stand for. */
export interface FlagShape extends Described {
  readonly type: "flag";
}

/** A duration (ruling 32); `template` when it may be rendered. */
export interface DurationShape extends Described {
  readonly type: "duration";
  readonly template?: boolean;
}

/** A map with free keys. */
export interface MapShape extends Described {
  readonly type: "map";
  readonly values: Shape;
  /** `dataKey`: a key of a ConfigMap or Secret, `[-._a-zA-Z0-9]+`, at most 253 characters. */
  readonly keys?: "labelKey" | "dnsLabel" | "dataKey";
  /** One text that holds a template may stand for the whole map (`labels: "{{ .spec.labels }}"`). */
  readonly template?: boolean;
  /** An empty one is a value, and not the same as none (`namespaceSelector: {}`). */
  readonly empty?: boolean;
}

export interface ListShape extends Described {
  readonly type: "list";
  readonly items: Shape;
  /** One text that holds a template may stand for the whole list (`args: "{{ .spec.args }}"`). */
  readonly template?: boolean;
  /** An empty one is a value, and not the same as none (`ingress: []`). */
  readonly empty?: boolean;
  /** An empty one is an error. */
  readonly filled?: boolean;
}

/** A map with fixed keys. */
export interface RecordShape extends Described {
  readonly type: "record";
  readonly fields: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  /** At most one of each group may be given. */
  readonly exclusive?: readonly (readonly string[])[];
  /** At least one of each group must be given. */
  readonly oneOfFields?: readonly (readonly string[])[];
  /** A field that has no effect without all of the others: `{ suffix: ["keys"] }`. */
  readonly needs?: Readonly<Record<string, readonly string[]>>;
  /** One text that holds a template may stand for the whole map (`resources: "{{ .spec.resources }}"`). */
  readonly template?: boolean;
  /** Keys outside `fields` are a tree of templates of their own (`custom` children). */
  readonly rest?: TreeShape;
  /** Unknown keys that are expected, with their hints. */
  readonly otherKeys?: Readonly<Record<string, string>>;
  /** The hint for a key that is unknown and near none that is known. */
  readonly unknownHint?: string;
  /** Written without any field it is a value, and not the same as none. */
  readonly empty?: boolean;
}

/** Anything: every text inside may hold a template. */
export interface TreeShape extends Described {
  readonly type: "tree";
  readonly template: boolean;
  /** It is checked where it is used. */
  readonly unchecked?: boolean;
}

/** One of several shapes, selected by the kind of YAML node (scalar, list, map). */
export interface UnionShape extends Described {
  readonly type: "union";
  readonly scalar?: Shape;
  readonly list?: Shape;
  readonly map?: Shape;
  /** A key without a value (`db:`) says that the default is meant. */
  readonly nothing?: boolean;
}
