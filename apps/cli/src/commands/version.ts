import type { Command } from "../command.ts";
import { readCliVersion } from "../platform/cli-version.ts";
import { fields } from "../render/table.ts";

const PATIENCE_MS = 2_000;

export const versionCommand: Command = {
  name: "version",
  summary: "Show the versions of this program and of the platform.",
  details: "The platform's is null when none answers.",
  positionals: [],
  options: {},
  examples: ["a2a version", "a2a version --json"],
  async run({ platform }) {
    const client = await platform();
    const version = await readCliVersion();
    const server = await client.version({ timeoutMs: PATIENCE_MS }).catch(() => null);
    const text = fields([
      ["a2a", version],
      ["node", process.version],
      ["platform", server === null ? `no answer from ${client.url}` : `${server.version} at ${client.url}`],
      ["protocols", server?.protocolVersions.join(", ")],
    ]);
    return { json: { version, node: process.version, server }, text };
  },
};
