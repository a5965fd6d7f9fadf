/** What a thrown value says: its message where it is an error. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
