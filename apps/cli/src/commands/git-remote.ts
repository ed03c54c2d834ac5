import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext } from "../command.ts";
import { platformToken, platformUrl } from "../platform/connection.ts";
import { printable } from "../render/printable.ts";
import { readFileOrStdin } from "../run/read-input.ts";

const AGENT = { name: "AGENT", summary: "the agent's name; it may be a new one" };
const HELPER = "!a2a git-credential";
const GIT_TIMEOUT_MS = 10_000;
const run = promisify(execFile);

const urlCommand: Command = {
  name: "git-remote url",
  summary: "Show the address of an agent's repository: a push to it deploys.",
  positionals: [AGENT],
  options: {},
  examples: ["a2a git-remote url echo", "git push $(a2a git-remote url echo) main"],
  async run(context) {
    const url = remoteUrl(context);
    return { json: { url }, text: printable(url) };
  },
};

const addCommand: Command = {
  name: "git-remote add",
  summary: "Add an agent's repository as a remote of the one in this folder: `git push a2a main` deploys it.",
  details: "git asks `a2a git-credential` for the key each time, so that none is in the repository's settings.",
  positionals: [AGENT],
  options: { remote: { type: "string", value: "NAME", summary: "what git calls it; default a2a" } },
  examples: ["a2a git-remote add echo", "a2a git-remote add echo --remote staging"],
  async run(context) {
    const remote = context.args.text("remote") ?? "a2a";
    if (!/^[\w][\w.-]*$/.test(remote))
      throw new UsageError(`"${remote}" cannot be the name of a remote.`, "Such as a2a.");
    const url = remoteUrl(context);
    const { origin } = new URL(url);
    await git(context, ["remote", "add", remote, url]);
    await git(context, ["config", "--replace-all", `credential.${origin}.helper`, HELPER]);
    return { json: { remote, url }, text: printable(`Added ${url}\n\ngit push ${remote} main`) };
  },
};

/** gitcredentials(7): git writes what it wants to know, and reads the answer. Says nothing of hosts it has no key for. */
const credentialCommand: Command = {
  name: "git-credential",
  summary: "Tell git the key of a platform: it is git's credential helper, not for people.",
  positionals: [{ name: "OPERATION", summary: "get; git's others do nothing" }],
  options: {},
  examples: ["a2a git-credential get"],
  async run({ args, io }) {
    const asked = args.required("OPERATION") === "get" ? await readFileOrStdin("-", io) : "";
    const fields = new Map(asked.split("\n").map((line) => [line.replace(/=.*/, ""), line.replace(/^[^=]*=/, "")]));
    const url = URL.parse(`${fields.get("protocol") ?? ""}://${fields.get("host") ?? ""}`);
    if (url === null || !/^https?:$/.test(url.protocol)) return {};
    // A key of the environment is for the platform of the environment.
    const isMeant = new URL(platformUrl(args, io)).origin === url.origin;
    const { BERTH_TOKEN: _, ...env } = io.env;
    const token = await platformToken(url.origin, args, isMeant ? io : { ...io, env });
    if (token !== undefined) io.stdout(`username=a2a\npassword=${token}\n`);
    return {};
  },
};

export const gitRemoteCommands: readonly Command[] = [addCommand, urlCommand, credentialCommand];

function remoteUrl({ args, io }: CommandContext): string {
  return `${platformUrl(args, io)}/git/${encodeURIComponent(args.required("AGENT"))}.git`;
}

async function git({ io }: CommandContext, args: readonly string[]): Promise<void> {
  try {
    const env = Object.fromEntries(Object.entries(io.env).filter(([, value]) => value !== undefined));
    await run("git", args, { cwd: io.cwd, env, timeout: GIT_TIMEOUT_MS });
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    throw new UsageError(`git ${args[0] ?? ""} failed: ${printable(said)}`, "Is this folder a git repository?");
  }
}
