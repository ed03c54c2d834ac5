import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startChild } from "./child.ts";
import type { Subject } from "./closed-loop.ts";
import { startPlatform } from "./platform.ts";
import { compareInRounds } from "./rounds.ts";
import type { Comparison } from "./rounds.ts";
import { table } from "./statistics.ts";

export interface AgainstSdk {
  readonly bench: string;
  /** File in this folder: a server of the official SDK that prints its `url`. */
  readonly sdkServer: string;
  /** Calls to the echo agent at this address. */
  readonly subject: (base: string, headers: { readonly [name: string]: string }) => Subject;
}

/** The echo example on a platform of its own against the same agent on the official SDK's server; prints the figures. */
export async function measureAgainstSdk({ bench, sdkServer, subject }: AgainstSdk): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "4" },
      connections: { type: "string", default: "1,16,64" },
      json: { type: "boolean", default: false },
    },
  });
  const rounds = Number(values.rounds);
  const seconds = Number(values.seconds);
  await using platform = await startPlatform();
  await platform.deploy(fileURLToPath(new URL("../examples/echo", import.meta.url)));
  const sdk = await startChild<{ readonly url: string }>([fileURLToPath(new URL(sdkServer, import.meta.url))]);
  try {
    const ours = subject(`${platform.url}/agents/echo`, { authorization: `Bearer ${platform.token}` });
    const theirs = subject(sdk.ready.url, {});
    const results: Comparison[] = [];
    for (const connections of values.connections.split(",").map(Number)) {
      results.push(await compareInRounds(ours, theirs, { connections, rounds, seconds }));
    }
    if (!values.json) process.stdout.write(`${table(results.map((result) => ({ ...result })))}\n`);
    process.stdout.write(`${JSON.stringify({ bench, rounds, seconds, results })}\n`);
    if (results.some(({ errors }) => errors !== 0)) process.exitCode = 1;
  } finally {
    await sdk.stop();
  }
}
