import { resolve } from "node:path";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { ExitCode } from "../exit-code.ts";

export const upCommand: Command = {
  name: "up",
  summary: "Start the platform here, and keep it running.",
  details: `With --json one line {"url","token","home","pid"} is printed when it is ready. Ctrl-C stops it; the data stays.`,
  positionals: [],
  options: {
    home: { type: "string", value: "DIR", summary: "the data folder (BERTH_HOME, default .berth)" },
    port: { type: "string", value: "PORT", summary: "the port (BERTH_PORT, default 4100; 0 picks one)" },
  },
  examples: ["a2a up", "a2a up --port 0 --json", "a2a up --home ~/berth"],
  run: up,
};

async function up({ args, io, json }: CommandContext): Promise<CommandResult> {
  const port = args.integer("port", { min: 0, max: 65_535 });
  const home = args.text("home");
  // The server reads its environment once, at start; flags come before it.
  if (port !== undefined) process.env.BERTH_PORT = String(port);
  if (home !== undefined) process.env.BERTH_HOME = resolve(io.cwd, home);
  // Loaded here: the other commands need none of the platform, and start faster without it.
  const { runServer } = await import("@berth/server");
  const code = await runServer({ json, firstLook: false });
  return { exitCode: code === 0 ? ExitCode.Done : ExitCode.Failed };
}
