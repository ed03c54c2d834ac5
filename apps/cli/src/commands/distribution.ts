import type { ChangesInfo, DistributionInfo } from "@berth/sdk/client";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { oneLine } from "../render/printable.ts";
import { fields, table } from "../render/table.ts";

const AGENT = { name: "AGENT", summary: "the agent's name" };
const RELEASE = { name: "RELEASE", summary: "the release's id or label; default: the live one", optional: true };

const showCommand: Command = {
  name: "releases show",
  summary: "Show what a release consists of, where it comes from, and who goes by it.",
  positionals: [AGENT, RELEASE],
  options: {
    sbom: { type: "boolean", summary: "its bill of materials (CycloneDX), byte for byte" },
    provenance: { type: "boolean", summary: "its provenance (SLSA in a DSSE envelope), byte for byte" },
    docs: { type: "boolean", summary: "its page for callers, as Markdown" },
  },
  examples: ["a2a releases show echo", "a2a releases show echo rel_01… --sbom > sbom.json"],
  async run(context) {
    const { args, io, platform } = context;
    const { distribution } = await platform();
    const [agent, release] = await wantedOf(context);
    if (args.flag("sbom")) return raw(io, await distribution.sbom(agent, release));
    if (args.flag("provenance")) return raw(io, await distribution.provenance(agent, release));
    if (args.flag("docs")) return raw(io, await distribution.docs(agent, release, { format: "markdown" }));
    const found = await distribution.get(agent, release);
    return { json: found, text: describe(found) };
  },
};

const diffCommand: Command = {
  name: "releases diff",
  summary: "Show what callers notice between two releases. Exit code 1 when it breaks them.",
  positionals: [AGENT, { name: "FROM", summary: "a release's id or label" }, { name: "TO", summary: "another one's" }],
  options: {},
  examples: ["a2a releases diff echo rel_01… rel_02…", "a2a releases diff echo rel_01… rel_02… --json"],
  async run({ args, platform }) {
    const releases = { from: args.required("FROM"), to: args.required("TO") };
    const changes = await (await platform()).distribution.changes(args.required("AGENT"), releases);
    const exitCode = changes.class === "breaking" ? ExitCode.Failed : ExitCode.Done;
    return { json: changes, text: changesText(changes), exitCode };
  },
};

const historyCommand: Command = {
  name: "agents history",
  summary: "List an agent's releases with what each changed for callers.",
  positionals: [AGENT],
  options: { limit: { type: "string", value: "N", summary: "at most this many; default 50" } },
  examples: ["a2a agents history echo", "a2a agents history echo --limit 10 --json"],
  async run({ args, platform }) {
    const limit = args.integer("limit", { min: 1, max: 100 });
    const options = limit === undefined ? {} : { limit };
    const history = await (await platform()).distribution.history(args.required("AGENT"), options);
    const rows = history.map(({ release, version, createdAt, by, cardDigest, changes }) => [
      release,
      oneLine(version),
      changes.class,
      String(changes.list.length),
      by ?? "",
      cardDigest.slice("sha256:".length, "sha256:".length + 12),
      createdAt,
    ]);
    const heads = ["release", "version", "class", "changes", "by", "card", "made"];
    return { json: { history }, text: table(heads, rows, "No releases.") };
  },
};

const dependentsCommand: Command = {
  name: "agents dependents",
  summary: "List the agents that call an agent, or name it in their berth.json.",
  details: "Who calls is told by the organization's newest 10,000 tasks.",
  positionals: [AGENT],
  options: {},
  examples: ["a2a agents dependents echo", "a2a agents dependents echo --json"],
  async run({ args, platform }) {
    const dependents = await (await platform()).distribution.dependents(args.required("AGENT"));
    const rows = dependents.agents.map(({ name, calls, lastAt = "", upstreams }) => [
      name,
      String(calls),
      lastAt,
      upstreams.join(", "),
    ]);
    const text = table(["agent", "calls", "last", "upstreams"], rows, "No other agent goes by it.");
    return { json: dependents, text: `${text}\n${dependents.callers} callers in all` };
  },
};

const conformanceCommand: Command = {
  name: "conformance",
  summary: "Ask an agent's doors what makes it do no work, and keep the answers. Exit code 1 when a check fails.",
  details: "No skill is called and nothing is spent. The answers stay with the release until it is asked again.",
  positionals: [AGENT],
  options: {},
  examples: ["a2a conformance echo", "a2a conformance echo --json"],
  async run({ args, platform }) {
    const found = await (await platform()).distribution.conformance(args.required("AGENT"));
    const rows = found.checks.map(({ id, section, outcome, detail = "" }) => [outcome, id, section, oneLine(detail)]);
    const exitCode = found.passed ? ExitCode.Done : ExitCode.Failed;
    return { json: found, text: table(["outcome", "check", "where", "detail"], rows, "No checks."), exitCode };
  },
};

export const distributionCommands: readonly Command[] = [
  showCommand,
  diffCommand,
  historyCommand,
  dependentsCommand,
  conformanceCommand,
];

async function wantedOf({ args, platform }: CommandContext): Promise<readonly [string, string]> {
  const agent = args.required("AGENT");
  return [agent, args.positional("RELEASE") ?? (await (await platform()).agents.get(agent)).release];
}

function raw(io: CommandContext["io"], text: string): CommandResult {
  io.stdout(text.endsWith("\n") ? text : `${text}\n`);
  return {};
}

function describe(found: DistributionInfo): string {
  const { image, sbom, provenance, card, changes, conformance, evals, dependents, placements, docs } = found;
  const failed = conformance.checks.filter(({ outcome }) => outcome === "failed").length;
  return fields([
    ["release", `${found.release} of ${found.agent}`],
    ["digest", found.digest],
    [
      "image",
      image === null ? "none" : `${oneLine(image.reference)}, ${image.layers.length} layers, ${image.bytes} bytes`,
    ],
    ["base", image?.base === undefined ? "none" : oneLine(image.base.name ?? image.base.digest)],
    ["sbom", sbom === null ? "none" : `${sbom.packages} packages, ${sbom.signed ? "signed" : "not signed"}`],
    ["provenance", provenance === null ? "none" : provenanceText(provenance)],
    ["card", `${oneLine(card.version)} ${card.digest}`],
    ["changes", `${changes.class}, ${changes.list.length} in all`],
    ["conformance", failed === 0 ? `${conformance.checks.length} checks, none failed` : `${failed} checks failed`],
    ["evals", evals.map(({ suite, score }) => `${suite} ${score ?? "without a score"}`).join(", ")],
    ["dependents", `${dependents.agents.map(({ name }) => name).join(", ")} (${dependents.callers} callers)`],
    ["runs on", placements.map(({ target, url = "", health }) => oneLine(`${target} ${url} ${health}`)).join(", ")],
    ["docs", docs],
  ]);
}

function provenanceText({ verified, problem = "", source }: NonNullable<DistributionInfo["provenance"]>): string {
  if (!verified) return `does not hold: ${oneLine(problem)}`;
  const commit = source?.commit === undefined ? "" : ` at ${source.commit}`;
  return oneLine(`verified, from ${source?.uri ?? ""}${commit}`);
}

function changesText({ list, hint }: ChangesInfo): string {
  const rows = list.map(({ level, kind, what, from = "", to = "", breaks = "" }) => [
    level,
    kind,
    oneLine(what),
    oneLine(from === "" && to === "" ? "" : `${from} → ${to}`),
    breaks,
  ]);
  const text = table(["class", "kind", "what", "how", "why"], rows, "Nothing changes for callers.");
  return hint === undefined ? text : `${text}\n${oneLine(hint)}`;
}
