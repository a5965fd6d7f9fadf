/** Items to be printed: the first ones, and how many there were. */
export class BoundedList<T> {
  readonly items: T[] = [];
  count = 0;

  constructor(readonly max: number) {}

  add(item: T): void {
    this.count++;
    if (this.items.length < this.max) this.items.push(item);
  }
}
