/**
 * What the platform itself gives to agents and callers: grants, API keys, and tokens in JWS compact form (RFC 7515 §7.1).
 * Each has a form of its own, so nobody has to know the value.
 */
const FORMS: readonly (readonly [name: string, form: RegExp])[] = [
  ["grant", /\bacg1_[\w-]{16,}/g],
  ["key", /\bberth_sk_[0-9A-Za-z]{10}_[0-9A-Za-z]{38}/g],
  ["token", /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}/g],
];
/** Every form has one of these; most lines have neither. */
const SIGN = /acg1_|berth_sk_|eyJ/;

/** The text without them: agents print whole messages, and whoever reads their lines must not act for them. */
export function withoutCredentials(text: string): string {
  if (!SIGN.test(text)) return text;
  return FORMS.reduce((rest, [name, form]) => rest.replaceAll(form, `[${name}]`), text);
}
