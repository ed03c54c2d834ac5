import { invalidParams, isPlatformError } from "@berth/protocol";
import type { IdGenerator, Principal } from "@berth/protocol";
import type { GrantRecord, GrantScope, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { RecentReads } from "../recent-reads.ts";
import { assertPath, permitsAll, toCaveats } from "./caveat-list.ts";
import { caveatsOf, isHeldBy, isTimely, parseCaveat } from "./caveat.ts";
import type { Caveat } from "./caveat.ts";
import { DenialAudit } from "./denial-audit.ts";
import {
  grantExceeded,
  grantExpired,
  grantInvalid,
  grantNotFound,
  grantRequired,
  grantRevoked,
} from "./grant-errors.ts";
import type { GrantKeys } from "./grant-keys.ts";
import { newestOfLine, parentOf } from "./grant-line.ts";
import { earlier, isOver, isValid } from "./grant-time.ts";
import { assertScope } from "./grant-scope.ts";
import { MAX_TOKEN_LENGTH, formatToken } from "./grant-token.ts";
import type { GrantChange, GrantHolder, GrantOperation, Grants, HeldGrant, IssuedGrant, NewGrant } from "./grants.ts";
import { partOf } from "./part-of.ts";
import { RunUsageBook } from "./run-usage-book.ts";
import { UnwrittenGrants } from "./unwritten-grants.ts";
import { VerifiedTokens } from "./verified-tokens.ts";

export interface GrantsOptions {
  readonly store: Pick<Store, "grants" | "audit">;
  readonly keys: GrantKeys;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
}

const LIFETIME_MS = 15 * 60_000;
/** A grant that is good for less is renewed when its holder asks. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** Two that replace the same grant at once: one has to look again, hardly ever twice. */
const MAX_TRIES = 4;
const NONCE_BYTES = 16;

export function createGrants(options: GrantsOptions): Grants {
  return new StoreGrants(options);
}

class StoreGrants implements Grants {
  readonly #options: GrantsOptions;
  readonly #records: RecentReads<GrantRecord | undefined>;
  readonly #denials: DenialAudit;
  readonly #tokens: VerifiedTokens;
  readonly #usage = new RunUsageBook();
  readonly #unwritten: UnwrittenGrants;

  constructor(options: GrantsOptions) {
    this.#options = options;
    this.#unwritten = new UnwrittenGrants(options.store.grants);
    this.#records = new RecentReads(options.now);
    this.#tokens = new VerifiedTokens(options.keys);
    this.#denials = new DenialAudit(options.store.audit, options.now);
  }

  async mint(grant: NewGrant): Promise<IssuedGrant> {
    const issued = this.#issue(grant);
    this.#unwritten.add(issued.record);
    return issued;
  }

  async verify(token: string, peer: GrantHolder): Promise<HeldGrant> {
    const { now } = this.#options;
    const held = await this.identify(token, peer);
    const at = now();
    if (!held.caveats.every((caveat) => isTimely(caveat, at)) || isOver(held.expiresAt, at)) throw grantExpired();
    if (held.revokedAt !== undefined) throw grantRevoked();
    return held;
  }

  async identify(token: string, peer: GrantHolder): Promise<HeldGrant> {
    if (token === "") throw grantRequired();
    const { store } = this.#options;
    const said = this.#tokens.verify(peer.orgId, token);
    if (said === undefined) return await this.#refuse(peer, "no token of this organization, or an unknown caveat");
    const { caveats } = said;
    // Hands before the record: whoever stole a token learns nothing of what became of it.
    const runId = caveats.find((caveat) => caveat.kind === "run");
    const holder = { ...peer, runId: runId?.kind === "run" ? runId.value : "" };
    if (!caveats.every((caveat) => isHeldBy(caveat, holder))) return await this.#refuse(peer, "another's token");
    const { grantId } = said;
    await this.#unwritten.write(grantId);
    const record = await this.#records.read(grantId, async () => await store.grants.find(peer.orgId, grantId));
    // Signed and not in the store: written by a database of before or after this one.
    if (record === undefined) throw grantRevoked();
    if (record.agentId !== peer.agentId || record.runId !== holder.runId || record.orgId !== peer.orgId) {
      return await this.#refuse(peer, "another's record");
    }
    return { ...record, caveats };
  }

  async check(token: string, peer: GrantHolder, operation: GrantOperation): Promise<HeldGrant> {
    const held = await this.verify(token, peer);
    assertPath(operation);
    const { orgId, runId } = held;
    const all = [...held.caveats, ...toCaveats(held.scope)];
    if (!permitsAll(all, operation, this.#usage.of(orgId, runId))) throw grantExceeded(operation);
    if (operation.op === "write") this.#count(held, all, operation);
    return held;
  }

  allows(grant: GrantRecord | HeldGrant, operation: GrantOperation): boolean {
    try {
      assertPath(operation);
    } catch {
      return false;
    }
    const said = "caveats" in grant ? grant.caveats : [];
    return permitsAll([...said, ...toCaveats(grant.scope)], operation, this.#usage.of(grant.orgId, grant.runId));
  }

  async current(token: string, peer: GrantHolder): Promise<IssuedGrant> {
    const held = await this.identify(token, peer);
    const asMinted = caveatsOf(held).map(parseCaveat);
    if (held.caveats.length !== asMinted.length || !asMinted.every((caveat, i) => caveat === held.caveats[i])) {
      throw grantInvalid("a token that its holder has narrowed");
    }
    return await this.#replaceNewest(held, (newest) => {
      const now = this.#options.now().getTime();
      const left = Date.parse(newest.expiresAt) - now;
      const longest = Math.min(LIFETIME_MS, Date.parse(newest.runDeadline) - now);
      if (left > 0 && (left >= RENEW_BEFORE_MS || left > longest - 1_000)) {
        if (newest.grantId === held.grantId) return { record: newest, token };
        return { record: newest, token: this.#format(newest) };
      }
      return this.#renew(newest, newest.runDeadline);
    });
  }

  async extend(grant: GrantRecord, runDeadline: string): Promise<IssuedGrant> {
    await this.#unwritten.write(grant.grantId);
    const parent = await parentOf(this.#options.store.grants, grant);
    const until = parent === undefined ? runDeadline : earlier(runDeadline, parent.runDeadline);
    return await this.#replaceNewest(grant, (newest) => this.#renew(newest, until));
  }

  async rotate(prior: GrantRecord, change: GrantChange | ((newest: GrantRecord) => GrantChange)): Promise<IssuedGrant> {
    await this.#unwritten.write(prior.grantId);
    return await this.#replaceNewest(prior, (newest) => {
      const { renewAs: _renewAs, ...kept } = newest;
      const changed = typeof change === "function" ? change(newest) : change;
      if (changed.renewAs !== undefined) assertScope(changed.renewAs);
      return this.#issue({ ...kept, ...changed, priorId: newest.grantId });
    });
  }

  assertIssuable(grant: GrantRecord, scope: GrantScope): void {
    assertScope(scope);
    this.#format({ ...grant, scope });
  }

  async attenuate(parent: GrantRecord | HeldGrant, grant: NewGrant): Promise<IssuedGrant> {
    const { store, now } = this.#options;
    await this.#unwritten.write(parent.grantId);
    const newest = await newestOfLine(store.grants, parent);
    if (isOver(newest.runDeadline, now())) throw grantExpired();
    const scope = partOf(parent, grant.scope);
    const runDeadline = earlier(grant.runDeadline, newest.runDeadline);
    const issued = this.#issue({ ...grant, orgId: parent.orgId, scope, runDeadline, parentId: newest.grantId });
    await store.grants.insert(issued.record);
    try {
      // The parent may have ended before the store knew what was cut from it.
      await newestOfLine(store.grants, newest);
    } catch (error) {
      this.#end(await store.grants.revoke(parent.orgId, issued.record.grantId, now().toISOString()));
      throw error;
    }
    return issued;
  }

  async revoke(principal: Principal, grantId: string): Promise<void> {
    authorize(principal, "grant.revoke");
    const { store, now } = this.#options;
    const { orgId, id } = principal;
    await this.#unwritten.write(grantId);
    const record = await store.grants.find(orgId, grantId);
    if (record === undefined) throw grantNotFound();
    const at = now().toISOString();
    const entry = { orgId, at, actor: id, action: "grant.revoke", resource: grantId, outcome: "ok" } as const;
    await audited(store.audit, { ...entry, detail: { runId: record.runId } }, async () => {
      this.#end(await store.grants.revoke(orgId, grantId, at));
    });
  }

  async endRun(orgId: string, runId: string): Promise<void> {
    const { store, now } = this.#options;
    this.#usage.forget(orgId, runId);
    if (await this.#unwritten.forget(orgId, runId)) return;
    this.#end(await store.grants.revokeRun(orgId, runId, now().toISOString()));
  }

  async list(
    principal: Principal,
    { runId, valid }: { readonly runId?: string; readonly valid?: boolean },
  ): Promise<readonly GrantRecord[]> {
    authorize(principal, "grant.read");
    const { store, now } = this.#options;
    const at = now();
    const onlyValid = valid === true ? { valid: at.toISOString() } : {};
    const found =
      runId === undefined
        ? await store.grants.list(principal.orgId, onlyValid)
        : await store.grants.ofRun(principal.orgId, runId);
    const all = this.#unwritten.beside(found, { orgId: principal.orgId, runId });
    return valid === undefined ? all : all.filter((grant) => isValid(grant, at) === valid);
  }

  /** What a renewal gives: the same rights, but without those that were for a while. */
  #renew(newest: GrantRecord, runDeadline: string): IssuedGrant {
    const { approvalId: _approvalId, renewAs, ...kept } = newest;
    const scope = renewAs ?? newest.scope;
    return { ...this.#issue({ ...kept, scope, runDeadline, priorId: newest.grantId }), renewed: true };
  }

  /** A record as it would be written now, and its token. */
  #issue(grant: NewGrant & Pick<GrantRecord, "priorId" | "parentId" | "approvalId" | "renewAs">): IssuedGrant {
    const { ids, now } = this.#options;
    const { orgId, runId, agentId, scope, runDeadline, priorId, parentId, approvalId, renewAs } = grant;
    assertScope(scope);
    const at = now().getTime();
    // Whole seconds, as the token has them: record and token end at the same moment.
    const expires = Math.floor(Math.min(at + LIFETIME_MS, Date.parse(runDeadline)) / 1_000) * 1_000;
    if (expires <= at) throw grantExpired();
    const record: GrantRecord = {
      orgId,
      grantId: ids("grant"),
      runId,
      agentId,
      ...(priorId === undefined ? {} : { priorId }),
      ...(parentId === undefined ? {} : { parentId }),
      scope,
      issuedAt: new Date(at).toISOString(),
      expiresAt: new Date(expires).toISOString(),
      runDeadline,
      ...(approvalId === undefined ? {} : { approvalId }),
      ...(renewAs === undefined ? {} : { renewAs }),
    };
    return { record, token: this.#format(record) };
  }

  #format(record: GrantRecord): string {
    const { keys, randomBytes } = this.#options;
    const { orgId, grantId } = record;
    const nonce = randomBytes(NONCE_BYTES);
    const token = formatToken({ grantId, caveats: caveatsOf(record) }, { orgId, keys, nonce });
    if (token.length <= MAX_TOKEN_LENGTH) return token;
    throw invalidParams([{ field: "read", description: "is too long for one grant" }]);
  }

  /** `next` gives what is to stand in the newest one's place, or the newest itself to leave it there. */
  async #replaceNewest(grant: GrantRecord, next: (newest: GrantRecord) => IssuedGrant): Promise<IssuedGrant> {
    const { store, now } = this.#options;
    for (let tries = 1; ; tries++) {
      const newest = await newestOfLine(store.grants, grant);
      const issued = next(newest);
      if (issued.record === newest) return issued;
      try {
        await store.grants.replace(issued.record, newest.grantId, now().toISOString());
        this.#end([newest.grantId]);
        return issued;
      } catch (error) {
        if (!isPlatformError(error) || error.reason !== "STORE_CONFLICT" || tries === MAX_TRIES) throw error;
      }
    }
  }

  #count(held: HeldGrant, caveats: readonly Caveat[], { path, bytes = 0 }: GrantOperation): void {
    const countsFiles = caveats.some(({ kind }) => kind === "max_files");
    if (!countsFiles && !caveats.some(({ kind }) => kind === "max_bytes")) return;
    this.#usage.add(held.orgId, held.runId, { bytes, ...(countsFiles ? { path } : {}) });
  }

  #end(grantIds: readonly string[]): void {
    for (const grantId of grantIds) this.#records.forget(grantId);
  }

  async #refuse(peer: GrantHolder, why: string): Promise<never> {
    await this.#denials.note(peer, why);
    throw grantInvalid(why);
  }
}
