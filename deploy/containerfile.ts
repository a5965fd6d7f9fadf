/** One instruction of a Containerfile. */
export interface Instruction {
  /** In capitals: `COPY`. */
  readonly name: string;
  readonly text: string;
  /** Where it begins. */
  readonly line: number;
}

/** The instructions of a Containerfile, continued lines as one, without comments. Throws for a line that is none. */
export function readContainerfile(text: string): Instruction[] {
  const instructions: Instruction[] = [];
  let open: Instruction | undefined;
  for (const [n, line] of text.split("\n").entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const start = open === undefined ? /^([A-Z]+) (.*)$/.exec(line) : undefined;
    if (start === null) throw new Error(`Line ${n + 1} is no instruction: ${line}`);
    const whole: Instruction = open === undefined
      ? { name: start![1]!, text: start![2]!, line: n + 1 }
      : { ...open, text: `${open.text} ${line.trim()}` };
    const continued = whole.text.endsWith("\\");
    open = continued ? { ...whole, text: whole.text.slice(0, -1).trimEnd() } : undefined;
    if (!continued) instructions.push(whole);
  }
  if (open !== undefined) throw new Error(`Line ${open.line} is continued by none`);
  return instructions;
}

/** What an image has besides its base. */
export interface Image {
  readonly user: number;
  readonly group: number;
  /** The command, before the arguments of a container. */
  readonly entrypoint: readonly string[];
  /** `from` in the context, `to` in the image; `mode` as `--chmod` says. */
  readonly files: readonly { readonly from: string; readonly to: string; readonly mode: number }[];
}

/**
 * What a Containerfile makes. Throws where it does more than to copy files for a user who is not root: other instructions
 * (`ADD`, `RUN`), a command for a shell, a base that anybody can replace.
 */
export function imageOf(text: string): Image {
  const instructions = readContainerfile(text);
  const known = ["ARG", "FROM", "LABEL", "COPY", "USER", "EXPOSE", "ENTRYPOINT"];
  for (const { name, line } of instructions) {
    if (!known.includes(name)) throw new Error(`Line ${line}: ${name} has no place here`);
  }
  const one = (name: string): Instruction => {
    const found = instructions.filter((each) => each.name === name);
    if (found.length !== 1) throw new Error(`${name} is there ${found.length} times, and has to be once`);
    return found[0]!;
  };
  const base = one("FROM");
  if (base.text !== "${BASE}") throw new Error(`Line ${base.line}: FROM names no argument`);
  const isOpen = instructions.some(({ name, text: value, line }) =>
    name === "ARG" && value === "BASE" && line < base.line
  );
  if (!isOpen) throw new Error("BASE is no argument without a default before FROM");
  const user = one("USER");
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(user.text) ?? [];
  // The kubelet verifies runAsNonRoot by numbers alone.
  if (!(Number(uid) > 0 && Number(gid) > 0)) throw new Error(`Line ${user.line}: USER is no UID:GID above 0`);
  return {
    user: Number(uid),
    group: Number(gid),
    entrypoint: execForm(one("ENTRYPOINT")),
    files: instructions.filter(({ name }) => name === "COPY").flatMap(filesOf),
  };
}

function execForm({ text, line }: Instruction): readonly string[] {
  const value: unknown = text.startsWith("[") ? JSON.parse(text) : undefined;
  if (!Array.isArray(value) || !value.every((each) => typeof each === "string") || !value[0]?.startsWith("/")) {
    throw new Error(`Line ${line}: ENTRYPOINT is no list that begins with a path`);
  }
  return value;
}

function filesOf({ text, line }: Instruction): Image["files"] {
  const [flag, ...paths] = text.split(/\s+/);
  const mode = /^--chmod=(0[0-7]{3})$/.exec(flag!)?.[1];
  const to = paths.pop();
  if (mode === undefined || to === undefined || paths.length === 0) {
    throw new Error(`Line ${line}: COPY takes --chmod=MODE, files and a place`);
  }
  if (paths.length > 1 && !to.endsWith("/")) throw new Error(`Line ${line}: several files need a folder`);
  return paths.map((from) => ({
    from,
    to: to.endsWith("/") ? `${to}${from.split("/").at(-1)}` : to,
    mode: parseInt(mode, 8),
  }));
}
