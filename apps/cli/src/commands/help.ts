import { findCommand } from "../args/find-command.ts";
import type { Command } from "../command.ts";
import { commandHelp, generalHelp } from "../render/help.ts";

/** @param commands told late: help is one of them. */
export function createHelpCommand(commands: () => readonly Command[]): Command {
  return {
    name: "help",
    summary: "Show what there is, or how one command is used.",
    positionals: [
      { name: "COMMAND", optional: true, summary: "such as deploy, or agents" },
      { name: "VERB", optional: true, summary: "such as list" },
      { name: "MORE", optional: true, summary: "of what has three words" },
    ],
    options: {},
    examples: ["a2a help", "a2a help call", "a2a help receipts verify"],
    async run({ args }) {
      const places = ["COMMAND", "VERB", "MORE"].map((name) => args.positional(name));
      const words = places.filter((word) => word !== undefined);
      const [first] = words;
      if (first === undefined) return { json: commands().map(documentOf), text: generalHelp(commands()).trimEnd() };
      const group = commands().filter(({ name }) => name.startsWith(`${words.join(" ")} `));
      if (group.length > 0) return { json: group.map(documentOf), text: group.map(commandHelp).join("\n").trimEnd() };
      const found = findCommand(words, commands());
      if (found === undefined) throw new Error("a word names a command or is refused");
      return { json: documentOf(found.command), text: commandHelp(found.command).trimEnd() };
    },
  };
}

function documentOf({ name, summary, details, positionals, options, examples }: Command): unknown {
  return { name, summary, details, positionals, options, examples };
}
