import { decodeBase64Url, keyId, vouchForKey } from "@berth/ledger";
import type { Signer } from "@berth/ledger";
import { PlatformError } from "@berth/protocol";
import type { LedgerKeyRecord, Store } from "@berth/store";
import { formatQueuedKey } from "./ledger-items.ts";
import type { QueuedKey } from "./ledger-items.ts";
import type { LedgerLog } from "./ledger-log.ts";
import type { ReceiptKeys, RotatedKey } from "./receipt-keys.ts";

export interface KeyRotationOptions {
  readonly store: Pick<Store, "receipts">;
  readonly keys: ReceiptKeys;
  readonly ledger: LedgerLog;
  readonly now: () => Date;
  readonly agentIsOf: (orgId: string, agentId: string) => Promise<boolean>;
  /** Everything that is queued is in the log when it resolves. */
  readonly seal: () => Promise<void>;
  /** Receipts are to be signed by the keys of now. */
  readonly reload: () => void;
}

/**
 * A key takes over in three steps, each of which may be the last before a crash: the successor is made and kept; the
 * log says, in the old key's name, that it takes over; it takes over. After a restart the third is done when the
 * second was.
 */
export class KeyRotations {
  readonly #options: KeyRotationOptions;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: KeyRotationOptions) {
    this.#options = options;
  }

  /** What a crash left undone. */
  async finish(): Promise<void> {
    const { rotation } = this.#options.keys;
    for (const { of, signer } of (await rotation?.prepared()) ?? []) {
      if (this.#isAnnounced(of, signer)) await this.#takeOver(of);
    }
  }

  /** Returns the new key's id. The old one is gone; what it signed still verifies. */
  async rotate(orgId: string, of: RotatedKey): Promise<string> {
    return await this.#oneAtATime(async () => {
      const { keys, agentIsOf } = this.#options;
      const { rotation } = keys;
      if (of.role === "sa" && !(await agentIsOf(orgId, of.agentId))) {
        throw new PlatformError("AGENT_NOT_FOUND", "There is no agent with this id here.");
      }
      if (rotation === undefined)
        throw new PlatformError("UNSUPPORTED_OPERATION", "These keys cannot be rotated here.");
      const successor = await rotation.prepare(of);
      const id = keyId(of.role, successor.publicKey);
      if (!this.#isAnnounced(of, successor)) {
        const current = of.role === "cp" ? keys.controlPlane : await keys.serviceAccount(of.agentId);
        const key = this.#keyOf(of, successor.publicKey);
        const by = await vouchForKey("rotate", key, { role: of.role, signer: current });
        await this.#announce(orgId, id, { op: "rotate", key, by });
      }
      await this.#takeOver(of);
      return id;
    });
  }

  /** Says in the log that a key counts no more. @throws KEY_NOT_FOUND, STORE_CONFLICT for one that still signs. */
  async revoke(orgId: string, id: string): Promise<void> {
    await this.#oneAtATime(async () => {
      const { store, keys } = this.#options;
      const records = (await store.receipts.ledgerKeys()).filter((record) => record.keyId === id);
      const known = records.find(({ op }) => op !== "revoke");
      if (known === undefined || (known.role === "sa" && known.orgId !== orgId))
        throw new PlatformError("KEY_NOT_FOUND", "The log knows no key with this id.");
      if (records.some(({ op }) => op === "revoke"))
        throw new PlatformError("STORE_CONFLICT", "It is revoked already.");
      if (await this.#signs(known)) {
        throw new PlatformError("STORE_CONFLICT", "This key still signs.", { hint: "Rotate it first." });
      }
      const { role, agentId } = known;
      const publicKey = decodeBase64Url(known.publicKey);
      const key = {
        role,
        publicKey,
        origin: this.#options.ledger.origin,
        ...(agentId === undefined ? {} : { agentId }),
      };
      const by = await vouchForKey("revoke", key, { role: "cp", signer: keys.controlPlane });
      await this.#announce(orgId, id, { op: "revoke", key, by });
    });
  }

  async #signs({ role, agentId = "", publicKey }: LedgerKeyRecord): Promise<boolean> {
    const { keys } = this.#options;
    const current = role === "cp" ? keys.controlPlane : await keys.serviceAccount(agentId);
    return Buffer.from(decodeBase64Url(publicKey)).equals(current.publicKey);
  }

  async #announce(orgId: string, ref: string, change: QueuedKey): Promise<void> {
    const { store, now, seal } = this.#options;
    const payload = formatQueuedKey(change);
    await store.receipts.enqueue({ orgId, kind: "key", ref, payload, queuedAt: now().toISOString() });
    await seal();
  }

  async #takeOver(of: RotatedKey): Promise<void> {
    await this.#options.keys.rotation?.promote(of);
    this.#options.reload();
  }

  #isAnnounced({ role }: RotatedKey, { publicKey }: Signer): boolean {
    return this.#options.ledger.keyIndex(keyId(role, publicKey)) !== undefined;
  }

  #keyOf(of: RotatedKey, publicKey: Uint8Array): QueuedKey["key"] {
    const { origin } = this.#options.ledger;
    return { role: of.role, publicKey, origin, ...(of.role === "sa" ? { agentId: of.agentId } : {}) };
  }

  async #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#running.then(work);
    this.#running = result.catch(() => undefined);
    return await result;
  }
}
