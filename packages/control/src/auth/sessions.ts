import { createHash } from "node:crypto";
import { PlatformError } from "@berth/protocol";
import type { IdGenerator } from "@berth/protocol";
import type { AppSessionPlace, SessionRecord, Store } from "@berth/store";
import { RecentReads } from "../recent-reads.ts";

const IDLE_MS = 12 * 3_600_000;
const MOST_MS = 7 * 24 * 3_600_000;
/** `lastUsedAt` is written at most this often per session. */
const TOUCH_MS = 60_000;
const SWEEP_MS = 3_600_000;
/** Of one principal, codes included; beyond it the oldest ends. */
const MAX_SESSIONS = 50;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Whose session it is, and in which organization. */
export interface Subject {
  readonly principalId: string;
  readonly orgId: string;
}

export interface SessionsOptions {
  readonly store: Pick<Store, "identity">;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
}

type NewSession = Pick<SessionRecord, "purpose" | "app"> & {
  readonly validMs: number;
  readonly userAgent?: string | undefined;
};

/** Sessions and the one-time codes that open them, in the store, as hashes. What was read is remembered for a second. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #known: RecentReads<SessionRecord | undefined>;
  #sweptAt = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#known = new RecentReads(options.now);
  }

  /** A code that opens one session. */
  async createCode(subject: Subject, validMs: number): Promise<string> {
    return await this.#insert(subject, { purpose: "sign_in", validMs });
  }

  /** Uses the code up. Undefined for one that was used, has expired or never was. */
  async redeem(code: string): Promise<Subject | undefined> {
    const { identity } = this.#options.store;
    const record = TOKEN.test(code) ? await identity.session(hash(code)) : undefined;
    if (record?.purpose !== "sign_in" || !this.#isCurrent(record)) return undefined;
    return (await identity.removeSession(record.sessionId)) ? record : undefined;
  }

  /** Returns the token. */
  async open(subject: Subject, userAgent?: string): Promise<string> {
    return await this.#insert(subject, { purpose: "session", validMs: MOST_MS, userAgent });
  }

  async find(token: string): Promise<SessionRecord | undefined> {
    return await this.#find(token, "session");
  }

  /** A session at an agent's origin. It ends with the one it came from, whatever it is that ends that one. Returns the token. */
  async openApp(
    { principalId, orgId, tokenHash: parentHash, expiresAt }: SessionRecord,
    place: Omit<AppSessionPlace, "parentHash">,
    userAgent?: string,
  ): Promise<string> {
    const validMs = Date.parse(expiresAt) - this.#options.now().getTime();
    const app = { ...place, parentHash };
    return await this.#insert({ principalId, orgId }, { purpose: "app", validMs, userAgent, app });
  }

  async findApp(token: string): Promise<(SessionRecord & { readonly app: AppSessionPlace }) | undefined> {
    const record = await this.#find(token, "app");
    if (record?.app === undefined) return undefined;
    return (await this.byHash(record.app.parentHash)) === undefined ? undefined : { ...record, app: record.app };
  }

  /** A console's session by its token's hash, which is no credential. */
  async byHash(tokenHash: string): Promise<SessionRecord | undefined> {
    const record = await this.#read(tokenHash);
    return record?.purpose === "session" && this.#isCurrent(record) ? record : undefined;
  }

  /** Those of apps too, as long as what they came from is there. */
  async list({ principalId }: Pick<Subject, "principalId">): Promise<readonly SessionRecord[]> {
    const all = await this.#options.store.identity.sessions(principalId);
    const current = all.filter((record) => record.purpose !== "sign_in" && this.#isCurrent(record));
    const parents = new Set(current.flatMap((record) => (record.purpose === "session" ? [record.tokenHash] : [])));
    return current.filter(({ app }) => app === undefined || parents.has(app.parentHash));
  }

  /** @returns false when there was none. */
  async end(record: Pick<SessionRecord, "sessionId" | "tokenHash">): Promise<boolean> {
    const ended = await this.#options.store.identity.removeSession(record.sessionId);
    this.#known.forget(record.tokenHash);
    return ended;
  }

  /** Codes too. */
  async endAll(principalId: string, orgId?: string): Promise<void> {
    const ended = await this.#options.store.identity.removeSessionsOf(principalId, orgId);
    for (const tokenHash of ended) this.#known.forget(tokenHash);
  }

  async #find(token: string, purpose: SessionRecord["purpose"]): Promise<SessionRecord | undefined> {
    const record = TOKEN.test(token) ? await this.#read(hash(token)) : undefined;
    if (record?.purpose !== purpose || !this.#isCurrent(record)) return undefined;
    this.#touch(record);
    return record;
  }

  async #read(tokenHash: string): Promise<SessionRecord | undefined> {
    const { identity } = this.#options.store;
    return await this.#known.read(tokenHash, async () => await identity.session(tokenHash));
  }

  async #insert({ principalId, orgId }: Subject, { purpose, validMs, userAgent, app }: NewSession): Promise<string> {
    const { store, ids, now, randomBytes } = this.#options;
    await this.#sweep();
    // Counted apart: whoever opens many apps is not signed out of the console.
    const isApp = purpose === "app";
    const others = (await store.identity.sessions(principalId)).filter((each) => (each.purpose === "app") === isApp);
    for (const oldest of others.slice(MAX_SESSIONS - 1)) await this.end(oldest);
    const token = Buffer.from(randomBytes(32)).toString("base64url");
    const at = now();
    await store.identity.insertSession({
      purpose,
      sessionId: ids("session"),
      tokenHash: hash(token),
      orgId,
      principalId,
      createdAt: at.toISOString(),
      lastUsedAt: at.toISOString(),
      expiresAt: new Date(at.getTime() + validMs).toISOString(),
      ...(userAgent === undefined ? {} : { userAgent: printable(userAgent) }),
      ...(app === undefined ? {} : { app }),
    });
    return token;
  }

  #isCurrent({ purpose, lastUsedAt, expiresAt }: SessionRecord): boolean {
    const now = this.#options.now().getTime();
    return now < Date.parse(expiresAt) && (purpose === "sign_in" || now - Date.parse(lastUsedAt) <= IDLE_MS);
  }

  /** Best effort: a request does not fail because its session's last use could not be noted. */
  #touch({ sessionId, tokenHash, lastUsedAt }: SessionRecord): void {
    const { store, now } = this.#options;
    const at = now();
    if (at.getTime() - Date.parse(lastUsedAt) < TOUCH_MS) return;
    const noted = store.identity.touchSession(sessionId, at.toISOString());
    noted.then(
      () => this.#known.forget(tokenHash),
      () => undefined,
    );
  }

  async #sweep(): Promise<void> {
    const { store, now } = this.#options;
    const at = now();
    if (at.getTime() - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = at.getTime();
    await store.identity.removeExpiredSessions(at.toISOString());
  }
}

export function sessionNotFound(): PlatformError {
  return new PlatformError("SESSION_NOT_FOUND", "There is no session of yours with this id.");
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** For lists: without what could hide or move text, and short. */
function printable(userAgent: string): string {
  return userAgent.replaceAll(/[^\x20-\x7e]/g, "").slice(0, 200);
}
