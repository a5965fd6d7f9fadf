import type { Process } from "../sources/process.ts";
import { Age, Notice } from "../ui/parts.tsx";
import { plain } from "../ui/text.ts";

/** Why a process could not be read the last time, in at most `max` characters; nothing where it could. */
export function Trouble({ process: { trouble, readMs }, what, max, nowMs }: {
  readonly process: Pick<Process, "trouble" | "readMs">;
  readonly what: "Runtime" | "Gateway";
  readonly max: number;
  readonly nowMs: number;
}) {
  if (trouble === undefined) return null;
  return (
    <Notice tone="bad" title={`The ${what} ${trouble.kind === "unreachable" ? "does not respond" : "cannot be read"}`}>
      <p>{plain(trouble.message, max)}</p>
      <p>
        What you see was read <Age time={readMs} nowMs={nowMs} />.
      </p>
    </Notice>
  );
}
