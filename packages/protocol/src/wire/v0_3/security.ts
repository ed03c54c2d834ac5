import type { JsonObject, JsonValue, SecurityRequirement, SecurityScheme } from "../../a2a.ts";
import type { Parser } from "../../validation/place.ts";
import { isObject, map, protoObject } from "../../validation/proto-object.ts";
import type { ProtoObject } from "../../validation/proto-object.ts";
import { securityRequirements, securityScheme } from "../../validation/security.ts";
import { listOf, mapOf, oneOf, strings } from "../../validation/values.ts";
import { json } from "./json.ts";

/** 0.3 cards write security as OpenAPI does; `type` takes the place of the member's name. */
export function toV03SecurityScheme(scheme: SecurityScheme): JsonObject {
  const [[kind, fields] = ["", {}]] = Object.entries(scheme);
  const { location, ...rest } = fields;
  switch (kind) {
    case "apiKeySecurityScheme":
      return json({ type: "apiKey", in: location, ...rest });
    case "httpAuthSecurityScheme":
      return { type: "http", ...fields };
    case "oauth2SecurityScheme":
      return { type: "oauth2", ...fields, flows: toV03Flows(fields["flows"]) };
    case "openIdConnectSecurityScheme":
      return { type: "openIdConnect", ...fields };
    default:
      return { type: "mutualTLS", ...fields };
  }
}

/** 0.3 has no device flow and no word on PKCE; its `scopes` must be there. */
function toV03Flows(flows: JsonValue | undefined): JsonObject {
  if (!isObject(flows)) return {};
  const known = Object.entries(flows).filter(([name]) => name !== "deviceCode");
  return Object.fromEntries(
    known.map(([name, flow]) => [name, { scopes: {}, ...omit(isObject(flow) ? flow : {}, "pkceRequired") }]),
  );
}

function omit(fields: object, name: string): JsonObject {
  return Object.fromEntries<JsonValue>(Object.entries(fields).filter(([key]) => key !== name));
}

export function toV03Security(requirements: readonly SecurityRequirement[]): readonly JsonObject[] {
  return requirements.map(({ schemes }) =>
    Object.fromEntries(Object.entries(schemes).map(([name, { list }]) => [name, list])),
  );
}

const FLOWS = ["authorizationCode", "clientCredentials", "implicit", "password"];

/** Both forms: 0.3 servers that print their proto write it as 1.0 does. */
export const v03SecurityScheme: Parser<SecurityScheme> = protoObject((object) => {
  if (!object.has("type")) return object.as(securityScheme);
  const type = object.required("type", oneOf(["apiKey", "http", "oauth2", "openIdConnect", "mutualTLS"]));
  switch (type) {
    case "apiKey":
      return asV1(object, "apiKeySecurityScheme", { location: object.raw("in") });
    case "http":
      return asV1(object, "httpAuthSecurityScheme", {});
    case "oauth2":
      return asV1(object, "oauth2SecurityScheme", { flows: oneFlow(object.raw("flows")) });
    case "openIdConnect":
      return asV1(object, "openIdConnectSecurityScheme", {});
    case "mutualTLS":
      return asV1(object, "mtlsSecurityScheme", {});
    default:
      return undefined;
  }
});

function asV1(
  object: ProtoObject,
  kind: string,
  changed: { readonly [name: string]: unknown },
): SecurityScheme | undefined {
  const fields = object.as((value) => ({ ...(isObject(value) ? value : {}), ...changed }));
  return securityScheme({ [kind]: fields }, object.place);
}

/** 0.3 may declare several flows; 1.0 holds one, so the strongest is kept. */
function oneFlow(flows: unknown): unknown {
  if (!isObject(flows)) return flows;
  const entries = new Map<string, unknown>(Object.entries(flows));
  const name = FLOWS.find((flow) => entries.has(flow));
  return name === undefined ? {} : { [name]: entries.get(name) };
}

const v03Requirements: Parser<readonly SecurityRequirement[]> = listOf(
  map(mapOf(strings), (names) => ({
    schemes: Object.fromEntries(Object.entries(names).map(([name, list]) => [name, { list }])),
  })),
);

export const v03Security: Parser<readonly SecurityRequirement[]> = (value, place) => {
  const isProto =
    Array.isArray(value) && value.some((entry) => isObject(entry) && isObject(Reflect.get(entry, "schemes")));
  return isProto ? securityRequirements(value, place) : v03Requirements(value, place);
};
