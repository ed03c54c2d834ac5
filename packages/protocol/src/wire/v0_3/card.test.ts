import { describe, expect, it } from "vitest";
import type { AgentCard } from "../../a2a.ts";
import { parseAgentCard } from "../../validation/index.ts";
import { fromV03Card, isV03Card, toHybridCard, toV03Card, toV03RestCard } from "./index.ts";

const CARD: AgentCard = {
  name: "Echo",
  description: "Says it again.",
  supportedInterfaces: [
    { url: "https://a.example/", protocolBinding: "JSONRPC", protocolVersion: "1.0" },
    { url: "https://a.example/", protocolBinding: "JSONRPC", protocolVersion: "0.3" },
    { url: "https://a.example/rest", protocolBinding: "HTTP+JSON", protocolVersion: "0.3" },
  ],
  provider: { url: "https://example.com", organization: "Example" },
  version: "1.2.3",
  documentationUrl: "https://example.com/docs",
  iconUrl: "https://example.com/icon.png",
  capabilities: {
    streaming: true,
    pushNotifications: false,
    extendedAgentCard: true,
    extensions: [{ uri: "https://e" }],
  },
  securitySchemes: {
    key: { apiKeySecurityScheme: { location: "header", name: "X-Key", description: "A key" } },
    bearer: { httpAuthSecurityScheme: { scheme: "bearer" } },
    oauth: {
      oauth2SecurityScheme: {
        flows: {
          authorizationCode: { authorizationUrl: "https://o/a", tokenUrl: "https://o/t", scopes: { read: "Read" } },
        },
      },
    },
    oidc: { openIdConnectSecurityScheme: { openIdConnectUrl: "https://o/.well-known" } },
    mtls: { mtlsSecurityScheme: {} },
  },
  securityRequirements: [{ schemes: { oauth: { list: ["read"] } } }, { schemes: { key: { list: [] } } }],
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["application/json"],
  skills: [
    {
      id: "echo",
      name: "Echo",
      description: "Says it again.",
      tags: ["test"],
      examples: ["hi"],
      securityRequirements: [{ schemes: { key: { list: [] } } }],
    },
  ],
};

const V03_CARD = {
  protocolVersion: "0.3.0",
  name: "Echo",
  description: "Says it again.",
  url: "https://a.example/",
  preferredTransport: "JSONRPC",
  additionalInterfaces: [
    { url: "https://a.example/", transport: "JSONRPC" },
    { url: "https://a.example/rest", transport: "HTTP+JSON" },
  ],
  provider: { url: "https://example.com", organization: "Example" },
  version: "1.2.3",
  documentationUrl: "https://example.com/docs",
  iconUrl: "https://example.com/icon.png",
  capabilities: { streaming: true, pushNotifications: false, extensions: [{ uri: "https://e" }] },
  supportsAuthenticatedExtendedCard: true,
  securitySchemes: {
    key: { type: "apiKey", in: "header", name: "X-Key", description: "A key" },
    bearer: { type: "http", scheme: "bearer" },
    oauth: {
      type: "oauth2",
      flows: {
        authorizationCode: { authorizationUrl: "https://o/a", tokenUrl: "https://o/t", scopes: { read: "Read" } },
      },
    },
    oidc: { type: "openIdConnect", openIdConnectUrl: "https://o/.well-known" },
    mtls: { type: "mutualTLS" },
  },
  security: [{ oauth: ["read"] }, { key: [] }],
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["application/json"],
  skills: [
    {
      id: "echo",
      name: "Echo",
      description: "Says it again.",
      tags: ["test"],
      examples: ["hi"],
      security: [{ key: [] }],
    },
  ],
};

