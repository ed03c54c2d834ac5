import type { AgentCard, SecurityScheme } from "@berth/protocol";
import { scriptedCard } from "@berth/testing";
import { expect, test } from "vitest";
import { credentialHeader } from "./credential-header.ts";

function cardWith(securitySchemes: Readonly<Record<string, SecurityScheme>>, ...required: string[]): AgentCard {
  const securityRequirements = required.map((name) => ({ schemes: { [name]: { list: [] } } }));
  return { ...scriptedCard(), securitySchemes, securityRequirements };
}

const bearer: SecurityScheme = { httpAuthSecurityScheme: { scheme: "bearer" } };
const basic: SecurityScheme = { httpAuthSecurityScheme: { scheme: "Basic" } };
const oauth: SecurityScheme = { oauth2SecurityScheme: { flows: {} } };
const mtls: SecurityScheme = { mtlsSecurityScheme: {} };
const apiKey = (location: string, name: string): SecurityScheme => ({ apiKeySecurityScheme: { location, name } });

test("without a scheme on the card a credential is a bearer token", () => {
  expect(credentialHeader(scriptedCard(), "t")).toEqual({ header: "authorization", value: "Bearer t" });
});

test("the scheme that the card requires decides, and else the first that a header can carry", () => {
  const schemes = { mtls, key: apiKey("header", "X-Key"), bearer };
  expect(credentialHeader(cardWith(schemes), "t")).toEqual({ header: "x-key", value: "t" });
  expect(credentialHeader(cardWith(schemes, "bearer"), "t")).toEqual({ header: "authorization", value: "Bearer t" });
  expect(credentialHeader(cardWith({ oauth }, "oauth"), "t").value).toBe("Bearer t");
  expect(credentialHeader(cardWith({ basic }), "user:word").value).toBe("Basic dXNlcjp3b3Jk");
});

test.each([
  ["a query", apiKey("query", "key")],
  ["the request's own header", apiKey("header", "Content-Length")],
  ["a header that ends the line", apiKey("header", "x\r\nhost: evil")],
  ["a certificate", mtls],
])("a card that wants the credential in %s is refused", (_where, scheme) => {
  expect(() => credentialHeader(cardWith({ scheme }), "t")).toThrow(
    expect.objectContaining({ reason: "CONFIG_INVALID" }),
  );
});

test("a credential that is no header value is refused, and not repeated", () => {
  expect(() => credentialHeader(scriptedCard(), "a\nb")).toThrow(expect.objectContaining({ reason: "CONFIG_INVALID" }));
});
