import type { Edge } from "../edge/edge.ts";
import type { Route } from "../edge/routes.ts";
import { componentsOf } from "./components.ts";
import { securityOf, toOperation } from "./operation.ts";
import { ROUTE_SCHEMAS } from "./route-schemas.ts";

export interface DocumentedRoutes {
  readonly platform: readonly Route[];
  readonly agent: readonly Route[];
}

const SCHEMES = ["bearer", "apiKey", "session"] as const;

/** The document is made of the routes that dispatch, so it cannot say anything else than they do. */
export function toPlatformOpenApi(
  { baseUrl, version }: Pick<Edge, "baseUrl" | "version">,
  routes: DocumentedRoutes,
): object {
  const paths: Record<string, Record<string, object>> = {};
  const add = (path: string, route: Route, tag: string): void => {
    const schemas = ROUTE_SCHEMAS[`${route.method} ${path}`] ?? {};
    const security = securityOf(route.policy, SCHEMES);
    const methods = (paths[path] ??= {});
    methods[route.method.toLowerCase()] = toOperation({ path, route, tag, schemas, security });
  };
  for (const route of routes.platform) add(plainPath(route.path), route, "platform");
  for (const route of routes.agent) add(plainPath(`/agents/{agent}${route.path}`), route, "agent");
  return {
    openapi: "3.1.0",
    info: { title: "Berth", version },
    servers: [{ url: baseUrl() }],
    tags: [
      { name: "platform", description: "The platform itself." },
      { name: "agent", description: "Each agent, here and on its own host; its own document has its skills' schemas." },
    ],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API key." },
        apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
        session: { type: "apiKey", in: "cookie", name: "berth_session" },
      },
      schemas: componentsOf(paths),
    },
  };
}

/** A parameter that takes the rest of the path is a plain one to OpenAPI. */
export function plainPath(path: string): string {
  return path.replace("...}", "}");
}
