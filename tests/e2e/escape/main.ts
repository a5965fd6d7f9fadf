/**
 * Compiled by `escape_test.ts`: starts two cells in the jail of the product, with probing code in place of a box, and
 * prints what each attempt came to. Arguments: the port that cells may reach, one that they may not, and a folder.
 */
import { Jail } from "../../../src/cell/jail_host.ts";

const [allowed, forbidden, folder] = Deno.args;
const jail = new Jail({
  reachable: [`127.0.0.1:${allowed}`],
  fromSource: false,
  entry: new URL("./prober.ts", import.meta.url),
  onJailLost: (reason) => {
    throw new Error(`The jail was lost: ${reason}`);
  },
});

function probe(name: string): Promise<Record<string, string>> {
  const { port1, port2 } = new MessageChannel();
  const response = new Promise<Record<string, string>>((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
  const ended = Promise.withResolvers<Record<string, string>>();
  jail.start(port2, 64, (reason) => ended.resolve({ "end": reason }));
  port1.postMessage({ name, allowed, forbidden, folder });
  return Promise.race([response, ended.promise]);
}

const first = await probe("first");
const second = await probe("second");
const datagram = await probe("datagram");
console.log(JSON.stringify({ first, second, datagram }));
Deno.exit(0);
