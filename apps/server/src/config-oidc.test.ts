import { expect, test } from "vitest";
import { readServerConfig } from "./config.ts";

test("another provider is read whole, and the public address without its slash", () => {
  const config = readServerConfig(
    {
      BERTH_PUBLIC_URL: "https://berth.example.com/",
      BERTH_OIDC_ISSUER: "https://accounts.google.com",
      BERTH_OIDC_CLIENT_ID: "id",
      BERTH_OIDC_CLIENT_SECRET: "secret",
      BERTH_OIDC_AUTO_ROLE: "viewer",
    },
    "/",
  );
  expect(config.publicUrl).toBe("https://berth.example.com");
  expect(config.oidc).toEqual({
    issuer: "https://accounts.google.com",
    clientId: "id",
    clientSecret: "secret",
    autoRole: "viewer",
  });
});

test("without them people sign in here alone, where it listens", () => {
  expect(readServerConfig({ BERTH_OIDC_ISSUER: "" }, "/")).toMatchObject({ publicUrl: undefined, oidc: undefined });
});

test.each([
  [{ BERTH_OIDC_ISSUER: "https://x.example" }, "BERTH_OIDC_CLIENT_ID: must be set too"],
  [{ BERTH_OIDC_CLIENT_ID: "id" }, "BERTH_OIDC_ISSUER: must be the provider's issuer"],
  [{ BERTH_OIDC_ISSUER: "file:///x", BERTH_OIDC_CLIENT_ID: "id" }, "BERTH_OIDC_ISSUER"],
  [
    { BERTH_OIDC_ISSUER: "https://x.example", BERTH_OIDC_CLIENT_ID: "id", BERTH_OIDC_AUTO_ROLE: "owner" },
    "BERTH_OIDC_AUTO_ROLE: must be one of viewer, invoker, operator, developer",
  ],
  [{ BERTH_PUBLIC_URL: "https://x.example/path" }, "BERTH_PUBLIC_URL"],
])("%j is refused with a reason", (env, reason) => {
  expect(() => readServerConfig(env, "/")).toThrow(reason);
});
