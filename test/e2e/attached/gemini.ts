import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Answer } from "../models/provider-server.ts";

const PACKAGE = "@google/gemini-cli-a2a-server@0.25.2";
const run = promisify(execFile);

export interface Gemini {
  readonly folder: string;
  /** For `a2a dev --exec`. */
  readonly command: string;
  /** Where it writes what it is told to write. */
  readonly workspace: string;
}

/** Gemini CLI's own A2A server, from npm as it is: one file that needs no other package. */
export async function installGemini(parent: string, modelUrl: string): Promise<Gemini> {
  const [folder, home, workspace] = ["gemini", "gemini-home", "gemini-workspace"].map((name) => {
    mkdirSync(join(parent, name));
    return join(parent, name);
  }) as [string, string, string]; // of three names
  const packed = await run("npm", ["pack", PACKAGE, "--silent"], { cwd: folder });
  await run("tar", ["xzf", packed.stdout.trim()], { cwd: folder });
  // Its checkpoints are commits.
  writeFileSync(join(home, ".gitconfig"), "[user]\nname = Test\nemail = test@example.com\n");
  const env = {
    HOME: home,
    GEMINI_API_KEY: "none",
    GOOGLE_GEMINI_BASE_URL: modelUrl,
    CODER_AGENT_WORKSPACE_PATH: workspace,
  };
  const settings = Object.entries(env).map(([name, value]) => `${name}='${value}'`);
  const command = `${settings.join(" ")} CODER_AGENT_PORT=$PORT exec '${process.execPath}' package/dist/a2a-server.mjs`;
  return { folder, command, workspace };
}

/** A model that wants a file written when it is told to, and otherwise says hello. */
export function geminiModel(file: () => string): Answer {
  return ({ body }, res) => {
    const { contents } = body as { readonly contents?: readonly object[] };
    const last = JSON.stringify(contents?.at(-1));
    const part = last.includes("functionResponse")
      ? { text: "It is written." }
      : last.includes("write it")
        ? { functionCall: { name: "write_file", args: { file_path: file(), content: "hello" } } }
        : { text: "Hello from the model." };
    const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 3, totalTokenCount: 8 };
    const candidates = [{ content: { role: "model", parts: [part] }, finishReason: "STOP", index: 0 }];
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.end(`data: ${JSON.stringify({ candidates, usageMetadata, modelVersion: "gemini-2.5-pro" })}\n\n`);
  };
}
