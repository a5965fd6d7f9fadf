import { type HttpService, httpService, jsonOf } from "../support/http_service.ts";

const root = new URL("./external/", import.meta.url);

/** The service that `external/feature-flags` calls. */
export function flagsService(): HttpService {
  return httpService(({ path, headers }) => {
    if (path === "/tenants/acme") return jsonOf({ plan: "gold" });
    if (path.startsWith("/flags/")) {
      if (headers.get("authorization") !== "Bearer swordfish") return new Response("", { status: 401 });
      return path === "/flags/shop?plan=gold" ? jsonOf({ color: "red", beta: true, version: "1.2" }) : jsonOf({}, 404);
    }
    return path === "/broken" ? new Response("", { status: 503 }) : new Response("", { status: 404 });
  });
}

/** A folder with the examples of `external/`, whose Katalogs call this service. */
export async function examplesFor(service: HttpService): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "ork-external-" });
  for (const { name } of Deno.readDirSync(root)) {
    await Deno.mkdir(`${folder}/${name}`);
    for (const file of Deno.readDirSync(new URL(`${name}/`, root))) {
      const text = await Deno.readTextFile(new URL(`${name}/${file.name}`, root));
      await Deno.writeTextFile(`${folder}/${name}/${file.name}`, text.replaceAll("http://flags.test", service.url));
    }
  }
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}
