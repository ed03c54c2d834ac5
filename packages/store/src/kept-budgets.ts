import type { LimitRule, SpendingKey } from "./budget-store.ts";
import { requireStorableText } from "./storable-text.ts";

/** The one spelling of a key; refuses what no driver can keep. */
export function spendingKeyText({ orgId, month, subject, id }: SpendingKey): string {
  requireStorableText({ orgId, month, id });
  return JSON.stringify([orgId, month, subject, id]);
}

/** No tie to the caller's objects. */
export function plainRules(rules: readonly LimitRule[]): readonly LimitRule[] {
  // Rules are plain JSON data, so what is parsed has the type of what was written.
  return JSON.parse(JSON.stringify(rules)) as readonly LimitRule[];
}
