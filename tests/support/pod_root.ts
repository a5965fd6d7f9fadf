import { dirname, join } from "node:path";
import { imageOf } from "../../deploy/containerfile.ts";
import { projectRoot } from "../architecture/paths.ts";

/** What a container of the image has besides the volumes of its Pod. */
export interface PodRoot extends AsyncDisposable {
  /** On this machine. */
  readonly path: string;
  /** The command of the image, before arguments. */
  readonly entrypoint: readonly string[];
  /** Who the image runs as. */
  readonly user: number;
  readonly group: number;
}

/** Names under which a program finds the libraries of Debian 12; the image has the same. */
const libraryFolder = "/lib/x86_64-linux-gnu";
const certificates = "/etc/ssl/certs/ca-certificates.crt";

/**
 * Makes a folder with what an image has: what `deploy/images/Containerfile.NAME` copies, and of the base `cc-debian12`
 * what matters to a binary of the project: glibc's loader, the libraries that it is linked with, the user `nonroot` and
 * the certificates of authorities. No shell, no temporary folder, no device but those that every container has.
 */
export async function podRoot(name: string): Promise<PodRoot> {
  const image = imageOf(await Deno.readTextFile(`${projectRoot}/deploy/images/Containerfile.${name}`));
  const path = await Deno.makeTempDir({ prefix: "ork-pod-" });
  const root: PodRoot = {
    path,
    ...image,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
  // Others than the owner of a temporary folder may not enter it.
  await Deno.chmod(path, 0o755);
  const write = async (name: string, text: string): Promise<void> => await writeFile(join(path, name), text);
  for (const { from, to, mode } of image.files) {
    await copy(join(projectRoot, from), join(path, to));
    await Deno.chmod(join(path, to), mode);
  }
  for (const library of await librariesOf(join(path, image.entrypoint[0]!))) {
    await copy(library.file, join(path, library.name));
  }
  await write(
    "/etc/passwd",
    "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
  );
  await write("/etc/group", "root:x:0:\nnonroot:x:65532:\n");
  await write("/etc/nsswitch.conf", "passwd: files\nhosts: files dns\n");
  await copy(certificates, join(path, certificates));
  // What the kubelet writes into every container.
  await write("/etc/hosts", "127.0.0.1 localhost\n");
  await write("/etc/resolv.conf", "");
  for (const folder of ["/proc", "/dev", "/home/nonroot"]) await Deno.mkdir(join(path, folder), { recursive: true });
  for (const device of devices) await write(`/dev/${device}`, "");
  return root;
}

const devices = ["null", "zero", "full", "random", "urandom"];

/**
 * The command line that runs a program in the root as a container does: mounts and process numbers of its own, the root
 * read-only, no way to further privileges, and of the environment only what is given. The network is that of this machine.
 */
export function inPodRoot(
  { path, entrypoint }: PodRoot,
  { user, group, args, env }: {
    readonly user: number;
    readonly group: number;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  },
): string[] {
  const script = [
    `mount --bind "$1" "$1"`,
    `mount -t proc -o nosuid,nodev,noexec proc "$1/proc"`,
    ...devices.map((device) => `mount --bind /dev/${device} "$1/dev/${device}"`),
    `mount -o remount,bind,ro,nosuid,nodev "$1" "$1"`,
    `shift; exec "$@"`,
  ].join(" && ");
  return [
    ...["unshare", "--mount", "--pid", "--fork", "--kill-child", "--", "sh", "-c", script, "sh", path],
    ...[
      "env",
      "-i",
      "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ],
    ...[
      "setpriv",
      "--no-new-privs",
      "chroot",
      `--userspec=${user}:${group}`,
      "--groups=",
      path,
      ...entrypoint,
      ...args,
    ],
  ];
}

/** Why there can be no such root here; `undefined` where there can. */
export function podRootMissing(): string | undefined {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") return "Linux on x86_64";
  if (Deno.uid() !== 0) return "root";
  try {
    for (const name of ["ork-runtime", "ork-gateway", "THIRD_PARTY_NOTICES.txt"]) {
      Deno.statSync(`${projectRoot}/build/${name}`);
    }
    Deno.statSync(certificates);
    const { success } = new Deno.Command("unshare", {
      args: [
        "--mount",
        "--pid",
        "--fork",
        "setpriv",
        "--no-new-privs",
        "chroot",
        "--userspec=65532:65532",
        "/",
        "true",
      ],
      ...{ stdout: "null", stderr: "null" },
    }).outputSync();
    return success ? undefined : "namespaces of its own (unshare)";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "a build, certificates, unshare and setpriv";
    throw error;
  }
}

/** The libraries of a program, and where this machine has them. */
async function librariesOf(binary: string): Promise<{ readonly name: string; readonly file: string }[]> {
  const { success, stdout } = await new Deno.Command("ldd", { args: [binary], env: { LC_ALL: "C" } }).output();
  const text = new TextDecoder().decode(stdout);
  if (!success) throw new Error(`Cannot read what ldd prints of ${binary}: ${text}`);
  const libraries = text.split("\n").flatMap((line) => {
    const [, name, file] = /^\s*(?:(\S+) => )?(\/\S+) \(0x/.exec(line) ?? [];
    if (file === undefined) return [];
    return [{ name: name === undefined ? file : `${libraryFolder}/${name}`, file }];
  });
  if (!libraries.some(({ name }) => name.endsWith("/libc.so.6"))) {
    throw new Error(`Cannot read what ldd prints of ${binary}: ${text}`);
  }
  return libraries;
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
}

/** Readable by everybody, as files of volumes are. */
export async function writeFile(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text, { mode: 0o644 });
}
