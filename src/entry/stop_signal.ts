/** Exit codes of a process that a signal ended, as a shell reports them: 128 and its number. */
const stopSignals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Resolves with the name of the signal that ends this process in order; a second one ends it at once. */
export function stopSignal(): Promise<string> {
  const first = Promise.withResolvers<string>();
  let stopping = false;
  for (const [signal, code] of Object.entries(stopSignals) as [keyof typeof stopSignals, number][]) {
    Deno.addSignalListener(signal, () => {
      if (stopping) Deno.exit(code);
      stopping = true;
      first.resolve(signal);
    });
  }
  return first.promise;
}
