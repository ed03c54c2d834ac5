import { UsageError } from "../args/usage-error.ts";
import type { Command } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { oneLine, printable } from "../render/printable.ts";

const AGENT = { name: "AGENT", summary: "the agent's name; it may be a new one" };
const KINDS = ["github", "gitlab"] as const;

const connectCommand: Command = {
  name: "source connect",
  summary: "Deploy an agent from a git repository: each push to its branch.",
  details:
    "Enter the address and the secret that this shows as a webhook of the repository, with the content type application/json and the event push (GitLab: as secret token, or as signing token). What deploys has the rights of whoever connects.",
  positionals: [AGENT, { name: "URL", summary: "https://…, ssh://… or git@host:path" }],
  options: {
    branch: { type: "string", value: "BRANCH", summary: "the branch that is deployed; default main" },
    path: { type: "string", value: "FOLDER", summary: "the agent's folder in the repository; default: all of it" },
    credential: { type: "string", value: "SECRET", summary: "the secret that opens a private repository" },
    kind: { type: "string", value: "KIND", summary: "github or gitlab; default: by the host, else github" },
    manual: { type: "boolean", summary: "keep the connection, deploy nothing by itself" },
    rotate: { type: "boolean", summary: "make a new secret for the deliveries" },
  },
  examples: [
    "a2a source connect echo https://github.com/acme/agents.git --path agents/echo",
    "a2a source connect echo git@gitlab.com:acme/echo.git --credential DEPLOY_KEY --json",
  ],
  async run({ args, platform }) {
    const agent = args.required("AGENT");
    const [branch, path, credential] = [args.text("branch"), args.text("path"), args.text("credential")];
    const kind = parseKind(args.text("kind"));
    const { sources } = await platform();
    const connected = await sources.connect(agent, {
      url: args.required("URL"),
      ...(branch === undefined ? {} : { branch }),
      ...(path === undefined ? {} : { path }),
      ...(credential === undefined ? {} : { credential }),
      ...(kind === undefined ? {} : { kind }),
      autoDeploy: !args.flag("manual"),
    });
    const json = args.flag("rotate") && connected.secret === undefined ? await sources.rotate(agent) : connected;
    const secret = json.secret ?? "as before; --rotate makes a new one";
    return { json, text: printable(`webhook  ${json.webhookUrl}\nsecret   ${secret}`) };
  },
};

const showCommand: Command = {
  name: "source show",
  summary: "Show the repository that an agent is deployed from.",
  positionals: [AGENT],
  options: {},
  examples: ["a2a source show echo", "a2a source show echo --json"],
  async run({ args, platform }) {
    const source = await (await platform()).sources.get(args.required("AGENT"));
    const lines = [
      ["repository", source.url],
      ["branch", source.branch],
      ["folder", source.path ?? "all of it"],
      ["credential", source.credential ?? "none"],
      ["deploys", source.autoDeploy ? "each push" : "nothing by itself"],
      ["webhook", `${source.webhookUrl} (${source.kind})`],
    ] as const;
    return { json: source, text: lines.map(([name, value]) => `${name.padEnd(10)}  ${oneLine(value)}`).join("\n") };
  },
};

const disconnectCommand: Command = {
  name: "source disconnect",
  summary: "Disconnect the repository of an agent, at once. The agent stays as it is.",
  positionals: [AGENT],
  options: { yes: { type: "boolean", summary: "do not ask" } },
  examples: ["a2a source disconnect echo"],
  async run(context) {
    const agent = context.args.required("AGENT");
    const { sources } = await context.platform();
    await confirm(context, `Disconnect the repository of ${agent}? Its deliveries will fail.`);
    await sources.disconnect(agent);
    return { json: { agent, disconnected: true }, text: `Disconnected ${agent}.` };
  },
};

export const sourceCommands: readonly Command[] = [connectCommand, showCommand, disconnectCommand];

function parseKind(text: string | undefined): (typeof KINDS)[number] | undefined {
  const kind = KINDS.find((known) => known === text);
  if (kind !== undefined || text === undefined) return kind;
  throw new UsageError(`"${text}" is no kind of source.`, `They are ${KINDS.join(" and ")}.`);
}
