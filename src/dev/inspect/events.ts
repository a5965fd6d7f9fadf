import type { Terminal } from "../terminal.ts";
import type { WherePorts } from "./locate.ts";
import { type CrOptions, findCr } from "./one_cr.ts";
import { eventsResponse } from "./responses.ts";
import { openSession } from "./session.ts";
import { type Cell, tableLines } from "./table.ts";

/** `ork events`: what the operator recorded on one CR, newest first. Throws `InspectError`. */
export async function events(options: CrOptions, terminal: Terminal, ports: WherePorts): Promise<number> {
  const session = await openSession(options, terminal, ports);
  const { api } = session;
  try {
    const { title, found } = await findCr(session, options, (path) => api.get(`${path}/events`, eventsResponse));
    if (options.output === "json") terminal.out(JSON.stringify(found, null, 2));
    else if (found.events.length === 0) {
      terminal.err(`No Events of ${title} since its operator started; kubectl events --for has older ones`);
    } else {
      const rows = found.events.map(({ age, type, reason, count, message }): Cell[] => [
        age,
        { text: type, style: type === "Warning" ? "yellow" : "grey" },
        reason,
        String(count),
        message,
      ]);
      terminal.out(tableLines(["AGE", "TYPE", "REASON", "COUNT", "MESSAGE"], rows, terminal).join("\n"));
    }
    return 0;
  } finally {
    await api.close();
  }
}
