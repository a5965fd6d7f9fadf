/**
 * `deno task bench:admission`, after `deno task build`: what it costs to check the 16 rules of `katalog.yaml` before an
 * object is stored, by four contestants: the API server `bare`, as an admission `policy` that `ork generate policies`
 * prints, by the Gateway of `ork`, and by a webhook in Go with `controller-runtime` (`webhook/`). Prints a table in
 * Markdown. Clients create objects with `dryRun=All`, in a closed loop with keep-alive over HTTP/1.1, of which 1 %
 * break a rule; nothing is stored. The API server is kube-apiserver from `KUBEBUILDER_ASSETS`.
 *
 * `--direct` sends the reviews to the webhooks themselves, without an API server between. The one that they are
 * registered at is then the sandbox.
 *
 * `--parallel 50,500` clients, `--seconds N` (20), `--warm-up N` seconds before (5), `--processes N` of clients (1),
 * `--binary COMMAND` of the Gateway, or `source`, `--contestants LIST`, `--server sandbox` to try the bench without a
 * control plane: its figures then say nothing about an API server.
 */
import { fileURLToPath } from "node:url";
import { stringifyJson } from "../../src/base/json.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { readOptions } from "../options.ts";
import { type Contestant, contestants, registered } from "./contestants.ts";
import type { LoadJob } from "./load_job.ts";
import { measure } from "./measure.ts";
import { namespace, openPlace, type Place, releases } from "./place.ts";
import { reviewOf, samples, violating } from "./releases.ts";
import { problems, type Row, table } from "./table.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const options = readOptions({
  direct: false,
  parallel: "50,500",
  seconds: 20,
  "warm-up": 5,
  processes: 1,
  binary: `${root}build/ork-gateway`,
  contestants: "bare,policy,ork,controller-runtime",
  server: "",
});
const { direct, seconds, processes, binary } = options;
const load = samples(namespace);
const loads = options.parallel.split(",").map((text) => {
  const parallel = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (parallel > 0) return parallel;
  console.error(`Cannot use "${options.parallel}" as --parallel: give numbers of clients, such as 50,500`);
  Deno.exit(2);
});

const rows: Row[] = [];
{
  await using place = await openPlace(options.server || (direct ? "sandbox" : "kube-apiserver"));
  for (const contestant of chosen()) {
    await using running = await contestant.start(place, (reason) => {
      console.error(`${contestant.name} is left out: ${reason}`);
    });
    if (running === undefined) continue;
    await verify(place, contestant);
    for (const parallel of loads) {
      const measured = await measure(await jobOf(place, contestant, parallel), processes, running);
      const row = { contestant: contestant.name, parallel, measured };
      for (const problem of problems(row)) console.error(problem);
      rows.push(row);
    }
  }
}
for (const line of table(rows)) console.log(line);

function chosen(): Contestant[] {
  const names = options.contestants.split(",");
  return contestants(binary).filter(({ name, isWebhook }) => names.includes(name) && (isWebhook || !direct));
}

/** Waits until the contestant admits what passes, and refuses what breaks a rule, rule by rule, with its message. */
async function verify(place: Place, { name, admitsAll }: Contestant): Promise<void> {
  for (const { object, breaks } of [load[0]!, ...violating(namespace)]) {
    const admits = breaks === undefined || admitsAll === true;
    await waitFor(`${name} ${admits ? "admits" : "refuses"} ${stringifyJson(object["spec"])}`, async () => {
      const { status, text } = await place.send("POST", `${releases}?dryRun=All`, object);
      const isRight = admits ? status === 201 : (status === 400 || status === 422) && saysOf(text).includes(breaks);
      if (!isRight) throw new Error(`HTTP ${status}: ${text}`);
      return true;
    });
  }
}

/** `message` of a Status. */
function saysOf(text: string): string {
  return String(JSON.parse(text).message);
}

async function jobOf(place: Place, { admitsAll }: Contestant, parallel: number): Promise<LoadJob> {
  const times = { parallel, warmUpMs: options["warm-up"] * 1000, measureMs: seconds * 1000 };
  if (!direct) {
    const requests = load.map(({ object, breaks }) => ({
      body: stringifyJson(object),
      refused: breaks !== undefined && admitsAll !== true,
    }));
    return { ...times, ...place.address, path: `${releases}?dryRun=All&fieldManager=bench`, requests };
  }
  const { url, ca } = await registered(place);
  return {
    ...times,
    hostname: url.hostname,
    port: Number(url.port),
    tls: { ca },
    path: `${url.pathname}?timeout=10s`,
    requests: load.map(({ object, breaks }, index) => ({
      body: stringifyJson(reviewOf(object, `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`)),
      refused: breaks !== undefined,
    })),
  };
}
