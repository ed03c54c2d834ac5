import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { JsonObject, Principal } from "@berth/protocol";
import { isJsonObject } from "./json.ts";

/** What a seal is for: one does not open as another. */
export type SealPurpose = "task" | "session" | "request state" | "question" | "sign in";

const IV_BYTES = 12;
const TAG_BYTES = 16;
const MAX_CHARACTERS = 4_096;

/**
 * State that clients carry for us: nobody else can read it, change it, or use it in another's name, and no node needs
 * to remember it (AES-256-GCM; purpose and principal are authenticated with it).
 */
export class Sealer {
  readonly #key: Uint8Array;

  /** The same secret on every node and after every restart, or what clients hold opens no more. */
  constructor(secret: Uint8Array) {
    this.#key = new Uint8Array(hkdfSync("sha256", secret, "", "berth mcp seal v1", 32));
  }

  seal(purpose: SealPurpose, principal: Principal, value: JsonObject): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, iv);
    cipher.setAAD(boundTo(purpose, principal));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(value), "utf8"), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url");
  }

  /** Undefined for everything that was not sealed here for this purpose and principal. */
  open(purpose: SealPurpose, principal: Principal, text: string): JsonObject | undefined {
    // A decoder that skips foreign characters would let a seal be written in many ways.
    if (text.length > MAX_CHARACTERS || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
    const bytes = Buffer.from(text, "base64url");
    if (bytes.length <= IV_BYTES + TAG_BYTES || bytes.toString("base64url") !== text) return undefined;
    const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(0, IV_BYTES));
    decipher.setAAD(boundTo(purpose, principal));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    try {
      const opened = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
      const value: unknown = JSON.parse(opened.toString("utf8"));
      return isJsonObject(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }
}

function boundTo(purpose: SealPurpose, { orgId, kind, id }: Principal): Buffer {
  return Buffer.from(JSON.stringify([purpose, orgId, kind, id]), "utf8");
}
