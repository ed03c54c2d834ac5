import { ROLES } from "@berth/protocol";
import { anyObject, choice, described, instant, list, nullable, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";
import type { RouteSchemas } from "./route-schemas.ts";

export type OAuthSchemaName =
  | "ClientList"
  | "CreatedOAuthClient"
  | "NewOAuthClient"
  | "OAuthClient"
  | "OAuthParameters";

const KIND = choice("public", "confidential");
const ROLE = choice(...Object.keys(ROLES));

const CLIENT = {
  id: text,
  name: text,
  redirectUris: list(text),
  scopes: list(text),
  kind: KIND,
  role: nullable(ROLE),
  createdAt: instant,
};

export const OAUTH_SCHEMAS: Readonly<Record<OAuthSchemaName, JsonSchema>> = {
  OAuthParameters: described("The parameters of the request, by the RFC that the route names.", anyObject),
  OAuthClient: object(CLIENT),
  ClientList: object({ clients: list({ $ref: "#/components/schemas/OAuthClient" }) }),
  NewOAuthClient: object({
    name: text,
    "redirectUris?": described("Where answers may go, letter for letter.", list(text)),
    "scopes?": described("Default: agents:invoke.", list(text)),
    "kind?": KIND,
    "role?": described("What it may do without a person (client credentials).", ROLE),
  }),
  CreatedOAuthClient: object({ ...CLIENT, secret: nullable(described("Shown this once.", text)) }),
};

const document = { answer: "JsonDocument" } as const;
const form = { body: "OAuthParameters", answer: "JsonDocument" } as const;
const formToPage = { body: "OAuthParameters" } as const;
const page = {} as const;

export const OAUTH_ROUTE_SCHEMAS: { readonly [route: string]: RouteSchemas } = {
  "GET /v1/clients": { answer: "ClientList" },
  "POST /v1/clients": { body: "NewOAuthClient", answer: "CreatedOAuthClient" },
  "DELETE /v1/clients/{id}": {},
  "GET /.well-known/oauth-protected-resource": document,
  "GET /.well-known/oauth-protected-resource/mcp": document,
  "GET /.well-known/oauth-authorization-server/oauth": document,
  "GET /.well-known/openid-configuration/oauth": document,
  "GET /oauth/.well-known/oauth-authorization-server": document,
  "GET /oauth/.well-known/openid-configuration": document,
  "GET /oauth/auth": page,
  "POST /oauth/auth": formToPage,
  "GET /oauth/auth/{uid}": page,
  "POST /oauth/token": form,
  "POST /oauth/token/introspection": form,
  "POST /oauth/token/revocation": form,
  "GET /oauth/jwks": document,
  "POST /oauth/reg": form,
  "POST /oauth/device/auth": form,
  "GET /oauth/device": page,
  "POST /oauth/device": formToPage,
  "GET /oauth/device/{uid}": page,
  "GET /oauth/interaction/{uid}": page,
  "POST /oauth/interaction/{uid}/login": formToPage,
  "POST /oauth/interaction/{uid}/consent": formToPage,
  "POST /oauth/interaction/{uid}/abort": formToPage,
  "GET /oauth/upstream": page,
  "GET /oauth/upstream/callback": page,
};
