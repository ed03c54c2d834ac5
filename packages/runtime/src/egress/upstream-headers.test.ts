import { expect, test } from "vitest";
import { headersForUpstream } from "./upstream-headers.ts";

test.each(["x-api-key", "X-API-Key", "x_api_key", "X_Api-Key"])(
  "an agent's own %s gives way to the upstream's",
  (name) => {
    const upstream = { url: "https://api.test:8443/base", headers: { "X-Api-Key": "{secret:KEY}" } };
    const headers = headersForUpstream({ [name.toLowerCase()]: "mine" }, upstream, new Map([["KEY", "ours-0123"]]));
    expect(headers).toEqual({
      "x-api-key": "ours-0123",
      "accept-encoding": "identity",
      connection: "close",
      host: "api.test:8443",
    });
  },
);
