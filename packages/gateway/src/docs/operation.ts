import { ACTIONS, isAction } from "@berth/protocol";
import type { Policy, QueryDoc, Route } from "../edge/routes.ts";
import type { ComponentName } from "./components.ts";
import type { ErrorSchemaName } from "./error-schemas.ts";
import type { JsonSchema } from "./json-schema.ts";
import type { RouteSchemas } from "./route-schemas.ts";

export interface OperationOptions {
  /** In OpenAPI's form: a parameter is `{name}`. */
  readonly path: string;
  readonly route: Route;
  readonly tag: string;
  readonly schemas: RouteSchemas;
  readonly security: readonly object[];
  /** Stand in for the schemas of that name: what a skill takes and gives is known of one agent only. */
  readonly instead?: { readonly body?: JsonSchema; readonly answer?: JsonSchema };
  /** Default: made of method and path. */
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
}

export function toOperation(options: OperationOptions): object {
  const { path, route, tag, schemas, security, instead = {}, description } = options;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const parameters = [
    ...names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
    ...(route.query ?? []).map(toQueryParameter),
    ...(schemas.headers ?? []).map((header) => ({ ...header, in: "header", schema: { type: "string" } })),
  ];
  const body = instead.body ?? refTo(schemas.body);
  return {
    summary: options.summary ?? route.summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    operationId: options.operationId ?? toOperationId(route.method, path),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: { content: { [route.body]: { schema: body ?? BINARY } } } }),
    responses: {
      ...goodAnswers(route, schemas, instead.answer),
      ...errorAnswers(path, route),
    },
    security,
  };
}

/** Scopes stand where OpenAPI has room for them: 3.1 allows role names for schemes other than OAuth. */
export function securityOf(policy: Policy, schemes: readonly string[]): readonly object[] {
  if (policy === "none") return [];
  const sets: readonly (readonly string[])[] = isAction(policy) ? ACTIONS[policy].map((scope) => [scope]) : [[]];
  const required = sets.flatMap((scopes) => schemes.map((scheme) => ({ [scheme]: scopes })));
  return policy === "anyone" ? [{}, ...required] : required;
}

const BINARY: JsonSchema = { type: "string", format: "binary" };
const TEXT: JsonSchema = { type: "string" };

function refTo(name: ComponentName | undefined): JsonSchema | undefined {
  return name === undefined ? undefined : { $ref: `#/components/schemas/${name}` };
}

function toOperationId(method: string, path: string): string {
  return `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+/g, "_")}`.replace(/_$/, "");
}

function toQueryParameter({ name, description, type = "string", repeats }: QueryDoc): object {
  const schema = repeats === true ? { type: "array", items: { type } } : { type };
  return { name, in: "query", description, schema };
}

function goodAnswers(route: Route, schemas: RouteSchemas, instead: JsonSchema | undefined): Record<string, object> {
  const { status = 200, answers = "application/json" } = route;
  const schema = instead ?? refTo(schemas.answer);
  const forms = Object.entries(schemas.forms ?? {}).map(([type, name]) => [
    type,
    { schema: schemaFor(type, refTo(name ?? undefined)) },
  ]);
  const good =
    status === 204 || status === 101
      ? { description: status === 204 ? "Done" : "The connection is a WebSocket from here on" }
      : {
          description: "Answer",
          content: { [answers]: { schema: schemaFor(answers, schema) }, ...Object.fromEntries(forms) },
        };
  const others = Object.entries(schemas.also ?? {}).map(([other, { description, schema: name }]) => [
    other,
    name === undefined ? { description } : { description, content: { "application/json": { schema: refTo(name) } } },
  ]);
  return { [status]: good, ...Object.fromEntries(others) };
}

function schemaFor(mediaType: string, schema: JsonSchema | undefined): JsonSchema {
  if (mediaType === "text/event-stream" && schema !== undefined) {
    return { ...TEXT, contentMediaType: "application/json", contentSchema: schema };
  }
  return schema ?? (mediaType.startsWith("text/") ? TEXT : BINARY);
}

/** The ones a caller must expect of such a route, by what it takes; `default` is every other. */
function errorAnswers(path: string, { policy, body, query, errors = "problem" }: Route): Record<string, object> {
  const content = errorContent(errors);
  const described = (description: string): object => ({ description, content });
  if (errors !== "problem") return { default: described("Error") };
  const takes = body !== undefined || (query ?? []).length > 0;
  return {
    ...(takes ? { 400: described("Something in the request does not fit; `violations` names the fields") } : {}),
    ...(policy === "none" ? {} : { 401: described("The credential is missing or not valid") }),
    ...(isAction(policy) ? { 403: described("The credential does not have the scope") } : {}),
    ...(path.includes("{") ? { 404: described("It is not there, or the caller may not see it") } : {}),
    ...(body === undefined
      ? {}
      : { 413: described("The body is too large"), 415: described("The body is of another type") }),
    default: described("Error"),
  };
}

const ERROR_SCHEMA: Readonly<Record<Exclude<NonNullable<Route["errors"]>, "text">, ErrorSchemaName>> = {
  problem: "Problem",
  status: "StatusError",
  v03: "V03Error",
  jsonrpc: "JsonRpcError",
  mcp: "JsonRpcError",
  otlp: "RpcStatus",
  registry: "RegistryErrors",
};

function errorContent(form: NonNullable<Route["errors"]>): object {
  if (form === "text") return { "text/plain": { schema: TEXT } };
  const type = form === "problem" ? "application/problem+json" : "application/json";
  return { [type]: { schema: refTo(ERROR_SCHEMA[form]) } };
}
