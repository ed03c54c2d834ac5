import { readFileSync } from "node:fs";
import type { Instance } from "../../src/sandbox-driver.ts";
import { askAgent, startAgent } from "../../src/sandbox-driver.contract.ts";
import type { DriverHarness, StartOverrides } from "../../src/sandbox-driver.contract.ts";

const SOURCE = readFileSync(new URL("../fixtures/malicious-agent.cjs", import.meta.url), "utf8");

export interface Loot {
  readonly got?: unknown;
  readonly code?: string;
  readonly cause?: string;
}

export function startMalicious(made: DriverHarness, overrides: StartOverrides = {}): Promise<Instance> {
  return startAgent(made, SOURCE, overrides);
}

/** Tells the agent what to try. */
export async function tempt(
  instance: Pick<Instance, "socketPath">,
  deed: string,
  options: Record<string, unknown> = {},
): Promise<Loot> {
  // malicious-agent.cjs answers with nothing else.
  return JSON.parse(await askAgent(instance, "/", JSON.stringify({ deed, ...options }))) as Loot;
}

/** What a program printed in the jail. */
export async function runInJail(
  instance: Pick<Instance, "socketPath">,
  file: string,
  args: readonly string[],
): Promise<{ readonly status: number | null; readonly signal: string | null; readonly stdout: string }> {
  const { got } = await tempt(instance, "run", { file, args });
  // As malicious-agent.cjs makes it.
  return got as { status: number | null; signal: string | null; stdout: string };
}
