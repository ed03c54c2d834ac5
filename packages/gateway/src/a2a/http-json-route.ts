import type { Edge } from "../edge/edge.ts";
import type { AgentRoute } from "../edge/routes.ts";
import { admitHttpCall } from "./admit-call.ts";
import type { A2aCall } from "./operations.ts";
import { assertPushOffered } from "./push-operations.ts";
import type { ProtocolVersion } from "./version.ts";

type Run = (call: A2aCall) => Promise<void>;

/** One operation at one address of the HTTP+JSON binding. */
type HttpJsonRoute = (
  method: AgentRoute["method"],
  path: string,
  summary: string,
  run: Run,
  docs?: Pick<AgentRoute, "query" | "body" | "stream" | "answers" | "status">,
) => AgentRoute;

export interface HttpJsonRoutes {
  readonly route: HttpJsonRoute;
  /** One about webhooks. Where they are not offered, that is the answer whatever the request is. */
  readonly pushRoute: HttpJsonRoute;
}

/** What all routes of one version have in common. */
export function httpJsonRoutesOf(
  edge: Edge,
  version: ProtocolVersion,
  errors: NonNullable<AgentRoute["errors"]>,
): HttpJsonRoutes {
  const route: HttpJsonRoute = (method, path, summary, run, docs = {}) => ({
    method,
    path,
    policy: "anyone",
    summary: version === "1.0" ? summary : `${summary} (A2A ${version})`,
    errors,
    ...docs,
    handle: async (exchange, agent) => {
      const call: A2aCall = { edge, exchange, agent, version };
      await admitHttpCall(call, version);
      await run(call);
    },
  });
  const whereOffered =
    (run: Run): Run =>
    async (call) => {
      assertPushOffered(edge);
      await run(call);
    };
  return {
    route,
    pushRoute: (method, path, summary, run, docs) => route(method, path, summary, whereOffered(run), docs),
  };
}
