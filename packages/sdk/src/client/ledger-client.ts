import type { AnchorInfo, LedgerKeyInfo, LedgerKeyRotation, WitnessInfo, WitnessedLogInfo } from "./audit-types.ts";
import type { CallOptions } from "./call-options.ts";
import type { HttpRequest } from "./http.ts";
import type { LedgerCheckInfo } from "./platform-types.ts";

/** The log, its keys and its witnesses. */
export interface LedgerClient {
  check(options?: CallOptions): Promise<LedgerCheckInfo>;
  /** The newest signed note. */
  checkpoint(options?: CallOptions): Promise<string>;
  /** The newest hundred. */
  anchors(options?: CallOptions): Promise<readonly AnchorInfo[]>;
  /** JSON text. */
  keys(options?: CallOptions): Promise<string>;
  /** RFC 6962 proof that the log of `from` entries is the beginning of the one of `to`; hashes in base64. */
  consistency(from: number, to: number, options?: CallOptions): Promise<readonly string[]>;
  /** What the log says about the keys that sign receipts. */
  signingKeys(options?: CallOptions): Promise<readonly LedgerKeyInfo[]>;
  /** Returns the new key's id. */
  rotateKey(key: LedgerKeyRotation, options?: CallOptions): Promise<string>;
  revokeKey(keyId: string, options?: CallOptions): Promise<void>;
  /** Logs that the platform cosigns, and its key as a witness. */
  witnessedLogs(options?: CallOptions): Promise<{ readonly vkey: string; readonly logs: readonly WitnessedLogInfo[] }>;
  witnessLog(vkey: string, options?: CallOptions): Promise<WitnessedLogInfo>;
  unwitnessLog(origin: string, options?: CallOptions): Promise<void>;
  /** Witnesses that cosign the platform's own log. */
  witnesses(
    options?: CallOptions,
  ): Promise<{ readonly witnesses: readonly WitnessInfo[]; readonly witnessedSize: number }>;
  addWitness(witness: WitnessInfo, options?: CallOptions): Promise<void>;
  removeWitness(vkey: string, options?: CallOptions): Promise<void>;
}

type Request = <T>(call: HttpRequest, callOptions?: CallOptions) => Promise<T>;
type Text = (path: string, callOptions?: CallOptions) => Promise<string>;

export function createLedgerClient(request: Request, text: Text): LedgerClient {
  const get = <T>(path: string, callOptions?: CallOptions, query: HttpRequest["query"] = {}): Promise<T> =>
    request<T>({ method: "GET", path, query }, callOptions);
  return {
    check: (callOptions) => get("v1/ledger/check", callOptions),
    checkpoint: (callOptions) => text("ledger/checkpoint", callOptions),
    keys: (callOptions) => text("ledger/keys", callOptions),
    async anchors(callOptions) {
      return (await get<{ readonly anchors: readonly AnchorInfo[] }>("ledger/anchors", callOptions)).anchors;
    },
    async signingKeys(callOptions) {
      return (await get<{ readonly keys: readonly LedgerKeyInfo[] }>("v1/ledger/keys", callOptions)).keys;
    },
    async rotateKey(key, callOptions) {
      const call = { method: "POST", path: "v1/ledger/keys/rotate", json: key } as const;
      return (await request<{ readonly keyId: string }>(call, callOptions)).keyId;
    },
    async revokeKey(keyId, callOptions) {
      await request({ method: "POST", path: "v1/ledger/keys/revoke", json: { keyId } }, callOptions);
    },
    witnessedLogs: (callOptions) => get("v1/ledger/witness/logs", callOptions),
    witnessLog: (vkey, callOptions) =>
      request({ method: "POST", path: "v1/ledger/witness/logs", json: { vkey } }, callOptions),
    unwitnessLog: (origin, callOptions) =>
      request({ method: "POST", path: "v1/ledger/witness/logs/remove", json: { origin } }, callOptions),
    witnesses: (callOptions) => get("v1/ledger/witnesses", callOptions),
    async addWitness(witness, callOptions) {
      await request({ method: "POST", path: "v1/ledger/witnesses", json: witness }, callOptions);
    },
    removeWitness: (vkey, callOptions) =>
      request({ method: "POST", path: "v1/ledger/witnesses/remove", json: { vkey } }, callOptions),
    async consistency(from, to, callOptions) {
      return (await get<{ readonly proof: readonly string[] }>("ledger/consistency", callOptions, { from, to })).proof;
    },
  };
}
