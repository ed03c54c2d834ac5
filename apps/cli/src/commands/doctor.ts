import { isPlatformError } from "@berth/protocol";
import type { DoctorReport, PlatformClient, SandboxInfo } from "@berth/sdk/client";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { errorText, reportError } from "../render/error.ts";
import { oneLine } from "../render/printable.ts";

const PATIENCE_MS = 10_000;

export const doctorCommand: Command = {
  name: "doctor",
  summary: "Check this machine and the platform, and say what to mend.",
  positionals: [],
  options: {},
  examples: ["a2a doctor", "a2a doctor --json"],
  run: doctor,
};

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly fix?: string;
}

async function doctor(context: CommandContext): Promise<CommandResult> {
  const client = await context.platform();
  const node: Check = { name: "node", ok: true, detail: process.version };
  const { checks, report } = await askPlatform(client);
  const all = [node, ...checks];
  const isWell = all.every(({ ok }) => ok);
  return {
    json: { ok: isWell, url: client.url, checks: all, sandbox: report?.sandbox ?? null, store: report?.store ?? null },
    text: all.map((check) => checkText(check, context)).join("\n"),
    exitCode: isWell ? ExitCode.Done : ExitCode.Failed,
  };
}

async function askPlatform(
  client: PlatformClient,
): Promise<{ readonly checks: readonly Check[]; readonly report?: DoctorReport }> {
  const options = { timeoutMs: PATIENCE_MS };
  try {
    const { version } = await client.version(options);
    const reached: Check = { name: "platform", ok: true, detail: `${version} at ${client.url}` };
    try {
      const [{ kind, id, scopes }, report] = await Promise.all([client.whoami(options), client.doctor(options)]);
      const signedIn: Check = { name: "signed in", ok: true, detail: `${kind} ${id} (${scopes.join(", ")})` };
      return {
        checks: [reached, signedIn, ...sandboxChecks(report.sandbox), storeCheck(report), ...ledgerChecks(report)],
        report,
      };
    } catch (error) {
      return { checks: [reached, failed("signed in", error)] };
    }
  } catch (error) {
    return { checks: [failed("platform", error)] };
  }
}

function failed(name: string, error: unknown): Check {
  if (!isPlatformError(error)) throw error;
  return { name, ok: false, detail: errorText(reportError(error)) };
}

/** One driver that isolates programs is enough; the others are shown, with why not. */
function sandboxChecks(sandbox: readonly SandboxInfo[]): readonly Check[] {
  const isIsolated = sandbox.some(({ driver, isolates }) => isolates && driver !== "wasm" && driver !== "container");
  return sandbox.map(({ driver, isolates, reason, fix, ...parts }) => {
    const { filesystem, network, syscalls, memory, cpu, processes } = parts;
    const levels = Object.entries({ filesystem, network, syscalls, memory, cpu, processes });
    const weak = levels.filter(([, { level }]) => level !== "enforced").map(([part, { level }]) => `${part} ${level}`);
    const state = isolates ? "isolates" : (reason ?? "does not isolate");
    return {
      name: `sandbox ${driver}`,
      ok: isolates || isIsolated,
      detail: isolates && weak.length > 0 ? `${state}; ${weak.join(", ")}` : state,
      ...(fix === undefined ? {} : { fix }),
    };
  });
}

function storeCheck({ store }: DoctorReport): Check {
  const known = Object.entries(store).filter(([, value]) => typeof value !== "object");
  return {
    name: "store",
    ok: store.ok !== false,
    detail: known.map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(", "),
  };
}

/** Older platforms say nothing of it. */
function ledgerChecks({ ledger }: DoctorReport): readonly Check[] {
  if (ledger === undefined) return [];
  const { ok, checkedAt, differences } = ledger;
  const compared = checkedAt === undefined ? "not compared yet" : `compared at ${checkedAt}`;
  const detail = ok ? `tasks, receipts and journals agree; ${compared}` : `${differences} differences; ${compared}`;
  return [{ name: "ledger", ok, detail, ...(ok ? {} : { fix: "a2a ledger check names them." }) }];
}

function checkText({ name, ok, detail, fix }: Check, { colors }: CommandContext): string {
  const mark = ok ? colors.green("✓") : colors.red("✗");
  const advice = ok || fix === undefined ? "" : `\n  fix: ${oneLine(fix, 500)}`;
  return `${mark} ${oneLine(name, 40).padEnd(20)}${oneLine(detail, 500)}${advice}`;
}
