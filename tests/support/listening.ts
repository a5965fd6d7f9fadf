/** The ports of the line `listening` in a log of JSON lines. */
export function readPorts(stdout: string): { readonly https?: number; readonly http?: number } {
  const line = stdout.split("\n").find((text) => text.startsWith("{") && text.includes('"message":"listening"'));
  return line === undefined ? {} : JSON.parse(line);
}
