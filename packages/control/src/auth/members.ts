import { ROLES } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { MembershipRecord, Store, UserRecord } from "@berth/store";
import { RecentReads } from "../recent-reads.ts";

export interface Member {
  readonly membership: MembershipRecord;
  readonly user: UserRecord;
}

/** Who is what in which organization, asked at every request of a person: a change elsewhere is seen within a second. */
export class Members {
  readonly #store: Pick<Store, "identity">;
  readonly #known: RecentReads<Member | undefined>;

  constructor({ store, now }: { readonly store: Pick<Store, "identity">; readonly now: () => Date }) {
    this.#store = store;
    this.#known = new RecentReads(now);
  }

  /** Undefined for who is no member, or disabled. */
  async active(orgId: string, userId: string): Promise<Member | undefined> {
    const member = await this.#known.read(`${orgId} ${userId}`, async () => await this.#load(orgId, userId));
    return member?.membership.disabledAt === undefined ? member : undefined;
  }

  forget(orgId: string, userId: string): void {
    this.#known.forget(`${orgId} ${userId}`);
  }

  async #load(orgId: string, userId: string): Promise<Member | undefined> {
    const { identity } = this.#store;
    const [membership, user] = await Promise.all([identity.membership(orgId, userId), identity.user(userId)]);
    return membership === undefined || user === undefined ? undefined : { membership, user };
  }
}

export function toUserPrincipal({ membership, user }: Member): Principal {
  return {
    kind: "user",
    id: user.userId,
    orgId: membership.orgId,
    scopes: ROLES[membership.role],
    name: user.name,
    authn: { scheme: "session" },
  };
}
