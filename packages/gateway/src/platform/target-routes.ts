import type { Edge } from "../edge/edge.ts";
import { readJson } from "../edge/read-body.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { choiceParameter, textParameter } from "./page.ts";
import { toTargetJson } from "./target-json.ts";
import { parseTargetRequest } from "./target-request.ts";

/** Places beyond this platform that agents are deployed to. */
export function targetRoutes(edge: Edge): readonly PlatformRoute[] {
  const { targets } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/target-kinds",
      policy: "target.read",
      summary: "What kinds of targets there are and what they ask for, and what a deployment takes: data for forms",
      handle: (exchange) => sendJson(exchange, { kinds: targets.kinds(), deployment: targets.deployForm() }),
    },
    {
      method: "GET",
      path: "/v1/targets",
      policy: "target.read",
      summary: "The organization's targets",
      handle: async (exchange) => {
        const found = await targets.list(exchange.principal);
        sendJson(exchange, { targets: found.map(toTargetJson) });
      },
    },
    {
      method: "GET",
      path: "/v1/targets/{name}",
      policy: "target.read",
      summary: "One target; its credential is never shown",
      handle: async (exchange) =>
        sendJson(exchange, toTargetJson(await targets.get(exchange.principal, exchange.param("name")))),
    },
    {
      method: "PUT",
      path: "/v1/targets/{name}",
      policy: "target.manage",
      summary: "Add a target, or replace its settings; a credential that is not named stays as it is",
      body: "application/json",
      handle: async (exchange) => {
        const request = parseTargetRequest(await readJson(exchange, edge.limits));
        const saved = await targets.save(exchange.principal, { ...request, name: exchange.param("name") });
        sendJson(exchange, toTargetJson(saved));
      },
    },
    {
      method: "DELETE",
      path: "/v1/targets/{name}",
      policy: "target.manage",
      summary: "Remove a target that nothing runs on",
      query: [{ name: "abandon", description: "true: what runs there is left there and forgotten." }],
      status: 204,
      handle: async (exchange) => {
        const abandon = choiceParameter(exchange, "abandon", ["true", "false"]) === "true";
        await targets.remove(exchange.principal, exchange.param("name"), { abandon });
        sendEmpty(exchange);
      },
    },
    {
      method: "POST",
      path: "/v1/targets/{name}/check",
      policy: "target.read",
      summary: "Whether the target answers, and what is missing; changes nothing there",
      handle: async (exchange) => sendJson(exchange, await targets.check(exchange.principal, exchange.param("name"))),
    },
    {
      method: "GET",
      path: "/v1/targets/{name}/plan",
      policy: "target.read",
      summary: "What deploying a release there would send, and what that would change; sends none of it",
      query: [
        { name: "agent", description: "Whose release; needed." },
        { name: "release", description: "Default: the active one." },
      ],
      handle: async (exchange) => {
        const release = textParameter(exchange, "release");
        const { plan, changes } = await targets.plan(exchange.principal, {
          target: exchange.param("name"),
          agent: textParameter(exchange, "agent") ?? "",
          ...(release === undefined ? {} : { release }),
        });
        const { kind, files, calls, warnings } = plan;
        sendJson(exchange, { kind, files, calls, warnings, changes });
      },
    },
  ];
}
