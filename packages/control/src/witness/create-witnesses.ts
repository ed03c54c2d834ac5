import { LedgerError, formatWitnessKey, parseVerifierKey, parseWitnessKey, witnessKey } from "@berth/ledger";
import type { Signer } from "@berth/ledger";
import { DEFAULT_ORG_ID, PlatformError, invalidParams } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { OutboundHttp } from "@berth/runtime";
import { OutboundError } from "@berth/runtime";
import type { Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { addCheckpoint } from "./add-checkpoint.ts";
import { AskWitnesses } from "./ask-witnesses.ts";
import type { AskWitnessesOptions, CosignedCheckpoint } from "./ask-witnesses.ts";
import type { Witnesses } from "./witnesses.ts";

const MAX_PEERS = 16;
const MAX_LOGS = 1_000;

export interface WitnessesOptions {
  readonly store: Pick<Store, "witness" | "audit">;
  readonly signer: Signer;
  /** Such as `berth.example/witness`. */
  readonly name: string;
  readonly outbound: Pick<OutboundHttp, "assertUrl" | "request">;
  readonly ledger: AskWitnessesOptions["ledger"];
  readonly now: () => Date;
  readonly log?: ((line: string) => void) | undefined;
}

export interface RunningWitnesses extends Witnesses {
  /** There is a new checkpoint. Cheap, never throws. */
  notify(): void;
  /** The newest checkpoint that witnesses have signed, with their signatures. */
  cosigned(): CosignedCheckpoint | undefined;
  close(): Promise<void>;
}

export function createWitnesses(options: WitnessesOptions): RunningWitnesses {
  const { signer, name, ledger, now, log = () => undefined } = options;
  const store = options.store.witness;
  const key = witnessKey(name, signer.publicKey);
  const asking = new AskWitnesses({ store, outbound: options.outbound, ledger, log });
  const manage = (principal: Principal): void => authorize(principal, "ledger_key.manage", { orgId: DEFAULT_ORG_ID });
  const noted = async <T>(
    principal: Principal,
    action: string,
    resource: string,
    act: () => Promise<T>,
  ): Promise<T> => {
    const { orgId, id: actor } = principal;
    const entry = { orgId, at: now().toISOString(), actor, action, resource, outcome: "ok" } as const;
    return await audited(options.store.audit, entry, act);
  };
  return {
    vkey: formatWitnessKey(key),
    addCheckpoint: async (body) => await addCheckpoint(body, { store, key, signer, now }),
    async logs(principal) {
      manage(principal);
      return await store.logs();
    },
    async addLog(principal, vkey) {
      manage(principal);
      const { name: origin } = parsed("vkey", () => parseVerifierKey(vkey));
      if ((await store.logs()).length >= MAX_LOGS) throw tooMany("logs", MAX_LOGS);
      await noted(principal, "witness.add_log", origin, async () => await store.addLog({ origin, vkey }));
      return { origin, vkey, size: 0, root: "" };
    },
    async removeLog(principal, origin) {
      manage(principal);
      if ((await store.log(origin)) === undefined) throw absent();
      await noted(principal, "witness.remove_log", origin, async () => await store.removeLog(origin));
    },
    async peers(principal) {
      manage(principal);
      return await store.peers();
    },
    async addPeer(principal, { vkey, url }) {
      manage(principal);
      parsed("vkey", () => parseWitnessKey(vkey));
      try {
        await options.outbound.assertUrl(url);
      } catch (error) {
        if (!(error instanceof OutboundError)) throw error;
        throw invalidParams([{ field: "url", description: error.message }]);
      }
      if ((await store.peers()).length >= MAX_PEERS) throw tooMany("witnesses", MAX_PEERS);
      const peer = { vkey, url: url.replace(/\/$/, "") };
      await noted(principal, "witness.add", url, async () => await store.savePeer(peer));
      asking.notify();
    },
    async removePeer(principal, vkey) {
      manage(principal);
      if (!(await store.peers()).some((peer) => peer.vkey === vkey)) throw absent();
      await noted(principal, "witness.remove", vkey, async () => await store.removePeer(vkey));
    },
    async checkpoint() {
      const note = await ledger.checkpoint();
      return note === undefined ? undefined : asking.published(note);
    },
    witnessedSize: () => asking.witnessedSize,
    ask: async () => await asking.ask(),
    notify: () => asking.notify(),
    cosigned: () => asking.cosigned,
    close: async () => await asking.close(),
  };
}

function parsed<T>(field: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    throw invalidParams([{ field, description: error.message }]);
  }
}

function tooMany(what: string, most: number): PlatformError {
  return new PlatformError("QUOTA_EXCEEDED", `There are ${most} ${what}, which is the most.`);
}

function absent(): PlatformError {
  return new PlatformError("KEY_NOT_FOUND", "There is none of this name or key.");
}
