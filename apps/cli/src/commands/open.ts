import { PlatformError } from "@berth/protocol";
import type { Command } from "../command.ts";
import { printable } from "../render/printable.ts";

export const openCommand: Command = {
  name: "open",
  summary: "Show the address of an agent's own app, to open in a browser.",
  details: "The app takes over the session of whoever is signed in to the console in that browser.",
  positionals: [{ name: "AGENT", summary: "the agent's name" }],
  options: {},
  examples: ["a2a open expense-desk", "a2a open expense-desk --json"],
  async run({ args, platform }) {
    const { name, appUrl } = await (await platform()).agents.get(args.required("AGENT"));
    if (appUrl === undefined) {
      throw new PlatformError("ROUTE_NOT_FOUND", `The agent "${name}" has no app.`, {
        hint: "`frontend` in its berth.json names the folder of one.",
      });
    }
    return { json: { agent: name, appUrl }, text: printable(appUrl) };
  },
};
