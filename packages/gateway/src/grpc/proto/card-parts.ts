import { message } from "./schema.ts";
import type { MessageSchema } from "./schema.ts";

// What the cards of both versions have in common. A 0.3 reader skips the two fields that came later.

export const AGENT_PROVIDER: MessageSchema = message({ url: [1, "string"], organization: [2, "string"] });

export const AGENT_EXTENSION: MessageSchema = message({
  uri: [1, "string"],
  description: [2, "string"],
  required: [3, "bool"],
  params: [4, "struct"],
});

export const AGENT_CARD_SIGNATURE: MessageSchema = message({
  protected: [1, "string"],
  signature: [2, "string"],
  header: [3, "struct"],
});

export const SECURITY_REQUIREMENT: MessageSchema = message({
  schemes: [1, message({ list: [1, "string", "repeated"] }), "map"],
});

const OAUTH_FLOWS = message({
  authorizationCode: [
    1,
    message({
      authorizationUrl: [1, "string"],
      tokenUrl: [2, "string"],
      refreshUrl: [3, "string"],
      scopes: [4, "string", "map"],
      pkceRequired: [5, "bool"],
    }),
    "optional",
  ],
  clientCredentials: [
    2,
    message({ tokenUrl: [1, "string"], refreshUrl: [2, "string"], scopes: [3, "string", "map"] }),
    "optional",
  ],
  implicit: [
    3,
    message({ authorizationUrl: [1, "string"], refreshUrl: [2, "string"], scopes: [3, "string", "map"] }),
    "optional",
  ],
  password: [
    4,
    message({ tokenUrl: [1, "string"], refreshUrl: [2, "string"], scopes: [3, "string", "map"] }),
    "optional",
  ],
  deviceCode: [
    5,
    message({
      deviceAuthorizationUrl: [1, "string"],
      tokenUrl: [2, "string"],
      refreshUrl: [3, "string"],
      scopes: [4, "string", "map"],
    }),
    "optional",
  ],
});

export const SECURITY_SCHEME: MessageSchema = message({
  apiKeySecurityScheme: [
    1,
    message({ description: [1, "string"], location: [2, "string"], name: [3, "string"] }),
    "optional",
  ],
  httpAuthSecurityScheme: [
    2,
    message({ description: [1, "string"], scheme: [2, "string"], bearerFormat: [3, "string"] }),
    "optional",
  ],
  oauth2SecurityScheme: [
    3,
    message({ description: [1, "string"], flows: [2, OAUTH_FLOWS], oauth2MetadataUrl: [3, "string"] }),
    "optional",
  ],
  openIdConnectSecurityScheme: [
    4,
    message({ description: [1, "string"], openIdConnectUrl: [2, "string"] }),
    "optional",
  ],
  mtlsSecurityScheme: [5, message({ description: [1, "string"] }), "optional"],
});
