import type { Json } from "../../src/base/json.ts";
import { stringifyJson } from "../../src/base/json.ts";

const encoder = new TextEncoder();

/** What came back on a connection until it ended. */
export interface Exchange {
  /** Of the first response; 0: there was none. */
  readonly status: number;
  readonly text: string;
  /** Responses on the connection. */
  readonly responses: number;
}

/** A connection with bytes of its own: no library puts right what is sent. */
export class RawClient implements Disposable {
  readonly #connection: Deno.Conn;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  static async connect(port: number, caPem: string): Promise<RawClient> {
    return new RawClient(await Deno.connectTls({ hostname: "127.0.0.1", port, caCerts: [caPem] }));
  }

  /** `false`: the other side has ended the connection. */
  async write(data: string | Uint8Array): Promise<boolean> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    try {
      for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
      return true;
    } catch (error) {
      if (!isEnd(error)) throw error;
      return false;
    }
  }

  /** Reads until the other side ends the connection, or `enough` has come. */
  async rest(enough?: RegExp): Promise<Exchange> {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(64 * 1024);
    let text = "";
    try {
      for (let read = await this.#connection.read(buffer); read !== null; read = await this.#connection.read(buffer)) {
        text += decoder.decode(buffer.subarray(0, read), { stream: true });
        if (enough?.test(text)) break;
      }
    } catch (error) {
      if (!isEnd(error)) throw error;
    }
    const heads = text.match(/^HTTP\/1\.[01] \d{3}/gm) ?? [];
    return { status: Number(heads[0]?.slice(9) ?? 0), text, responses: heads.length };
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}

function isEnd(error: unknown): boolean {
  const { errors } = Deno;
  return [errors.BrokenPipe, errors.ConnectionReset, errors.ConnectionAborted, errors.UnexpectedEof, errors.BadResource]
    .some((type) => error instanceof type) || (error instanceof Deno.errors.InvalidData);
}

/** A request of HTTP/1.1 that ends its connection; a body gets its length. */
export function request(
  line: string,
  body: string | undefined,
  headers: Readonly<Record<string, string | undefined>> = {},
): string {
  const all: Record<string, string | undefined> = {
    host: "gateway",
    connection: "close",
    ...(body === undefined ? {} : {
      "content-type": "application/json",
      "content-length": String(encoder.encode(body).length),
    }),
    ...headers,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== undefined).map(([name, value]) =>
    `${name}: ${value}`
  );
  return [`${line} HTTP/1.1`, ...lines, "", body ?? ""].join("\r\n");
}

export interface ReviewChanges {
  readonly object?: Json;
  readonly request?: Readonly<Record<string, Json>>;
  readonly review?: Readonly<Record<string, Json>>;
}

/** A review of a CR that breaks a rule, as text. */
export function reviewText({ object, request: more, review }: ReviewChanges = {}): string {
  return stringifyJson({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "u1",
      kind: { group: "shop.example.org", version: "v1", kind: "Shop" },
      resource: { group: "shop.example.org", version: "v1", resource: "shops" },
      name: "one",
      namespace: "team",
      operation: "CREATE",
      userInfo: { username: "mallory", groups: ["system:authenticated"] },
      object: object ?? {
        apiVersion: "shop.example.org/v1",
        kind: "Shop",
        metadata: { name: "one", namespace: "team" },
        spec: { size: 9 },
      },
      oldObject: null,
      dryRun: false,
      ...more,
    },
    ...review,
  });
}

/** A ClientHello that offers TLS up to this version (RFC 5246, 7.4.1.2), with suites that such servers had. */
export function clientHello(version: 0x0300 | 0x0301 | 0x0302): Uint8Array {
  const suites = [0x00, 0x2f, 0x00, 0x35, 0xc0, 0x13, 0xc0, 0x14, 0x00, 0x0a];
  const body = [
    ...[version >> 8, version & 0xff],
    ...new Uint8Array(32).fill(7), // random
    0, // no session
    ...[suites.length >> 8, suites.length & 0xff],
    ...suites,
    ...[1, 0], // no compression
  ];
  const handshake = [1, 0, body.length >> 8, body.length & 0xff, ...body];
  return Uint8Array.of(22, 3, 1, handshake.length >> 8, handshake.length & 0xff, ...handshake);
}
