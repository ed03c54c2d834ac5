import { PlatformError } from "@berth/protocol";

/** The values that a build asked for, and no others. @throws BUILD_FAILED naming the first that there is not */
export async function namedSecrets(
  names: readonly string[],
  secretOf: (name: string) => Promise<string | undefined> = async () => undefined,
): Promise<{ readonly [name: string]: string }> {
  const found: [string, string][] = [];
  for (const name of names) {
    const value = await secretOf(name);
    if (value === undefined) {
      throw new PlatformError("BUILD_FAILED", `The build needs the secret ${name}, and there is none of this name.`, {
        hint: `Set it with: a2a secrets set ${name}`,
      });
    }
    found.push([name, value]);
  }
  return Object.fromEntries(found);
}
