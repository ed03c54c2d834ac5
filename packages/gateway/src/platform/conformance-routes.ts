import { staticChecks } from "@berth/control";
import { PlatformError } from "@berth/protocol";
import { probesOf } from "../conformance/probes.ts";
import { runProbes } from "../conformance/run-probes.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { toConformanceJson } from "./distribution-json.ts";
import { publishedCard } from "./published-card.ts";

/** Who asks, as they came in, goes along to the agent's doors. */
const CARRIED = ["authorization", "x-api-key", "cookie", "origin", "host", "sec-fetch-site"] as const;
const MAX_AT_ONCE = 4;

/** How an agent follows the protocols: what its card says, and what its doors answer to questions that make it do no work. */
export function conformanceRoutes(edge: Edge): readonly PlatformRoute[] {
  const { distributions, registry } = edge.control;
  let running = 0;
  return [
    {
      method: "POST",
      path: "/v1/agents/{name}/conformance",
      policy: "eval.run",
      summary: "Ask its doors what makes it do no work, and keep the answers with its release",
      handle: async (exchange) => {
        const { principal } = exchange;
        const name = exchange.param("name");
        const found = await registry.find(principal, name);
        if (running >= MAX_AT_ONCE) {
          throw new PlatformError("RATE_LIMITED", `${running} agents are being asked already, which is the most.`, {
            retryable: true,
          });
        }
        running += 1;
        try {
          const card = await publishedCard(edge, found);
          const probes = probesOf({ card, config: found.release.config });
          const checks = await runProbes(edge.door, probes, { base: `/agents/${name}`, headers: carried(exchange) });
          const kept = await distributions.keepConformance(principal, name, checks);
          const known = staticChecks({ ...found.release, card });
          sendJson(exchange, { agent: name, release: kept.releaseId, ...toConformanceJson(known, kept) });
        } finally {
          running -= 1;
        }
      },
    },
  ];
}

function carried(exchange: Exchange): Readonly<Record<string, string>> {
  return Object.fromEntries(
    CARRIED.flatMap((name) => {
      const value = exchange.header(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
