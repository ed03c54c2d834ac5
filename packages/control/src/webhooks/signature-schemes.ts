import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { PlatformError } from "@berth/protocol";
import type { WebhookKind } from "@berth/store";
import type { RawDelivery } from "./webhooks.ts";

/** Everything in a delivery is attacker-controlled until `verify` has returned. */
interface SignatureScheme {
  /** A fresh secret in the form the sender expects. */
  readonly create: (randomBytes: (length: number) => Uint8Array) => string;
  /** What is wrong with a secret somebody brings along; undefined when nothing is. */
  readonly objection: (secret: string) => string | undefined;
  /** @throws UNAUTHENTICATED */
  readonly verify: (secret: string, delivery: RawDelivery, now: Date) => SignedDelivery;
}

interface SignedDelivery {
  readonly deliveryId: string;
  readonly event?: string;
}

/** How far the sender's clock may be off, and how long a captured delivery is of use (standardwebhooks.com). */
const TOLERANCE_MS = 5 * 60_000;
const STANDARD_PREFIX = "whsec_";
/** One sender rotating secrets signs with two; more than this is somebody trying. */
const MAX_SIGNATURES = 8;

export const SIGNATURE_SCHEMES: Readonly<Record<WebhookKind, SignatureScheme>> = {
  /** Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, so id and time cannot be changed either. */
  standard: {
    create: (randomBytes) => `${STANDARD_PREFIX}${Buffer.from(randomBytes(32)).toString("base64")}`,
    objection: (secret) =>
      /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(secret) && isBetween(standardKey(secret).length, 24, 64)
        ? undefined
        : "must be whsec_ and 24 to 64 bytes in base64",
    verify(secret, { header, body }, now) {
      const id = identifier(header("webhook-id"), "webhook-id");
      const timestamp = header("webhook-timestamp") ?? "";
      if (!/^\d{1,12}$/.test(timestamp)) throw refused("The header webhook-timestamp is missing or no Unix time.");
      const expected = createHmac("sha256", standardKey(secret)).update(`${id}.${timestamp}.`).update(body).digest();
      const given = (header("webhook-signature") ?? "").split(" ").slice(0, MAX_SIGNATURES);
      const holds = given.some((each) => each.startsWith("v1,") && same(expected, each.slice(3), "base64"));
      if (!holds) throw refused("The header webhook-signature does not hold.");
      if (Math.abs(now.getTime() - Number(timestamp) * 1_000) > TOLERANCE_MS) {
        throw refused("The header webhook-timestamp is more than five minutes off.");
      }
      return { deliveryId: id };
    },
  },
  /** GitHub signs the body alone; a delivery sent again keeps its id. */
  github: {
    create: hexSecret,
    objection: textObjection,
    verify(secret, { header, body }) {
      assertHmac(secret, body, header("x-hub-signature-256"), "X-Hub-Signature-256");
      const event = header("x-github-event");
      return {
        deliveryId: identifier(header("x-github-delivery"), "X-GitHub-Delivery"),
        ...(event === undefined ? {} : { event: event.slice(0, 100) }),
      };
    },
  },
  /** No agreed header says which delivery it is: the same body is the same delivery. */
  hmac: {
    create: hexSecret,
    objection: textObjection,
    verify(secret, { header, body }) {
      assertHmac(secret, body, header("x-signature-256"), "X-Signature-256");
      return { deliveryId: createHash("sha256").update(body).digest("hex") };
    },
  },
};

function standardKey(secret: string): Buffer {
  return Buffer.from(secret.slice(STANDARD_PREFIX.length), "base64");
}

function hexSecret(randomBytes: (length: number) => Uint8Array): string {
  return Buffer.from(randomBytes(32)).toString("hex");
}

function textObjection(secret: string): string | undefined {
  return /^[\x21-\x7e]{16,256}$/.test(secret) ? undefined : "must be 16 to 256 printable ASCII characters";
}

function assertHmac(secret: string, body: Uint8Array, given: string | undefined, name: string): void {
  const expected = createHmac("sha256", secret).update(body).digest();
  if (!same(expected, (given ?? "").replace(/^sha256=/, ""), "hex")) throw refused(`The header ${name} does not hold.`);
}

/** Takes the same time wherever they differ. */
function same(expected: Buffer, given: string, encoding: "hex" | "base64"): boolean {
  const bytes = Buffer.from(given, encoding);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

function identifier(value: string | undefined, name: string): string {
  if (value !== undefined && /^[\x21-\x7e]{1,128}$/.test(value)) return value;
  throw refused(`The header ${name} is missing or not 1 to 128 printable characters.`);
}

function isBetween(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

function refused(message: string): PlatformError {
  return new PlatformError("UNAUTHENTICATED", message, {
    hint: "The sender must sign with the secret that was shown when the webhook was made.",
  });
}
