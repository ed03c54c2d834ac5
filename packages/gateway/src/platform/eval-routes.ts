import { invalidParams } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { readJson } from "../edge/read-body.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { isText, membersOf } from "./body.ts";
import { toEvalRunJson, toEvalSummaryJson, toSampleJson, toSuiteJson } from "./eval-json.ts";
import { textParameter } from "./page.ts";

const MAX_NAME = 63;

export function evalRoutes(edge: Edge): readonly PlatformRoute[] {
  const { evals } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/agents/{name}/evals",
      policy: "eval.read",
      summary: "The suites that the agent's live release brought along",
      handle: async (exchange) => {
        const suites = await evals.suites(exchange.principal, exchange.param("name"));
        sendJson(exchange, { suites: suites.map(toSuiteJson) });
      },
    },
    {
      method: "POST",
      path: "/v1/agents/{name}/evals/runs",
      policy: "eval.run",
      summary: "Run a suite: every case is a call of the agent, as the caller",
      body: "application/json",
      status: 202,
      handle: async (exchange) => {
        const name = exchange.param("name");
        const suite = parseSuiteName(await readJson(exchange, edge.limits));
        sendJson(exchange, toEvalRunJson(name, await evals.start(exchange.principal, name, suite)), { status: 202 });
      },
    },
    {
      method: "GET",
      path: "/v1/agents/{name}/evals/runs",
      policy: "eval.read",
      summary: "Runs of the agent's suites, newest first, without their cases",
      query: [
        { name: "suite", description: "Of this suite." },
        { name: "limit", description: "1 to 100, default 50.", type: "integer" },
      ],
      handle: async (exchange) => {
        const name = exchange.param("name");
        const suite = textParameter(exchange, "suite");
        const limit = exchange.integer("limit", { min: 1, max: 100 }) ?? 50;
        const filter = { limit, ...(suite === undefined ? {} : { suite }) };
        const runs = await evals.runs(exchange.principal, name, filter);
        sendJson(exchange, { runs: runs.map((run) => toEvalSummaryJson(name, run)) });
      },
    },
    {
      method: "GET",
      path: "/v1/agents/{name}/evals/runs/{id}",
      policy: "eval.read",
      summary: "One run with the cases that are done",
      handle: async (exchange) => {
        const name = exchange.param("name");
        sendJson(exchange, toEvalRunJson(name, await evals.find(exchange.principal, name, exchange.param("id"))));
      },
    },
    {
      method: "GET",
      path: "/v1/agents/{name}/evals/samples",
      policy: "eval.read",
      summary: "Tasks of callers that were scored afterwards, newest first",
      query: [{ name: "limit", description: "1 to 100, default 50.", type: "integer" }],
      handle: async (exchange) => {
        const limit = exchange.integer("limit", { min: 1, max: 100 }) ?? 50;
        const samples = await evals.samples(exchange.principal, exchange.param("name"), { limit });
        sendJson(exchange, { samples: samples.map(toSampleJson) });
      },
    },
    {
      method: "POST",
      path: "/v1/agents/{name}/evals/runs/{id}/cancel",
      policy: "eval.run",
      summary: "End a run, with the calls that are under way",
      handle: async (exchange) => {
        const name = exchange.param("name");
        sendJson(exchange, toEvalRunJson(name, await evals.cancel(exchange.principal, name, exchange.param("id"))));
      },
    },
  ];
}

/** @throws INVALID_PARAMS */
function parseSuiteName(body: unknown): string | undefined {
  const { suite } = membersOf(body);
  if (suite === undefined || isText(suite, MAX_NAME)) return suite;
  throw invalidParams([{ field: "suite", description: "must be a suite's name" }]);
}
