import type { CardKeyInfo } from "@berth/sdk/client";
import type { Command } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { table } from "../render/table.ts";

const listCommand: Command = {
  name: "card-keys list",
  summary: "List the keys that sign agent cards.",
  positionals: [],
  options: {},
  examples: ["a2a card-keys list"],
  async run({ platform }) {
    const keys = await (await platform()).cardKeys.list();
    return { json: { keys }, text: keysTable(keys) };
  },
};

const rotateCommand: Command = {
  name: "card-keys rotate",
  summary: "Sign agent cards by a new key from now on.",
  details: "The old public key stays in /.well-known/jwks.json for 30 days, so that cards people hold still verify.",
  positionals: [],
  options: {
    compromised: { type: "boolean", summary: "publish the old key no longer: what it signed stops to verify" },
    yes: { type: "boolean", summary: "do not ask" },
  },
  examples: ["a2a card-keys rotate", "a2a card-keys rotate --compromised --yes"],
  async run(context) {
    const compromised = context.args.flag("compromised");
    const { cardKeys } = await context.platform();
    await confirm(
      context,
      compromised
        ? "Replace the key and withdraw the old one? Cards that people hold stop to verify."
        : "Replace the key that signs agent cards?",
    );
    const keys = await cardKeys.rotate({ compromised });
    return { json: { keys }, text: keysTable(keys) };
  },
};

export const cardKeysCommands: readonly Command[] = [listCommand, rotateCommand];

function keysTable(keys: readonly CardKeyInfo[]): string {
  const rows = keys.map(({ kid, retiredAt, publishedUntil }) => [kid, retiredAt ?? "signs", publishedUntil]);
  return table(["key", "replaced", "published until"], rows, "No keys.");
}
