/** What to do about the usual ends, beyond what the message says. */
const HINTS: Readonly<Record<string, string>> = {
  BUILD_FAILED:
    "The message names the file and the line. `a2a deploy` in the folder shows the same; nothing of the agent that is live has changed.",
  CONFIG_INVALID: "Mend berth.json or the card and deploy again; `docs/reference/berth-json.md` has every key.",
  ARCHIVE_REFUSED:
    "The archive has to be a gzipped tar of plain files and folders, at most 64 MiB packed and 200 MiB unpacked.",
  AGENT_START_FAILED: "It was built and did not serve its card. What it printed last stands above.",
  AGENT_START_TIMEOUT:
    "It has to listen and serve its card in time; timeouts.startSeconds in berth.json gives it longer.",
  EVAL_FAILED: "Its evals scored less than the gate asks for. The release stays without traffic.",
  ISOLATION_UNAVAILABLE:
    "This machine cannot isolate it as berth.json asks. Settings, system, says what it can do and what to mend.",
  DEPLOY_CANCELED: "Nothing of it is left behind. Deploy again whenever you like.",
};

export function hintFor(reason: string): string | undefined {
  return Object.hasOwn(HINTS, reason) ? HINTS[reason] : undefined;
}
