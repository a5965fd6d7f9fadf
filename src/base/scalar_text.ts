/** A scalar as the text that Go prints for it (`%v`): integers in full, other numbers in their shortest form. */
export function scalarText(value: string | number | bigint | boolean): string {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return String(value);
  const [mantissa, exponent] = value.toExponential().split("e") as [string, string];
  const power = Number(exponent);
  // strconv's 'g' format writes the exponent below 1e-4 and from 1e6 on.
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
