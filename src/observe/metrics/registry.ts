import type { MetricSpec, MetricsSnapshot, SeriesSnapshot } from "./metric.ts";

/** Series of one metric; label values beyond it are counted together, as `other`. */
const maxSeries = 100;
const other = "other";

/**
 * The metrics of one part of the process. Counting on a series allocates nothing, so what counts often keeps the series
 * and does not look it up.
 */
export class Registry {
  readonly #families = new Map<string, Family>();

  /** Adds a metric. Throws `TypeError` when there is one of that name. */
  add(spec: MetricSpec): Family {
    if (this.#families.has(spec.name)) throw new TypeError(`Cannot add the metric ${spec.name}: it exists`);
    const family = new Family(spec);
    this.#families.set(spec.name, family);
    return family;
  }

  snapshot(): MetricsSnapshot {
    return [...this.#families.values()].map((family) => ({ name: family.spec.name, series: family.snapshot() }));
  }
}

/** The series of one metric. A metric without labels has one. */
export class Family {
  readonly spec: MetricSpec;
  /** Label value → next level, or the series below the last one. */
  readonly #root = new Map<string, unknown>();
  readonly #all: { readonly labels: readonly string[]; readonly series: Series }[] = [];
  readonly #single: Series | undefined;
  /** What exceeds `maxSeries`. */
  #rest: Series | undefined;

  constructor(spec: MetricSpec) {
    this.spec = spec;
    if (spec.labels.length === 0) this.#single = this.#make([]);
  }

  /** The series with these values of the labels, in the order of the spec; made when it is new, with value 0. */
  of(...values: readonly string[]): Series {
    if (this.#single !== undefined) return this.#single;
    let level = this.#root;
    const last = values.length - 1;
    for (let i = 0; i < last; i++) {
      let next = level.get(values[i]!) as Map<string, unknown> | undefined;
      if (next === undefined) {
        if (this.#all.length >= maxSeries) return this.#overflow();
        level.set(values[i]!, next = new Map());
      }
      level = next;
    }
    const known = level.get(values[last]!) as Series | undefined;
    if (known !== undefined) return known;
    if (this.#all.length >= maxSeries) return this.#overflow();
    const made = this.#make(values);
    level.set(values[last]!, made);
    return made;
  }

  snapshot(): SeriesSnapshot[] {
    return this.#all.map(({ labels, series }) => ({ labels, values: series.values() }));
  }

  #overflow(): Series {
    return this.#rest ??= this.#make(this.spec.labels.map(() => other));
  }

  #make(labels: readonly string[]): Series {
    const series = new Series(this.spec.buckets ?? []);
    this.#all.push({ labels: [...labels], series });
    return series;
  }
}

/** One series: a number, or a histogram where the metric has buckets. */
export class Series {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array | undefined;
  #value = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    if (bounds.length > 0) this.#counts = new Float64Array(bounds.length + 1);
  }

  inc(by = 1): void {
    this.#value += by;
  }

  set(value: number): void {
    this.#value = value;
  }

  /** Adds an observation to a histogram. */
  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]!) bucket++;
    this.#counts![bucket]!++;
    this.#value += value;
  }

  values(): number[] {
    return this.#counts === undefined ? [this.#value] : [...this.#counts, this.#value];
  }
}
