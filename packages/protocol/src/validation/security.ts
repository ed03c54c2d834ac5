import type { JsonObject, SecurityRequirement, SecurityScheme } from "../a2a.ts";
import type { Parser } from "./place.ts";
import { exactlyOne, map, protoObject } from "./proto-object.ts";
import { anyString, boolean, filledString, listOf, mapOf, oneOf, optionalString, strings } from "./values.ts";

type Fields = { readonly [name: string]: Parser<unknown> };

/** An object with these fields and no others, spelled in lowerCamelCase whatever the sender wrote. */
function record(required: Fields, optional: Fields = {}): Parser<JsonObject> {
  return protoObject((object) => {
    const fields = [
      ...Object.entries(required).map(([name, parser]) => [name, object.required(name, parser)]),
      ...Object.entries(optional).map(([name, parser]) => [name, object.optional(name, parser)]),
    ];
    // Every parser in this file answers JSON.
    return Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as JsonObject;
  });
}

/** One member by its name, kept under it. */
function named<T>(members: { readonly [name: string]: Parser<T> }): Parser<{ readonly [name: string]: T }> {
  const tagged = Object.entries(members).map(([name, parser]) => [name, map(parser, (value) => ({ [name]: value }))]);
  return exactlyOne<{ readonly [name: string]: T }>(Object.fromEntries(tagged));
}

const scopes = mapOf(anyString);
const refreshUrl = optionalString;

const oauthFlows: Parser<unknown> = named({
  authorizationCode: record(
    { authorizationUrl: filledString, tokenUrl: filledString },
    { refreshUrl, scopes, pkceRequired: boolean },
  ),
  clientCredentials: record({ tokenUrl: filledString }, { refreshUrl, scopes }),
  deviceCode: record({ deviceAuthorizationUrl: filledString, tokenUrl: filledString }, { refreshUrl, scopes }),
  implicit: record({ authorizationUrl: filledString }, { refreshUrl, scopes }),
  password: record({ tokenUrl: filledString }, { refreshUrl, scopes }),
});

const description = optionalString;

/** A2A 1.0.1 §4.5. */
export const securityScheme: Parser<SecurityScheme> = named({
  apiKeySecurityScheme: record({ location: oneOf(["query", "header", "cookie"]), name: filledString }, { description }),
  httpAuthSecurityScheme: record({ scheme: filledString }, { description, bearerFormat: optionalString }),
  oauth2SecurityScheme: record({ flows: oauthFlows }, { description, oauth2MetadataUrl: optionalString }),
  openIdConnectSecurityScheme: record({ openIdConnectUrl: filledString }, { description }),
  mtlsSecurityScheme: record({}, { description }),
});

/** proto3 leaves an empty list of scopes out. */
const scopeList: Parser<{ readonly list: readonly string[] }> = protoObject((object) => ({
  list: object.optional("list", strings) ?? [],
}));

export const securityRequirements: Parser<readonly SecurityRequirement[]> = listOf(
  protoObject((object) => ({ schemes: object.optional("schemes", mapOf(scopeList)) ?? {} })),
);
