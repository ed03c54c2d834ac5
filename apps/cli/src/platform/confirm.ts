import { PlatformError } from "@berth/protocol";
import type { CommandContext } from "../command.ts";
import { openLineReader } from "../run/line-reader.ts";

/** Asks a person at the terminal; a script that names the thing has said yes. @throws CANCELED */
export async function confirm({ args, io }: CommandContext, question: string): Promise<void> {
  if (args.flag("yes") || !io.isTty.stdin) return;
  io.stderr(`${question} [y/N] `);
  using lines = openLineReader(io.stdin);
  const answer = (await lines.next())?.trim().toLowerCase();
  if (answer !== "y" && answer !== "yes") throw new PlatformError("CANCELED", "Nothing was changed.");
}
