/** Is it the template that only says what is the default anyway: the namespace of the CR? */
export function isOwnNamespace(written: string): boolean {
  return /^\{\{-?\s*\.metadata\.namespace\s*-?\}\}$/.test(written);
}
