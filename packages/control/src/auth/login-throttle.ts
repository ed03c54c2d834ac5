import { rateLimited } from "../limits/limit-errors.ts";
import { RateGate } from "../limits/rate-gate.ts";
import type { Rate } from "../limits/rate-gate.ts";
import { networkOf } from "./networks.ts";

const PER_EMAIL: Rate = { burst: 10, intervalMs: 60_000 };
const PER_ADDRESS: Rate = { burst: 30, intervalMs: 10_000 };

/**
 * How often somebody may try a password: by the email they try and by the network they come from. An attempt counts
 * before its password is looked at, so that many at once are no way around it.
 */
export class LoginThrottle {
  readonly #emails: RateGate;
  readonly #addresses: RateGate;

  constructor(now: () => number) {
    this.#emails = new RateGate(now);
    this.#addresses = new RateGate(now);
  }

  /** The same for emails that exist and others. @throws RATE_LIMITED */
  attempt(email: string, remoteAddress: string | undefined): void {
    pass(this.#addresses, networkOf(remoteAddress), PER_ADDRESS);
    pass(this.#emails, email, PER_EMAIL);
  }

  /** The password was right: earlier mistakes of this email are forgiven, those of the address are not. */
  succeeded(email: string): void {
    this.#emails.forget(email);
  }
}

function pass(gate: RateGate, key: string, rate: Rate): void {
  const reading = gate.look(key, rate);
  if (!reading.allowed) throw rateLimited("passwords", reading);
  gate.take(key, rate);
}
