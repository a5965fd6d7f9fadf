/** Tries everything that a box must not be able to do. Each attempt returns the name of the error, or its result. */
import { parentPort } from "node:worker_threads";

type Attempt = () => unknown;
type Order = { name: string; allowed: string; forbidden: string };

function attempts({ name, allowed, forbidden }: Order): Record<string, Attempt> {
  const hidden = `${"ork"}Secret`;
  const globals = globalThis as unknown as Record<string, unknown>;
  return {
    "read a file": () => Deno.readTextFileSync("/etc/hostname"),
    "read through node:fs": async () => (await import("node:fs")).readFileSync("/etc/hostname"),
    "read its own process": () => Deno.readTextFileSync("/proc/self/environ"),
    "list a folder": () => [...Deno.readDirSync("/")],
    "write a file": () => Deno.writeTextFileSync("/tmp/ork-escaped", "x"),
    "read the environment": () => Deno.env.get("PATH"),
    "read all of the environment": () => Deno.env.toObject(),
    "start a process": () => new Deno.Command("/bin/true").outputSync(),
    "start a process through node": async () => (await import("node:child_process")).execFileSync("/bin/true"),
    "load a native library": () => Deno.dlopen("libc.so.6", {}),
    "request the host's name": () => Deno.hostname(),
    "signal a process": () => Deno.kill(1, "SIGCONT"),
    "reach another port": () => fetch(`http://127.0.0.1:${forbidden}/`),
    "reach another port over TCP": () => Deno.connect({ hostname: "127.0.0.1", port: Number(forbidden) }),
    "reach another name of the same host": () => fetch(`http://localhost:${allowed}/`),
    "listen": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
    "request more rights": async () => (await Deno.permissions.request({ name: "read" })).state,
    "start a worker with more rights": () =>
      new Worker("data:text/javascript,0", { type: "module", deno: { permissions: { read: true } } } as WorkerOptions),
    "load code from elsewhere": () => import(`http://127.0.0.1:${forbidden}/x.js`),
    "see another cell's memory": () => {
      const found = globals[hidden];
      globals[hidden] = name;
      return found;
    },
    "reach the API server": async () => (await fetch(`http://127.0.0.1:${allowed}/`)).status,
  };
}

parentPort!.on("message", ({ port }: { port: MessagePort }) => {
  port.onmessage = async ({ data }: MessageEvent<Order>) => {
    const results: Record<string, string> = {};
    for (const [what, attempt] of Object.entries(attempts(data))) {
      try {
        results[what] = `got ${String(await attempt())}`;
      } catch (error) {
        results[what] = error instanceof Error ? error.name : String(error);
      }
    }
    port.postMessage(results);
  };
});
