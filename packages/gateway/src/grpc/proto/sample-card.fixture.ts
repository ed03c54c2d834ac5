import type { JsonObject } from "@berth/protocol";

/** A 1.0 card with every kind of field. */
export const SAMPLE_CARD: JsonObject = {
  name: "Echo",
  description: "d",
  supportedInterfaces: [{ url: "h:1", protocolBinding: "GRPC", tenant: "echo", protocolVersion: "1.0" }],
  provider: { url: "https://p", organization: "P" },
  version: "1",
  documentationUrl: "https://d",
  capabilities: {
    streaming: true,
    pushNotifications: false,
    extendedAgentCard: false,
    extensions: [{ uri: "urn:e", description: "e", required: true, params: { a: 1 } }],
  },
  securitySchemes: {
    key: { apiKeySecurityScheme: { description: "k", location: "header", name: "X" } },
    http: { httpAuthSecurityScheme: { scheme: "Bearer", bearerFormat: "JWT" } },
    oauth: {
      oauth2SecurityScheme: {
        flows: { authorizationCode: { authorizationUrl: "https://a", tokenUrl: "https://t", scopes: { r: "R" } } },
        oauth2MetadataUrl: "https://m",
      },
    },
    device: {
      oauth2SecurityScheme: {
        flows: { deviceCode: { deviceAuthorizationUrl: "https://a", tokenUrl: "https://t", scopes: { r: "R" } } },
      },
    },
    oidc: { openIdConnectSecurityScheme: { openIdConnectUrl: "https://o" } },
    mtls: { mtlsSecurityScheme: { description: "m" } },
  },
  securityRequirements: [{ schemes: { key: { list: ["a"] }, mtls: { list: [] } } }],
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["text/plain"],
  skills: [
    {
      id: "s",
      name: "S",
      description: "d",
      tags: ["t"],
      examples: ["e"],
      inputModes: ["i"],
      outputModes: ["o"],
      securityRequirements: [{ schemes: { key: { list: [] } } }],
    },
  ],
  signatures: [{ protected: "p", signature: "s", header: { kid: "1" } }],
  iconUrl: "https://i",
};
