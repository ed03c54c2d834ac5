import { createHash } from "node:crypto";
import { PlatformError, hasScope, invalidParams } from "@berth/protocol";
import type { Principal, Scope } from "@berth/protocol";
import type { AppSessionPlace, SessionRecord, Store } from "@berth/store";
import type { Registry } from "../registry/registry.ts";
import { AppCodes } from "./app-code.ts";
import { isAppPath } from "./app-sessions.ts";
import type { AppCodeRequest, AppPlace, AppSessions, OpenedApp } from "./app-sessions.ts";
import type { Auth } from "./auth.ts";
import type { Sessions } from "./sessions.ts";

export interface AppSessionsOptions {
  readonly store: Pick<Store, "identity" | "audit">;
  readonly auth: Pick<Auth, "principalOf">;
  readonly sessions: Sessions;
  readonly registry: Pick<Registry, "find" | "findRelease">;
  readonly pepper: Uint8Array;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
}

interface Context {
  readonly remoteAddress?: string | undefined;
  readonly userAgent?: string | undefined;
}

type Found = SessionRecord & { readonly app: AppSessionPlace };

const CODE_MS = 60_000;
const CHALLENGE = /^[\w-]{43}$/;
const VERIFIER = /^[\w-]{22,64}$/;

export function createAppSessions(options: AppSessionsOptions): AppSessions {
  return new StoreAppSessions(options);
}

class StoreAppSessions implements AppSessions {
  readonly #options: AppSessionsOptions;
  readonly #codes: AppCodes;

  constructor(options: AppSessionsOptions) {
    this.#options = options;
    this.#codes = new AppCodes(options.pepper);
  }

  async createCode(session: string, request: AppCodeRequest, context: Context): Promise<string> {
    const { agent, release, challenge, to } = request;
    if (!isAppPath(to)) throw invalidParams([{ field: "to", description: "must be a path below /app" }]);
    if (!CHALLENGE.test(challenge)) throw invalidParams([{ field: "challenge", description: "must be a SHA-256" }]);
    const parent = await this.#options.sessions.find(session);
    if (parent === undefined) throw unauthenticated();
    await this.#see(await this.#personOf(parent, context), request);
    const nonce = Buffer.from(this.#options.randomBytes(16)).toString("base64url");
    const expiresAt = this.#options.now().getTime() + CODE_MS;
    return this.#codes.write({ agent, release, challenge, to, parentHash: parent.tokenHash, nonce, expiresAt });
  }

  async redeem(code: string, proof: AppPlace & { readonly verifier: string }, context: Context): Promise<OpenedApp> {
    const { store, sessions, now } = this.#options;
    const said = this.#codes.read(code);
    const isMeant =
      said !== undefined &&
      said.agent === proof.agent &&
      said.release === proof.release &&
      VERIFIER.test(proof.verifier) &&
      said.challenge === sha256(proof.verifier) &&
      now().getTime() < said.expiresAt;
    const parent = isMeant ? await sessions.byHash(said.parentHash) : undefined;
    if (!isMeant || parent === undefined) throw unauthenticated();
    const isFirst = await store.identity.useToken(sha256(code), new Date(said.expiresAt).toISOString());
    if (!isFirst) throw unauthenticated();
    const { agent, release, to } = said;
    const principal = await this.#personOf(parent, context);
    await this.#see(principal, said);
    const { orgId, id: actor } = principal;
    const at = now().toISOString();
    await store.audit.append({ orgId, at, actor, action: "session.sign_in", resource: agent, outcome: "ok" });
    const place = { agent, ...(release === undefined ? {} : { release }) };
    const session = await sessions.openApp(parent, place, context.userAgent);
    return { session, expiresAt: parent.expiresAt, to };
  }

  async authenticate(session: string, place: AppPlace, context: Context): Promise<Principal> {
    const found = await this.#find(session, place);
    if (found === undefined) throw unauthenticated();
    const person = await this.#personOf(found, context);
    return {
      ...person,
      scopes: scopesOf(person, place),
      agents: (person.agents ?? [place.agent]).filter((name) => name === place.agent),
      authn: { scheme: "session" },
    };
  }

  async expiresAt(session: string, place: AppPlace): Promise<string | undefined> {
    return (await this.#find(session, place))?.expiresAt;
  }

  async end(session: string, place: AppPlace): Promise<void> {
    const found = await this.#find(session, place);
    if (found !== undefined) await this.#options.sessions.end(found);
  }

  async #find(session: string, { agent, release }: AppPlace): Promise<Found | undefined> {
    const found = await this.#options.sessions.findApp(session);
    return found?.app.agent === agent && found.app.release === release ? found : undefined;
  }

  /** As they are now: a role that was changed counts at once. @throws UNAUTHENTICATED for who is disabled */
  async #personOf({ principalId, orgId }: SessionRecord, { remoteAddress }: Context): Promise<Principal> {
    return await this.#options.auth.principalOf(principalId, orgId, { remoteAddress });
  }

  /** @throws AGENT_NOT_FOUND, RELEASE_NOT_FOUND */
  async #see(principal: Principal, { agent, release }: AppPlace): Promise<void> {
    const { registry } = this.#options;
    if (release === undefined) await registry.find(principal, agent);
    else await registry.findRelease(principal, agent, release);
  }
}

/**
 * What it takes to call the agent and to see one's own tasks, where the person may. At the address of one release calling
 * takes the right to try it too: `deploy`, which allows nothing else there.
 */
function scopesOf(person: Principal, { release }: AppPlace): readonly Scope[] {
  const wanted: readonly Scope[] = release === undefined ? ["invoke"] : ["invoke", "deploy"];
  return wanted.filter((scope) => hasScope(person, scope));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

function unauthenticated(): PlatformError {
  return new PlatformError("UNAUTHENTICATED", "There is no session of this app.", {
    hint: "Open the agent's /app: it takes over the console's session.",
  });
}
