import type { AgentSkill, JsonObject } from "@berth/protocol";
import type { Route } from "../edge/routes.ts";
import type { AgentDescription } from "./agent-description.ts";
import { AGENT_ROUTE_SCHEMAS } from "./agent-route-schemas.ts";
import { componentsOf } from "./components.ts";
import type { JsonSchema } from "./json-schema.ts";
import { securityOf, toOperation } from "./operation.ts";
import { plainPath } from "./platform-openapi.ts";
import { embedSchema } from "./skill-schema.ts";

const INVOKE = "/invoke/{skill}";
const SCHEMES = ["bearer", "apiKey"] as const;

interface Documented {
  readonly paths: { readonly [path: string]: object };
  readonly schemas: { readonly [name: string]: JsonSchema };
}

/** One agent as a plain HTTP API: each skill a path of its own with the schemas that the agent really checks. */
export function toAgentOpenApi(description: AgentDescription, routes: readonly Route[]): object {
  const { agent, card, config } = description;
  const offered = routes.filter(({ errors }) => errors !== "v03" || config.protocolVersions.includes("0.3"));
  const paths: Record<string, Record<string, object>> = {};
  for (const route of offered.filter(({ path }) => path !== INVOKE)) {
    const path = plainPath(route.path);
    const schemas = AGENT_ROUTE_SCHEMAS[`${route.method} ${path}`] ?? {};
    const methods = (paths[path] ??= {});
    methods[route.method.toLowerCase()] = toOperation({
      path,
      route,
      tag: tagOf(path),
      schemas,
      security: security(description, route),
    });
  }
  const skills = documentSkills(
    description,
    offered.find(({ path }) => path === INVOKE),
  );
  const all = { ...skills.paths, ...paths };
  return {
    openapi: "3.1.0",
    info: { title: card.name, description: card.description, version: card.version },
    servers: [{ url: agent.base }],
    tags: [
      { name: "skills", description: "Each skill as one HTTP call." },
      { name: "tasks", description: "Calls that take longer, and what is left of them." },
      { name: "a2a", description: "The Agent2Agent protocol." },
      { name: "about", description: "What the agent is." },
    ],
    paths: all,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API key." },
        apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
      },
      schemas: { ...componentsOf(all), ...skills.schemas },
    },
  };
}

function documentSkills(description: AgentDescription, route: Route | undefined): Documented {
  const paths: Record<string, object> = {};
  const schemas: Record<string, JsonSchema> = {};
  if (route === undefined) return { paths, schemas };
  const names = new Set<string>();
  for (const [index, skill] of description.card.skills.entries()) {
    const found = description.skillSchemas.find(({ id }) => id === skill.id);
    const place = (kind: string, schema: JsonObject | undefined): JsonSchema | undefined => {
      const name = `skill.${index + 1}.${kind}`;
      const at = `#/components/schemas/${name}`;
      const embedded = schema === undefined ? undefined : embedSchema(schema, at);
      if (embedded === undefined) return undefined;
      schemas[name] = embedded;
      return { $ref: at };
    };
    // Two ids may differ only in what is no letter of a name.
    const name = `invoke_${skill.id.replaceAll(/[^A-Za-z0-9]+/g, "_")}`;
    const operationId = names.has(name) ? `${name}_${index + 1}` : name;
    names.add(operationId);
    paths[`/invoke/${encodeURIComponent(skill.id)}`] = {
      post: invokeOperation(description, route, skill, {
        operationId,
        input: place("input", found?.inputSchema),
        output: place("output", found?.outputSchema),
      }),
    };
  }
  return { paths, schemas };
}

interface SkillOperation {
  readonly operationId: string;
  readonly input: JsonSchema | undefined;
  readonly output: JsonSchema | undefined;
}

function invokeOperation(
  description: AgentDescription,
  route: Route,
  skill: AgentSkill,
  { operationId, input, output }: SkillOperation,
): object {
  return toOperation({
    path: `/invoke/${encodeURIComponent(skill.id)}`,
    route,
    tag: "skills",
    schemas: AGENT_ROUTE_SCHEMAS[`POST ${INVOKE}`] ?? {},
    security: security(description, route),
    operationId,
    summary: skill.name,
    description: skill.description,
    instead: {
      body: input ?? { description: "The agent does not say what this skill takes." },
      ...(output === undefined ? {} : { answer: resultWith(output) }),
    },
  });
}

/** Null while there is nothing: the skill failed, or asks. */
function resultWith(output: JsonSchema): JsonSchema {
  const properties = { output: { anyOf: [output, { type: "null" }] } };
  return { allOf: [{ $ref: "#/components/schemas/RunResult" }, { properties }] };
}

/** Whoever may call: nobody needs a credential at a public agent. */
function security({ config }: AgentDescription, { policy }: Route): readonly object[] {
  const needed = policy === "anyone" && config.visibility !== "public" ? "key" : policy;
  return securityOf(needed, SCHEMES);
}

function tagOf(path: string): string {
  if (/^\/(?:tasks$|sse\/|runs\/)/.test(path)) return "tasks";
  return /^\/(?:\.well-known|openapi|llms)/.test(path) ? "about" : "a2a";
}
