/** Synchronous work took longer than a box may block its thread. */
export class TimeLimitError extends Error {
  override name = "TimeLimitError";
  readonly limitMs: number;

  constructor(limitMs: number) {
    super(`The templates and rules for this object took longer than ${limitMs} ms`);
    this.limitMs = limitMs;
  }
}
