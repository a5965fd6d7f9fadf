/** Host name and a random suffix: another one for every process (ruling 59). */
export function instanceName(binary: string): string {
  return `${Deno.env.get("HOSTNAME") || binary}-${crypto.randomUUID().slice(0, 8)}`;
}
