import { PlatformError } from "@berth/protocol";
import type { Command } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { describeDrift } from "../render/drift.ts";

export const agentsAcceptCommand: Command = {
  name: "agents accept",
  summary: "Adopt the changed card of a remote agent.",
  details: "Looks at the card first and shows what changed. Until then calls go by the card that was adopted before.",
  positionals: [{ name: "AGENT", summary: "the agent's name" }],
  options: { yes: { type: "boolean", summary: "do not ask" } },
  examples: ["a2a agents accept weather", "a2a agents accept weather --yes --json"],
  async run(context) {
    const name = context.args.required("AGENT");
    const { agents } = await context.platform();
    const { remote } = await agents.refresh(name);
    if (remote?.problem !== undefined) throw new PlatformError("AGENT_UNRESPONSIVE", remote.problem);
    if (remote?.drift === undefined) {
      return { json: { agent: name, accepted: false }, text: `The card of ${name} is the one that was adopted.` };
    }
    const { drift } = remote;
    context.progress(`The card of ${name} changed: ${describeDrift(drift)}`);
    await confirm(context, "Adopt it?");
    const agent = await agents.acceptCard(name, { digest: drift.newDigest });
    return { json: { agent: name, accepted: true, release: agent.release, drift }, text: `Adopted: ${agent.release}.` };
  },
};
