import { uniqueName } from "./world.fixture.ts";
import type { Org } from "./world.fixture.ts";
import type { Params, Rows } from "./row.fixture.ts";

const body = { kind: "kubernetes", settings: { namespace: "agents" } };

const target = async (org: Org): Promise<Params> => {
  const name = uniqueName("target");
  await org.make(`/v1/targets/${name}`, { method: "PUT", body });
  return { name };
};

const agent = async (org: Org): Promise<Params> => ({ name: org.agent });
/** An agent that runs here has no place elsewhere. */
const here = { thing: agent, after: ["UNSUPPORTED_OPERATION"] } as const;

/** Routes of targets and of what runs there. */
export const TARGET_ROWS: Rows = {
  "GET /v1/target-kinds": { everywhere: "the kinds are the platform's" },
  "GET /v1/targets": {},
  "GET /v1/targets/{name}": { thing: target },
  "PUT /v1/targets/{name}": { fixed: { name: "written" }, call: () => ({ method: "PUT", body }) },
  "DELETE /v1/targets/{name}": { thing: target, fresh: true, call: () => ({ method: "DELETE" }) },
  "POST /v1/targets/{name}/check": { thing: target, call: () => ({ method: "POST" }) },
  "GET /v1/targets/{name}/plan": { thing: target, query: "agent=hidden", after: ["IMAGE_NOT_FOUND"] },
  "GET /v1/agents/{name}/placements": { thing: agent },
  "GET /v1/agents/{name}/placement": here,
  "GET /v1/agents/{name}/placement/logs": here,
};
