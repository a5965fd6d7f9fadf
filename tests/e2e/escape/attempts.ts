/** What code that somebody has taken over would try. Each attempt is by one means that Deno or Node offers. */

export type Attempt = () => unknown;

/** What attempts are about. */
export interface Targets {
  /** Port of a server on 127.0.0.1 that may be reached. */
  readonly allowed: string;
  /** Port of one that may not, by a cell. */
  readonly forbidden: string;
  /** A folder that everybody on the machine may read and write, with `local.js` in it. */
  readonly folder: string;
}

export function writes({ folder }: Targets): Record<string, Attempt> {
  const file = `${folder}/written`;
  return {
    "write a file": () => Deno.writeTextFileSync(file, "x"),
    "write a file through node:fs": async () => (await import("node:fs")).writeFileSync(file, "x"),
    "open a file for writing": () => Deno.openSync(file, { write: true, create: true }).close(),
    "make a temporary file": () => Deno.makeTempFileSync(),
    "make a folder": () => Deno.mkdirSync(`${folder}/made`),
    "link to a file": () => Deno.symlinkSync("/etc/hostname", `${folder}/link`),
    "remove a file": () => Deno.removeSync(`${folder}/local.js`),
    "change the mode of a file": () => Deno.chmodSync(`${folder}/local.js`, 0o777),
    "write a database": async () => new ((await import("node:sqlite")).DatabaseSync)(`${folder}/written.db`).close(),
    "listen on a Unix socket": () => Deno.listen({ transport: "unix", path: `${folder}/socket` }).close(),
  };
}

export function processes({ folder }: Targets): Record<string, Attempt> {
  return {
    "start a process": () => new Deno.Command("/bin/true").outputSync().code,
    "start a process through node": async () => (await import("node:child_process")).execFileSync("/bin/true"),
    "start a shell through node": async () => (await import("node:child_process")).execSync("true"),
    "start this program again": () => new Deno.Command(Deno.execPath()).outputSync().code,
    "load a native library": () => Deno.dlopen("libc.so.6", {}),
    "load a native module through node": async () => {
      (await import("node:process")).default.dlopen({ exports: {} }, `${folder}/local.node`);
    },
    "signal a process": () => Deno.kill(1, "SIGCONT"),
    "signal a process through node": async () => (await import("node:process")).default.kill(1, 0),
    "start a worker with more rights": () =>
      new Worker("data:text/javascript,0", { type: "module", deno: { permissions: { run: true } } } as WorkerOptions),
  };
}

export function reads({ folder }: Targets): Record<string, Attempt> {
  return {
    "read a file": () => Deno.readTextFileSync("/etc/hostname"),
    "read a file that all may read": () => Deno.readTextFileSync(`${folder}/local.js`),
    "read through node:fs": async () => (await import("node:fs")).readFileSync("/etc/hostname"),
    "read with fetch": async () => await (await fetch("file:///etc/hostname")).text(),
    "read its own process": () => Deno.readTextFileSync("/proc/self/environ"),
    "read through an open file": () => Deno.readTextFileSync("/proc/self/fd/0"),
    "list a folder": () => [...Deno.readDirSync("/")],
    "look at a file": () => Deno.statSync("/etc/hostname").size,
    "resolve a path": () => Deno.realPathSync("/proc/self/exe"),
    "read a database": async () => new ((await import("node:sqlite")).DatabaseSync)("/etc/hostname").close(),
    "connect to a Unix socket": () => Deno.connect({ transport: "unix", path: "/run/containerd/containerd.sock" }),
  };
}

export function surroundings(): Record<string, Attempt> {
  return {
    "read the environment": () => Deno.env.get("SECRET"),
    "read the environment through node": async () => (await import("node:process")).default.env["SECRET"]!.length,
    "read all of the environment": () => Deno.env.toObject(),
    "write the environment": () => Deno.env.set("SECRET", "y"),
    "request the host's name": () => Deno.hostname(),
    "request the addresses of the host": () => Deno.networkInterfaces(),
    "request the user": () => Deno.uid(),
    "request the load": () => Deno.loadavg(),
  };
}

