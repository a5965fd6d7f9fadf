/** A program of this machine: what the variable names, else what is in PATH; `undefined` where there is none. */
export function findTool(name: string, variable: string): string | undefined {
  const named = Deno.env.get(variable);
  if (named !== undefined && named !== "") return named;
  return (Deno.env.get("PATH") ?? "").split(":").map((folder) => `${folder}/${name}`).find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/** `helm`; `ORK_TEST_HELM` names another one. */
export const helm = findTool("helm", "ORK_TEST_HELM");

/** `kubectl`, the one of the control plane where there is one. */
export const kubectl = findTool("kubectl", "ORK_TEST_KUBECTL") ?? controlPlaneKubectl();

function controlPlaneKubectl(): string | undefined {
  const folder = Deno.env.get("KUBEBUILDER_ASSETS");
  return folder === undefined || folder === "" || !isFile(`${folder}/kubectl`) ? undefined : `${folder}/kubectl`;
}

/** What a program prints; an error of it is an error of the test. */
export async function outputOf(command: readonly string[], options: { readonly cwd?: string } = {}): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command[0]!, {
    args: command.slice(1),
    stdin: "null",
    ...options,
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`${command.join(" ")} failed: ${out}${err}`);
  return out!;
}
