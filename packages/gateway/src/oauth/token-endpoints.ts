import type { AccessTokenRules, OAuth } from "@berth/control";
import { isPlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { KoaContextWithOIDC } from "oidc-provider";
import { isJsonObject } from "../mcp/json.ts";
import { isConfidential } from "./provider-configuration.ts";

/**
 * The library neither introspects (RFC 7662) nor revokes (RFC 7009) tokens that are JWTs: they are in no table of its.
 * Ours have an end that is, so after it has authenticated the client we answer for them.
 */
export function answerForJwts(
  oauth: Pick<OAuth, "authenticate" | "records">,
  rules: () => AccessTokenRules,
): (ctx: KoaContextWithOIDC, next: () => Promise<unknown>) => Promise<void> {
  return async (ctx, next) => {
    await next();
    const body: unknown = ctx.body;
    // Undefined where no route of the library's fits.
    const oidc: KoaContextWithOIDC["oidc"] | undefined = ctx.oidc;
    if (!isJsonObject(body) || body["error"] !== "unsupported_token_type" || oidc?.client === undefined) return;
    const { route, client, params } = oidc;
    const token = params?.["token"];
    const claims = typeof token === "string" ? await validClaims(oauth, token, rules()) : undefined;
    const isOwn = claims?.["client_id"] === client.clientId;
    ctx.status = 200;
    ctx.remove("WWW-Authenticate");
    if (route === "introspection") {
      const mayKnow = claims !== undefined && (isOwn || isConfidential(client));
      ctx.body = mayKnow ? { active: true, token_type: "Bearer", ...claims } : { active: false };
      return;
    }
    ctx.body = "";
    const grantId = isOwn ? claims?.["grant"] : undefined;
    if (typeof grantId !== "string") return;
    await oauth.records.removeByGrantId(grantId);
    await oauth.records.remove("Grant", grantId);
  };
}

async function validClaims(
  oauth: Pick<OAuth, "authenticate">,
  token: string,
  rules: AccessTokenRules,
): Promise<JsonObject | undefined> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    if (!isJsonObject(claims)) return undefined;
    const { aud } = claims;
    await oauth.authenticate(token, rules, { audiences: [aud].flat().filter((each) => typeof each === "string") });
    return claims;
  } catch (error) {
    if (error instanceof SyntaxError || isPlatformError(error)) return undefined;
    throw error;
  }
}
