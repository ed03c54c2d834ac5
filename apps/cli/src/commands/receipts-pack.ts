import type { Command } from "../command.ts";
import { UsageError } from "../args/usage-error.ts";
import { TAR_END, tarFile } from "../pack/ustar.ts";
import { packFiles } from "../pack/write-pack.ts";

export const packCommand: Command = {
  name: "receipts pack",
  summary: "Write everything an auditor needs about a span of time, as one archive to stdout.",
  details:
    "Bundles of all runs that ended in the span, their journals, the audit log and the statements, with proofs and keys; its README.txt says how to check it. Needs audit. Days are UTC.",
  positionals: [],
  options: {
    since: { type: "string", value: "DATE", summary: "from this day or RFC 3339 time" },
    until: { type: "string", value: "DATE", summary: "up to, and without, this one; default now" },
    agent: { type: "string", value: "NAME", summary: "only this agent's runs; without audit log and statements" },
    events: { type: "string", value: "WHICH", summary: "what bundles disclose of events: none (default) or all" },
  },
  examples: [
    "a2a receipts pack --since 2026-11-01 --until 2026-12-01 > november.tar",
    "a2a receipts pack --since 2026-11-01 --agent invoices --events all > invoices.tar",
  ],
  async run({ args, io, json, platform, progress }) {
    if (json) throw new UsageError("A pack is an archive, not JSON.", "Leave --json out.");
    if (io.isTty.stdout) throw new UsageError("A pack is not for a terminal.", "Redirect it: > pack.tar");
    const since = instantOf("since", args.text("since"));
    if (since === undefined) throw new UsageError("A pack begins somewhere.", "Add --since DATE.");
    const until = instantOf("until", args.text("until")) ?? new Date().toISOString();
    if (since >= until) throw new UsageError("--since is not before --until.", "Choose an earlier --since.");
    const events = args.text("events") ?? "none";
    if (events !== "none" && events !== "all") throw new UsageError("--events is none or all.", "Choose one.");
    const agent = args.text("agent");
    const options = { since, until, events, ...(agent === undefined ? {} : { agent }) } as const;
    const mtime = Math.floor(Date.parse(until) / 1_000);
    let files = 0;
    for await (const file of packFiles(await platform(), options)) {
      io.stdout(tarFile(file, mtime));
      files += 1;
    }
    io.stdout(TAR_END);
    progress(`${files} files, ${since} to ${until}`);
    return {};
  },
};

/** @throws UsageError */
function instantOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d([T ].+(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new UsageError(`--${option} ${text} is no time.`, "Such as 2026-11-01.");
  return new Date(time).toISOString();
}
