import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { packFolder } from "@berth/deploy/pack";
import { PlatformError } from "@berth/protocol";
import type { JsonValue, TaskView } from "@berth/protocol";
import type { Control } from "@berth/control";
import type { Platform } from "./start-platform.ts";
import { SYSTEM_PRINCIPAL } from "./admin-key.ts";

/** The examples a newcomer meets first, in this order; the first one is called. */
const FIRST_LOOK = ["echo", "csv-analyst"] as const;
const DEPLOY_TIMEOUT_MS = 180_000;
const CALL_TIMEOUT_MS = 60_000;

export interface FirstLook {
  readonly deployed: readonly { readonly name: string; readonly unchanged: boolean; readonly ms: number }[];
  readonly call: {
    readonly agent: string;
    readonly skill: string;
    readonly output: JsonValue;
    readonly taskId: string;
    readonly receiptId: string | undefined;
  };
  readonly warnings: readonly string[];
}

/**
 * Deploys the first examples and calls one. Where nothing isolates, our own examples run unconfined, and the warning
 * says so: they are code of this repository.
 */
export async function firstLook(
  platform: Platform,
  examplesFolder: string,
  log: (line: string) => void,
): Promise<FirstLook> {
  const { control } = platform;
  const trust = !platform.sandbox.some(isolatesPrograms);
  const deployed = [];
  for (const name of await presentExamples(examplesFolder)) {
    const startedAt = performance.now();
    log(`deploying ${name} …`);
    const unchanged = await deployExample(control, join(examplesFolder, name), trust);
    deployed.push({ name, unchanged, ms: Math.round(performance.now() - startedAt) });
  }
  const call = await callEcho(control);
  return { deployed, call, warnings: trust ? [unconfinedWarning(platform)] : [] };
}

async function presentExamples(folder: string): Promise<readonly string[]> {
  const present = new Set(await readdir(folder));
  return FIRST_LOOK.filter((name) => present.has(name));
}

async function deployExample(control: Control, folder: string, trust: boolean): Promise<boolean> {
  const principal = SYSTEM_PRINCIPAL;
  const { archive } = await packFolder(folder);
  const { deploymentId } = await control.deploys.start(principal, {
    source: { kind: "archive", bytes: archive },
    trust,
  });
  const signal = AbortSignal.timeout(DEPLOY_TIMEOUT_MS);
  let unchanged = false;
  for await (const event of control.deploys.follow(principal, deploymentId, { after: 0, signal })) {
    if (event.kind === "log") unchanged ||= event.line.text.startsWith("Nothing changed");
    if (event.kind !== "done") continue;
    const { status, error } = event.deployment;
    if (status === "live") return unchanged;
    const step = error?.step === undefined ? "" : ` at the step "${error.step}"`;
    throw new PlatformError("BUILD_FAILED", `Deploying ${folder} failed${step}: ${error?.message ?? status}`);
  }
  throw new PlatformError("TIMED_OUT", `Deploying ${folder} took longer than ${DEPLOY_TIMEOUT_MS / 1_000} s.`);
}

async function callEcho(control: Control): Promise<FirstLook["call"]> {
  const call = { principal: SYSTEM_PRINCIPAL, protocol: "rest" } as const;
  const text = "Hello from Berth";
  const turn = await control.tasks.accept(
    call,
    "echo",
    { message: { messageId: `first-look-${Date.now()}`, role: "ROLE_USER", parts: [{ data: { text } }] } },
    { skill: "echo" },
  );
  const view = await control.tasks.settle(turn, call, { timeoutMs: CALL_TIMEOUT_MS });
  const receipt = await control.receipts.awaitForTask(SYSTEM_PRINCIPAL.orgId, turn.taskId, CALL_TIMEOUT_MS);
  return { agent: "echo", skill: "echo", output: outputOf(view), taskId: turn.taskId, receiptId: receipt?.receiptId };
}

function outputOf({ task }: TaskView): JsonValue {
  if (task.status.state !== "TASK_STATE_COMPLETED") {
    const said = task.status.message?.parts.map(({ text }) => text ?? "").join(" ") ?? "";
    throw new PlatformError("AGENT_ERROR", `The first call ended in ${task.status.state}: ${said}`);
  }
  const part = task.artifacts?.at(-1)?.parts.at(-1);
  return part?.data ?? part?.text ?? null;
}

/** A driver of modules runs none of the examples. */
export function isolatesPrograms({ driver, isolates }: Platform["sandbox"][number]): boolean {
  return isolates && driver !== "wasm" && driver !== "container";
}

function unconfinedWarning({ sandbox }: Platform): string {
  const [driver] = sandbox.filter(({ isolates }) => !isolates);
  const why = driver?.reason ?? "no sandbox driver works here";
  const fix = driver?.fix === undefined ? "" : ` ${driver.fix}`;
  return `The examples run WITHOUT a sandbox: ${why.replace(/\.$/, "")}.${fix} Other people's agents are refused until then.`;
}

/** The folder with the examples of this checkout, if it is one. */
export async function findExamples(root: string): Promise<string | undefined> {
  const folder = join(root, "examples");
  try {
    await readFile(join(folder, "echo", "package.json"));
    return folder;
  } catch {
    return undefined;
  }
}
