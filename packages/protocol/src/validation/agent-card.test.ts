import { describe, expect, it } from "vitest";
import { parseAgentCard } from "./index.ts";

const CARD = {
  name: "Echo",
  description: "Says it again.",
  supportedInterfaces: [{ url: "http://127.0.0.1:4000/", protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  version: "1.0.0",
  capabilities: { streaming: true },
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["text/plain"],
  skills: [{ id: "echo", name: "Echo", description: "Says it again.", tags: ["test"] }],
};

describe("parseAgentCard", () => {
  it("keeps a full card", () => {
    const card = {
      ...CARD,
      supportedInterfaces: [
        ...CARD.supportedInterfaces,
        { url: "localhost:50051", protocolBinding: "GRPC", protocolVersion: "1.0" },
      ],
      provider: { url: "https://example.com", organization: "Example" },
      documentationUrl: "https://example.com/docs",
      iconUrl: "https://example.com/icon.png",
      capabilities: {
        streaming: true,
        pushNotifications: false,
        extendedAgentCard: true,
        extensions: [{ uri: "https://example.com/e", description: "E", required: false, params: { a: [1] } }],
      },
      securitySchemes: {
        key: { apiKeySecurityScheme: { location: "header", name: "X-Key" } },
        bearer: { httpAuthSecurityScheme: { scheme: "bearer", bearerFormat: "JWT" } },
        oauth: {
          oauth2SecurityScheme: {
            flows: { clientCredentials: { tokenUrl: "https://example.com/token", scopes: { read: "Read" } } },
          },
        },
        oidc: { openIdConnectSecurityScheme: { openIdConnectUrl: "https://example.com/.well-known" } },
        mtls: { mtlsSecurityScheme: {} },
      },
      securityRequirements: [{ schemes: { oauth: { list: ["read"] } } }],
      signatures: [{ protected: "e30", signature: "AA", header: { kid: "1" } }],
    };
    expect(parseAgentCard({ ...card, unknown: 1 })).toEqual(card);
  });

  it("fills what SDKs leave out because it is empty", () => {
    const { skills: _, ...withoutSkills } = CARD;
    expect(parseAgentCard(withoutSkills).skills).toEqual([]);
    const skill = { id: "a", name: "A", description: "" };
    expect(parseAgentCard({ ...CARD, skills: [skill] }).skills).toEqual([{ ...skill, tags: [] }]);
    const securityRequirements = [{ schemes: { key: {} } }];
    expect(parseAgentCard({ ...CARD, securityRequirements }).securityRequirements).toEqual([
      { schemes: { key: { list: [] } } },
    ]);
  });

  it("accepts the proto names, inside security schemes too", () => {
    const card = parseAgentCard({
      ...CARD,
      security_schemes: { bearer: { http_auth_security_scheme: { scheme: "bearer", bearer_format: "JWT" } } },
      default_input_modes: ["text/plain"],
      defaultInputModes: undefined,
    });
    expect(card.securitySchemes).toEqual({
      bearer: { httpAuthSecurityScheme: { scheme: "bearer", bearerFormat: "JWT" } },
    });
  });

  it.each([
    [{ ...CARD, name: "" }, "name: must not be empty"],
    [{ ...CARD, supportedInterfaces: [] }, "supportedInterfaces: must not be empty"],
    [
      { ...CARD, supportedInterfaces: [{ url: "x", protocolBinding: "JSONRPC", protocolVersion: "1.0" }] },
      "supportedInterfaces[0].url: must be an absolute URL",
    ],
    [
      { ...CARD, supportedInterfaces: [{ url: "http://a", protocolBinding: "JSONRPC", protocolVersion: "one" }] },
      "supportedInterfaces[0].protocolVersion: must be a protocol version",
    ],
    [{ ...CARD, capabilities: undefined }, "capabilities: is required"],
    [{ ...CARD, capabilities: { streaming: "yes" } }, "capabilities.streaming: must be true or false"],
    [{ ...CARD, skills: [{}] }, "skills[0].id: is required"],
    [{ ...CARD, securitySchemes: { x: {} } }, 'securitySchemes["x"]: must have exactly one of apiKeySecurityScheme'],
    [
      { ...CARD, securitySchemes: { x: { apiKeySecurityScheme: { location: "body", name: "k" } } } },
      "location: must be one of query, header, cookie",
    ],
  ])("refuses a card that is wrong in one place (%#)", (card, message) => {
    expect(() => parseAgentCard(card)).toThrow(message);
  });

  it("keeps a scheme called __proto__ as a plain key", () => {
    const text = JSON.stringify(CARD).replace("{", '{"securitySchemes":{"__proto__":{"mtlsSecurityScheme":{}}},');
    const { securitySchemes = {} } = parseAgentCard(JSON.parse(text));
    expect(Object.keys(securitySchemes)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(securitySchemes)).toBe(Object.prototype);
  });
});
