import type { Edge } from "../edge/edge.ts";
import { sendCached } from "../edge/respond.ts";
import type { PlatformRoute, QueryDoc, Route } from "../edge/routes.ts";

export interface DocumentedRoutes {
  readonly platform: readonly Route[];
  readonly agent: readonly Route[];
}

/** The document is made of the routes that dispatch, so it cannot say anything else than they do. */
export function openApiRoute(edge: Edge, routes: () => DocumentedRoutes): PlatformRoute {
  return {
    method: "GET",
    path: "/v1/openapi.json",
    policy: "none",
    summary: "This API, as OpenAPI 3.1",
    handle: (exchange) =>
      sendCached(exchange, JSON.stringify(toOpenApi(edge, routes())), {
        contentType: "application/json",
        cacheControl: "public, max-age=60",
      }),
  };
}

function toOpenApi({ baseUrl, version }: Pick<Edge, "baseUrl" | "version">, routes: DocumentedRoutes): object {
  const paths: Record<string, Record<string, object>> = {};
  const add = (path: string, route: Route, tag: string): void => {
    const methods = (paths[path] ??= {});
    methods[route.method.toLowerCase()] = toOperation(path, route, tag);
  };
  for (const route of routes.platform) add(plain(route.path), route, "platform");
  for (const route of routes.agent) add(plain(`/agents/{agent}${route.path}`), route, "agent");
  return {
    openapi: "3.1.0",
    info: { title: "Berth", version },
    servers: [{ url: baseUrl() }],
    tags: [
      { name: "platform", description: "The platform itself." },
      { name: "agent", description: "Each agent, here and on its own host." },
    ],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API key." },
        apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
        session: { type: "apiKey", in: "cookie", name: "berth_session" },
      },
      schemas: { Problem: PROBLEM },
    },
  };
}

function plain(path: string): string {
  return path.replace("...}", "}");
}

function toOperation(path: string, route: Route, tag: string): object {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const parameters = [...names.map(toPathParameter), ...(route.query ?? []).map(toQueryParameter)];
  const status = String(route.status ?? 200);
  return {
    summary: route.summary,
    tags: [tag],
    operationId: toOperationId(route.method, path),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : { requestBody: { content: { [route.body]: { schema: bodySchema(route.body) } } } }),
    responses: {
      [status]: status === "204" ? { description: "Done" } : { description: "Answer", content: answerContent(route) },
      default: { description: "Error", content: errorContent(route) },
    },
    security: securityOf(route),
  };
}

function toOperationId(method: string, path: string): string {
  return `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+/g, "_")}`.replace(/_$/, "");
}

function toPathParameter(name: string): object {
  return { name, in: "path", required: true, schema: { type: "string" } };
}

function toQueryParameter({ name, description, type = "string", repeats }: QueryDoc): object {
  const schema = repeats === true ? { type: "array", items: { type } } : { type };
  return { name, in: "query", description, schema };
}

function bodySchema(mediaType: string): object {
  return mediaType.endsWith("json") ? {} : { type: "string", format: "binary" };
}

function answerContent({ answers = "application/json" }: Route): object {
  return { [answers]: { schema: answers.endsWith("json") ? {} : { type: "string" } } };
}

function errorContent({ errors = "problem" }: Route): object {
  if (errors === "problem") return { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  return { "application/json": { schema: { type: "object" } } };
}

/** Scopes stand where OpenAPI has room for them: 3.1 allows role names for schemes other than OAuth. */
function securityOf({ policy }: Route): readonly object[] {
  if (policy === "none") return [];
  const sets = Array.isArray(policy) ? policy.map((scope: string) => [scope]) : [[]];
  const required = sets.flatMap((scopes) => [{ bearer: scopes }, { apiKey: scopes }, { session: scopes }]);
  return policy === "anyone" ? [{}, ...required] : required;
}

const PROBLEM = {
  type: "object",
  description: "RFC 9457 problem details.",
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    reason: { type: "string" },
    hint: { type: "string" },
    violations: {
      type: "array",
      items: {
        type: "object",
        properties: { field: { type: "string" }, description: { type: "string" } },
        required: ["field", "description"],
      },
    },
    requestId: { type: "string" },
  },
  required: ["type", "title", "status", "detail", "reason", "requestId"],
} as const;