describe("toV03Card", () => {
  it("writes the card as 0.3 spells it, from its 0.3 interfaces", () => {
    expect(toV03Card(CARD)).toEqual(V03_CARD);
  });

  it("refuses a card whose agent does not speak 0.3", () => {
    const card = { ...CARD, supportedInterfaces: CARD.supportedInterfaces.slice(0, 1) };
    expect(() => toV03Card(card)).toThrow('The agent "Echo" does not speak A2A 0.3.');
  });

  it("leaves the signatures out: they sign the 1.0 form", () => {
    expect(toV03Card({ ...CARD, signatures: [{ protected: "e30", signature: "AA" }] })).not.toHaveProperty(
      "signatures",
    );
  });

  it("leaves out what 0.3 has no word for", () => {
    const flows = { deviceCode: { deviceAuthorizationUrl: "https://o/d", tokenUrl: "https://o/t" } };
    const pkce = {
      authorizationCode: { authorizationUrl: "https://o/a", tokenUrl: "https://o/t", pkceRequired: true },
    };
    const securitySchemes = { a: { oauth2SecurityScheme: { flows } }, b: { oauth2SecurityScheme: { flows: pkce } } };
    expect(toV03Card({ ...CARD, securitySchemes })).toMatchObject({
      securitySchemes: {
        a: { type: "oauth2", flows: {} },
        b: { flows: { authorizationCode: { authorizationUrl: "https://o/a", tokenUrl: "https://o/t", scopes: {} } } },
      },
    });
  });
});

describe("toHybridCard", () => {
  const hybrid = toHybridCard(CARD);

  it("is a 1.0 card to a 1.0 reader", () => {
    expect(parseAgentCard(hybrid)).toEqual(CARD);
  });

  it("is a 0.3 card to a 0.3 reader", () => {
    expect(hybrid).toMatchObject(V03_CARD);
    expect(fromV03Card(hybrid)).toEqual(fromV03Card(V03_CARD));
  });

  it("is the card itself when the agent does not speak 0.3", () => {
    const card = { ...CARD, supportedInterfaces: CARD.supportedInterfaces.slice(0, 1) };
    expect(toHybridCard(card)).toEqual(card);
  });
});

describe("toV03RestCard", () => {
  it("spells security as the proto does", () => {
    const { securitySchemes, securityRequirements } = CARD;
    expect(toV03RestCard(CARD)).toMatchObject({
      url: "https://a.example/",
      securitySchemes,
      security: securityRequirements,
    });
  });
});

describe("fromV03Card", () => {
  it("is the inverse of toV03Card, for the 0.3 interfaces", () => {
    expect(fromV03Card(toV03Card(CARD))).toEqual({ ...CARD, supportedInterfaces: CARD.supportedInterfaces.slice(1) });
  });

  it("reads proto security, which some 0.3 servers print", () => {
    const { supportedInterfaces: _, ...rest } = CARD;
    expect(fromV03Card(toV03RestCard(CARD))).toMatchObject({ ...rest });
  });

  it("takes JSON-RPC for the transport nobody named", () => {
    const { preferredTransport: _, additionalInterfaces: __, protocolVersion: ___, ...card } = V03_CARD;
    expect(fromV03Card(card).supportedInterfaces).toEqual([
      { url: "https://a.example/", protocolBinding: "JSONRPC", protocolVersion: "0.3" },
    ]);
  });

  it("keeps one of several OAuth flows: 1.0 holds one", () => {
    const client = { tokenUrl: "https://o/t", scopes: {} };
    const securitySchemes = { o: { type: "oauth2", flows: { implicit: {}, clientCredentials: client } } };
    expect(fromV03Card({ ...V03_CARD, securitySchemes }).securitySchemes).toEqual({
      o: { oauth2SecurityScheme: { flows: { clientCredentials: client } } },
    });
  });

  it.each([
    [{ url: undefined }, "url: is required"],
    [{ url: "here" }, "url: must be an absolute URL"],
    [{ securitySchemes: { x: { type: "magic" } } }, "type: must be one of apiKey, http"],
    [{ securitySchemes: { x: { type: "apiKey", name: "k" } } }, "apiKeySecurityScheme.location: is required"],
    [{ security: [{ x: "read" }] }, 'security[0]["x"]: must be an array'],
    [{ capabilities: null }, "capabilities: is required"],
  ])("refuses %j", (change, violation) => {
    expect(() => fromV03Card({ ...V03_CARD, ...change })).toThrow(violation);
  });
});

describe("isV03Card", () => {
  it("tells the two apart", () => {
    expect(isV03Card(V03_CARD)).toBe(true);
    expect(isV03Card(CARD)).toBe(false);
    expect(isV03Card(toHybridCard(CARD))).toBe(false);
    expect(isV03Card(null)).toBe(false);
  });
});
