/** Figures of one phase. */
export class Sample {
  readonly values: number[] = [];

  add(value: number): void {
    this.values.push(value);
  }

  clear(): void {
    this.values.length = 0;
  }
}

export interface Summary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function summary({ values }: Sample): Summary {
  const sorted = Float64Array.from(values).sort();
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
  return { count: sorted.length, p50: rank(0.5), p99: rank(0.99), max: rank(1) };
}
