import { resolve } from "node:path";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { platformToken, platformUrl } from "../platform/connection.ts";
import type { DevEvent } from "../dev/dev-event.ts";
import { renderEvent } from "../dev/render-event.ts";
import { printableJson } from "../render/printable.ts";

export const devCommand: Command = {
  name: "dev",
  summary: "Run the agent of a folder on this machine, attached to a platform.",
  details:
    "Calls reach it here, its log lines and telemetry are seen there, and a save loads it again. Ctrl-C detaches it. With --json each event is a line. Without a platform: `a2a up` starts one.",
  positionals: [{ name: "DIR", optional: true, summary: "the agent's folder; default: the current one" }],
  options: {
    name: { type: "string", value: "NAME", summary: "the agent's name; default: that of berth.json or its card" },
    "take-over": { type: "boolean", summary: "end the connection of another machine that has the name" },
    grace: {
      type: "string",
      value: "SECONDS",
      summary: "how long a reload, and Ctrl-C, wait for running calls; default 10",
    },
    platform: { type: "string", value: "URL", summary: "the platform's address, as --url" },
    exec: { type: "string", value: "COMMAND", summary: "start the agent with this; it must listen where PORT says" },
  },
  examples: ["a2a dev", "a2a dev examples/echo --name echo-dev", "a2a dev --exec 'python server.py'"],
  run: dev,
};

async function dev({ args, io, json, colors }: CommandContext): Promise<CommandResult> {
  const given = args.text("platform");
  const url =
    given === undefined ? platformUrl(args, io) : platformUrl(args, { ...io, env: { ...io.env, BERTH_URL: given } });
  const stop = new AbortController();
  const unlisten = io.onInterrupt(() => stop.abort(new Error("a2a dev was stopped")));
  const tell = (event: DevEvent): void => {
    io.stdout(
      json ? `${printableJson({ at: new Date().toISOString(), ...event })}\n` : `${renderEvent(event, colors)}\n`,
    );
  };
  // Loaded here: the other commands need none of it, and start faster without.
  const { runDevSession } = await import("../dev/dev-session.ts");
  try {
    await runDevSession({
      folder: resolve(io.cwd, args.positional("DIR") ?? "."),
      command: args.text("exec"),
      name: args.text("name"),
      takeOver: args.flag("take-over"),
      callsMs: (args.integer("grace", { min: 0, max: 3_600 }) ?? 10) * 1_000,
      url,
      token: async () => await platformToken(url, args, io),
      env: io.env,
      tell,
      signal: stop.signal,
    });
  } catch (error) {
    // Ctrl-C while the agent starts is no failure.
    if (!stop.signal.aborted) throw error;
  } finally {
    unlisten();
  }
  return {};
}
