import { PlatformError, isPlatformError } from "@berth/protocol";
import type { IdGenerator, Principal } from "@berth/protocol";
import type { Store } from "@berth/store";
import type { Auth } from "../auth/auth.ts";
import { RecentReads } from "../recent-reads.ts";
import { authenticateAccessToken } from "./access-token.ts";
import { KnownClients } from "./oauth-clients.ts";
import type { OAuth } from "./oauth.ts";
import { signInUpstream } from "./sign-in-upstream.ts";

const SWEEP_MS = 10 * 60_000;

export interface OAuthOptions {
  readonly store: Pick<Store, "oauth" | "audit" | "identity">;
  readonly auth: Pick<Auth, "principalOf" | "openSession">;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log?: (line: string) => void;
}

export interface RunningOAuth extends OAuth {
  /** Ends the sweep of what has expired. */
  close(): void;
}

export function openOAuth(options: OAuthOptions): RunningOAuth {
  const { store, auth, now, log } = options;
  const clients = new KnownClients(options);
  const grants = new RecentReads<boolean>(now);
  const sweep = setInterval(() => {
    store.oauth
      .removeExpired(now().toISOString())
      .catch((error: unknown) => log?.(`oauth: no sweep: ${String(error)}`));
  }, SWEEP_MS);
  sweep.unref();

  const subject: OAuth["subject"] = async (text, from) => {
    const [orgId = "", principalId, ...rest] = text.split(":");
    if (principalId === undefined || rest.length > 0) return undefined;
    try {
      const principal = await auth.principalOf(principalId, orgId, from);
      return principal.orgId === orgId ? principal : undefined;
    } catch (error) {
      if (isPlatformError(error) && error.reason === "UNAUTHENTICATED") return undefined;
      throw error;
    }
  };
  const findClient: OAuth["findClient"] = async (clientId) => await clients.find(clientId);
  const hasGrant = async (grantId: string): Promise<boolean> =>
    await grants.read(grantId, async () => (await store.oauth.find("Grant", grantId)) !== undefined);

  return {
    records: store.oauth,
    clients,
    findClient,
    isSecretOf: async (client, secret) => await clients.isSecretOf(client, secret),
    subject,
    subjectOf,
    authenticate: async (token, rules, context) =>
      await authenticateAccessToken({ findClient, subject, hasGrant, now }, token, rules, context),
    async noteConsent({ orgId, id }, { clientId, scopes, resource }) {
      const entry = { orgId, at: now().toISOString(), actor: id, resource: clientId, outcome: "ok" } as const;
      await store.audit.append({ ...entry, action: "client.consent", detail: { scopes, resource } });
    },
    signInUpstream: async (identity, context) => await signInUpstream(options, identity, context),
    close: () => clearInterval(sweep),
  };
}

/** A token's `sub`: the person in one of their organizations. */
function subjectOf({ kind, orgId, id }: Principal): string {
  if (kind === "user" || kind === "api_key") return `${orgId}:${id}`;
  throw new PlatformError("PERMISSION_DENIED", "Only people and API keys can sign in here.");
}
