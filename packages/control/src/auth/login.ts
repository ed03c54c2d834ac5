import { invalidParams } from "@berth/protocol";

/** NIST SP 800-63B: length is what counts; no rules about characters. */
const MIN_PASSWORD = 12;
const MAX_PASSWORD = 256;
const MAX_EMAIL = 254;
/** Something, an at, a domain. Whether mail arrives is not ours to know. */
const EMAIL = /^[^\s@<>"',;:\\]{1,64}@[a-z0-9.-]{1,189}$/;

/** One spelling for one person. */
export function normalizeEmail(text: string): string {
  return text.trim().normalize("NFC").toLowerCase();
}

/** Normalized. @throws INVALID_PARAMS */
export function parseEmail(text: string): string {
  const email = normalizeEmail(text);
  if (email.length <= MAX_EMAIL && EMAIL.test(email) && !/\p{C}/u.test(email)) return email;
  throw invalidParams([{ field: "email", description: "must be an email address such as ada@example.com" }]);
}

/** @throws INVALID_PARAMS */
export function assertPassword(password: string): void {
  const { length } = password;
  if (length >= MIN_PASSWORD && length <= MAX_PASSWORD && password.isWellFormed()) return;
  throw invalidParams([{ field: "password", description: `must be ${MIN_PASSWORD} to ${MAX_PASSWORD} characters` }]);
}

/** A name that people read. @throws INVALID_PARAMS */
export function parseDisplayName(field: string, text: string): string {
  const name = text.trim().normalize("NFC");
  if (/^[^\p{C}]{1,100}$/u.test(name)) return name;
  throw invalidParams([{ field, description: "must be 1 to 100 printable characters" }]);
}
