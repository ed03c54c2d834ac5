import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PlatformError } from "@berth/protocol";
import type { DevProject } from "./dev-project.ts";
import { fetchLocalCard } from "./local-card.ts";

const LAUNCHER = fileURLToPath(new URL("launch-agent.ts", import.meta.url));
/** After SIGTERM; a second where it was waited for already. */
const STOP_MS = 5_000;
const STOP_LATE_MS = 1_000;
const POLL_MS = 50;
/** What an agent needs no more than any stranger's code does. */
const OURS = new Set(["BERTH_TOKEN", "BERTH_URL", "BERTH_HOME", "BERTH_LISTEN"]);

export interface StartOptions {
  readonly project: DevProject;
  /** For PORT. The same after each reload: cards name it, and another card is another release. */
  readonly port: number;
  readonly env: { readonly [name: string]: string | undefined };
  readonly startTimeoutMs: number;
  readonly onLine: (stream: "stdout" | "stderr", text: string) => void;
  readonly signal: AbortSignal;
}

/** The agent of the folder, as a process of this machine. */
export interface LocalAgent {
  readonly port: number;
  readonly card: unknown;
  /** Resolves when the process is gone, with how it ended. */
  readonly exited: Promise<string>;
  /** `isLate`: it has had its time. */
  stop(options?: { readonly isLate: boolean }): Promise<void>;
}

/** Resolves when it serves its card. @throws AGENT_START_FAILED, AGENT_START_TIMEOUT, the signal's reason; nothing is left then */
export async function startLocalAgent(options: StartOptions): Promise<LocalAgent> {
  const { project, port, env, startTimeoutMs, onLine, signal } = options;
  const isOwn = project.command === undefined;
  const [file, args] = isOwn
    ? [process.execPath, ["--enable-source-maps", LAUNCHER, join(project.folder, project.entry)]]
    : ["/bin/sh", ["-c", project.command ?? ""]];
  const child = spawn(file, args, {
    cwd: project.folder,
    env: { ...withoutOurs(env), ...project.env, PORT: String(port) },
    stdio: isOwn ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
    // Ctrl-C in the terminal goes to us alone: the agent is stopped after its calls. A shell's children end with it.
    detached: true,
  });
  const ports = new Set([port]);
  child.on("message", (message: unknown) => {
    if (typeof message === "object" && message !== null && "port" in message && typeof message.port === "number") {
      ports.add(message.port);
    }
  });
  followLines(child, onLine);
  const exited = endOf(child);
  const stop = async ({ isLate } = { isLate: false }): Promise<void> => {
    await stopChild(child, exited, isLate ? STOP_LATE_MS : STOP_MS);
  };
  try {
    const found = await awaitCard(ports, { exited, startTimeoutMs, signal });
    return { ...found, exited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function awaitCard(
  ports: ReadonlySet<number>,
  {
    exited,
    startTimeoutMs,
    signal,
  }: { readonly exited: Promise<string>; readonly startTimeoutMs: number; readonly signal: AbortSignal },
): Promise<{ readonly port: number; readonly card: unknown }> {
  let end: string | undefined;
  void exited.then((how) => (end = how));
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    signal.throwIfAborted();
    if (end !== undefined) {
      throw new PlatformError("AGENT_START_FAILED", `The agent ended before it served its card: ${end}.`);
    }
    for (const port of ports) {
      const card = await fetchLocalCard(port);
      if (card !== undefined) return { port, card };
    }
    if (Date.now() > deadline) {
      throw new PlatformError(
        "AGENT_START_TIMEOUT",
        `The agent did not serve its card within ${startTimeoutMs / 1_000} s.`,
        { hint: "It must listen where PORT says, and answer GET /.well-known/agent-card.json." },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function followLines(child: ChildProcess, onLine: StartOptions["onLine"]): void {
  for (const stream of ["stdout", "stderr"] as const) {
    const source = child[stream];
    if (source !== null) createInterface({ input: source }).on("line", (text) => onLine(stream, text));
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) =>
      resolve(signal === null ? `exit code ${code ?? "unknown"}` : `signal ${signal}`),
    );
  });
}

async function stopChild(child: ChildProcess, exited: Promise<string>, waitMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const kill = (signal: NodeJS.Signals): void => {
    try {
      // Its group: a shell is not the agent.
      process.kill(-(child.pid ?? 0), signal);
    } catch {
      // Gone already.
    }
  };
  kill("SIGTERM");
  const timer = setTimeout(() => kill("SIGKILL"), waitMs);
  await exited;
  clearTimeout(timer);
}

/** That nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

function withoutOurs(env: StartOptions["env"]): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && !OURS.has(name)) kept[name] = value;
  return kept;
}
