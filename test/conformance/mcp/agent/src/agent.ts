import { serveAgent } from "./a2a-server.ts";
import { card } from "./card.ts";
import { SKILLS } from "./skills.ts";

/**
 * What the MCP conformance suite calls, as an A2A agent. It is written without the SDK: everything that it shows to
 * MCP clients any A2A agent can show.
 */
const url = process.env["BERTH_LISTEN"] ?? "";
serveAgent({ card: () => card, skills: SKILLS, listen: url });