export function hosts({ allowed, forbidden }: Targets): Record<string, Attempt> {
  const address = { hostname: "127.0.0.1", port: Number(forbidden) };
  return {
    "reach another port": () => fetch(`http://127.0.0.1:${forbidden}/`),
    "reach another port over TCP": async () => (await Deno.connect(address)).close(),
    "reach another port over TLS": async () => (await Deno.connectTls(address)).close(),
    "reach another port through node:net": async () => {
      const { connect } = await import("node:net");
      return await new Promise((resolve, reject) =>
        connect(address.port, "127.0.0.1", () => resolve(1)).on("error", reject)
      );
    },
    "reach another port through node:http": async () => {
      const { get } = await import("node:http");
      return await new Promise((resolve, reject) => get(`http://127.0.0.1:${forbidden}/`, resolve).on("error", reject));
    },
    "reach another port by a WebSocket": () => new WebSocket(`ws://127.0.0.1:${forbidden}/`).url,
    "be sent to another port": () => fetch(`http://127.0.0.1:${allowed}/elsewhere`),
    "reach another port through a proxy": () =>
      fetch("http://example.org/", {
        client: Deno.createHttpClient({ proxy: { url: `http://127.0.0.1:${forbidden}` } }),
      }),
    "reach another name of the same host": () => fetch(`http://localhost:${allowed}/`),
    "reach the metadata service of a cloud": () => fetch("http://169.254.169.254/"),
    "ask a name server": () => Deno.resolveDns("example.org", "A", { nameServer: { ipAddr: "127.0.0.1", port: 53 } }),
    "listen": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
    "serve": async () =>
      await Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response()).shutdown(),
  };
}

/** The refusal comes where nobody waits for it, and ends the cell. */
export async function sendDatagram({ forbidden }: Targets): Promise<void> {
  (await import("node:dgram")).createSocket("udp4").send("x", Number(forbidden), "127.0.0.1");
}

/** Hosts that Deno trusts by default. */
export const trustedByDefault = [
  ...["deno.land:443", "jsr.io:443", "esm.sh:443", "raw.esm.sh:443", "cdn.jsdelivr.net:443"],
  ...["raw.githubusercontent.com:443", "gist.githubusercontent.com:443"],
];

export function imports({ forbidden, folder }: Targets): Record<string, Attempt> {
  return {
    "import from another host": async () => (await import(`http://127.0.0.1:${forbidden}/x.js`)).default,
    "import from a host that Deno trusts": async () =>
      (await import(`https://${"deno.land"}/std@0.224.0/version.ts`)).VERSION,
    "import a package that is not built in": async () => typeof (await import(`npm:${"chalk"}@5.0.0`)).default,
    "import a file": async () => (await import(`file://${folder}/local.js`)).default,
    "import data": async () => (await import(`file://${folder}/data.json`, { with: { type: "json" } })).default,
    "import a file from code that was made up": async () =>
      (await import(`data:text/javascript,export default await import("file://${folder}/local.js")`)).default,
    "import a file in a worker that was made up": () =>
      startWorker(`data:text/javascript,self.postMessage((await import("file://${folder}/local.js")).default)`),
    "import a file by its path": async () => (await import(`${folder}/local.js`)).default,
    "import a file in evaluated code": async () => (await eval(`import("file://${folder}/local.js")`)).default,
    "run a file on a thread": async () => {
      const { Worker: Thread } = await import("node:worker_threads");
      return await new Promise((resolve, reject) =>
        new Thread(new URL(`file://${folder}/thread.mjs`)).on("message", resolve).on("error", reject)
      );
    },
    "require a file": async () => (await import("node:module")).createRequire(import.meta.url)(`${folder}/local.cjs`),
    "start a worker of another host": () => startWorker(`http://127.0.0.1:${forbidden}/x.js`),
    "start a worker of a file": () => startWorker(`file://${folder}/local.js`),
  };
}

export function rights(): Record<string, Attempt> {
  const names = ["read", "write", "net", "env", "run", "ffi", "sys", "import"] as const;
  return Object.fromEntries(names.map((name) => [
    `request the right ${name}`,
    async () => {
      // Of what a process has in part, such as the environment, all is requested.
      const { state } = await Deno.permissions.request({ name } as Deno.PermissionDescriptor);
      if (state !== "granted") throw new Deno.errors.NotCapable(state);
      return state;
    },
  ]));
}

/** Rejects with what keeps a worker from running. */
function startWorker(code: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(code, { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new TypeError(event.message));
    };
  });
}

/** What each attempt came to: `got …`, or the name of the error and its message. */
export async function outcomes(attempts: Readonly<Record<string, Attempt>>): Promise<Record<string, string>> {
  const results: Record<string, string> = {};
  for (const [what, attempt] of Object.entries(attempts)) {
    try {
      results[what] = `got ${Deno.inspect(await attempt())}`;
    } catch (error) {
      results[what] = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    }
  }
  return results;
}
