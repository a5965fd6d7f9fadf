/**
 * A process of clients in a closed loop: each sends its next request when it has the response to the last one. It
 * reads a `LoadJob`, prints `measuring` after the warm-up, and a `LoadResult` at the end. It is a process of its own,
 * so that its processor time is counted apart from the bench's.
 */
import { Connection, ConnectionError } from "./connection.ts";
import { type LoadJob, type LoadResult, measuringLine } from "./load_job.ts";
import { processorMs } from "./usage.ts";

/** Errors after which a run is pointless. */
const maxErrors = 100_000;
/** Connections that are opened at the same time: handshakes are no part of what is measured. */
const maxHandshakes = 20;
/** Before a client connects again to a server that refused it. */
const againMs = 50;

const job: LoadJob = JSON.parse(await new Response(Deno.stdin.readable).text());
const encoder = new TextEncoder();
const requests = job.requests.map(({ body, refused }) => ({
  refused,
  bytes: encoder.encode(
    `POST ${job.path} HTTP/1.1\r\nhost: ${job.hostname}:${job.port}\r\nuser-agent: bench\r\n` +
      `content-type: application/json\r\naccept: application/json\r\n` +
      `content-length: ${encoder.encode(body).length}\r\n\r\n${body}`,
  ),
}));

const latenciesUs: number[] = [];
let wrong = 0;
let errors = 0;
let firstError: string | undefined;
let connections = 0;
let measuring = false;
let over = false;

/** The verdict in a response: of an AdmissionReview, or of the API server. `undefined`: it is an error. */
function isRefusal(status: number, body: string): boolean | undefined {
  if (status === 200) {
    return body.includes('"allowed":true') ? false : body.includes('"allowed":false') ? true : undefined;
  }
  if (status === 201) return false;
  // 400: a webhook's code; 422: a policy's. A webhook that could not be called is a 500.
  return status === 400 || status === 422 ? true : undefined;
}

function failed(reason: string): void {
  if (!measuring) return;
  firstError ??= reason;
  if (++errors > maxErrors) over = true;
}

async function connect(): Promise<Connection> {
  const { hostname, port, tls } = job;
  if (measuring) connections++;
  if (tls === undefined) return new Connection(await Deno.connect({ hostname, port }));
  const { ca, cert, key } = tls;
  const own = cert === undefined || key === undefined ? {} : { cert, key };
  const conn = await Deno.connectTls({ hostname, port, caCerts: [ca], alpnProtocols: ["http/1.1"], ...own });
  await conn.handshake();
  return new Connection(conn);
}

async function client(index: number, opened: Connection): Promise<void> {
  let connection: Connection | undefined = opened;
  for (let turn = index; !over; turn++) {
    const request = requests[turn % requests.length]!;
    const startMs = performance.now();
    try {
      connection ??= await connect();
      const { status, body, keepAlive } = await connection.send(request.bytes);
      const refused = isRefusal(status, body);
      if (refused === undefined) failed(`HTTP ${status}: ${body.slice(0, 300)}`);
      else if (measuring && !over) {
        latenciesUs.push(Math.round((performance.now() - startMs) * 1000));
        if (refused !== request.refused) wrong++;
      }
      if (keepAlive) continue;
    } catch (error) {
      if (!(error instanceof ConnectionError) && connection !== undefined) throw error;
      failed(error instanceof Error ? error.message : String(error));
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
    connection?.close();
    connection = undefined;
  }
  connection?.close();
}

const opened: Connection[] = [];
while (opened.length < job.parallel) {
  const group = Array.from({ length: Math.min(maxHandshakes, job.parallel - opened.length) }, connect);
  opened.push(...await Promise.all(group));
}
for (const [index, connection] of opened.entries()) void client(index, connection);
await new Promise((resolve) => setTimeout(resolve, job.warmUpMs));
const beforeMs = await processorMs(Deno.pid);
measuring = true;
console.log(measuringLine);
await new Promise((resolve) => setTimeout(resolve, job.measureMs));
over = true;
const cpuMs = await processorMs(Deno.pid) - beforeMs;
const result: LoadResult = { latenciesUs, wrong, errors, error: firstError, reconnects: connections, cpuMs };
console.log(JSON.stringify(result));
// Requests in flight are not waited for: a server that hangs must not hang the bench.
Deno.exit(0);
