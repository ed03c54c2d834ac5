import { isolatesPrograms } from "./first-look.ts";
import type { FirstLook } from "./first-look.ts";
import type { Platform } from "./start-platform.ts";

/** What a person sees first. */
export function greeting({ url, grpcAddress, home, sandbox }: Platform, signInCode: string): string {
  const isolation = sandbox.find(isolatesPrograms);
  const agents = isolation === undefined ? "no sandbox here: see `npx a2a doctor`" : `sandboxed by ${isolation.driver}`;
  return `
Berth is running.

  Console   ${url}/
  Sign in   ${url}/#sign-in=${signInCode}   (once, within 15 minutes)
  API       ${url}/v1
  gRPC      ${grpcAddress ?? "off"}
  Data      ${home}
  Agents    ${agents}

`;
}

/** The first call, and the exact lines to go on with. */
export function firstLookText({ url, token }: Platform, look: FirstLook): string {
  const { deployed, call, warnings } = look;
  const lines = deployed.map(
    ({ name, unchanged, ms }) =>
      `  ${name.padEnd(14)}${unchanged ? "live already" : `deployed in ${(ms / 1_000).toFixed(1)} s`}`,
  );
  const port = new URL(url).port;
  return `${warnings.map((warning) => `WARNING: ${warning}\n\n`).join("")}Deployed:
${lines.join("\n")}

First call:
  ${call.agent}.${call.skill} answered ${JSON.stringify(call.output)}
  task ${call.taskId}, receipt ${call.receiptId ?? "is being sealed"}

Try next:
  curl -s ${url}/agents/echo/invoke/echo -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '{"text":"hi"}'
  npx a2a call echo echo --input '{"text":"hi"}'
  npx a2a receipts show ${call.receiptId ?? "<receipt>"} --bundle > receipt.json && npx a2a receipts verify receipt.json
  claude mcp add --transport http echo ${url}/agents/echo/mcp --header 'Authorization: Bearer ${token}'
  curl -s http://echo.localhost:${port}/.well-known/agent-card.json

Ctrl-C stops it; your data stays.
`;
}
