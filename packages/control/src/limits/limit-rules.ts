import { LIMIT_SUBJECTS } from "@berth/store";
import type { LimitRule, LimitSubject } from "@berth/store";
import { invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";

const MAX_RULES = 500;
const MAX_RATE = 10_000_000;
const MAX_AMOUNT = 1_000_000_000_000;

type Numbers = Omit<LimitRule, "subject" | "id">;

const BOUNDS: Readonly<Record<keyof Numbers, number>> = {
  callsPerMinute: MAX_RATE,
  readsPerMinute: MAX_RATE,
  writesPerMinute: MAX_RATE,
  concurrentCalls: 1_000_000,
  maxCalls: MAX_AMOUNT,
  maxTokens: MAX_AMOUNT,
  maxCostMicros: MAX_AMOUNT * 1_000,
};

/** What each kind of subject can be limited in. An agent is called; it reads and writes nothing at the door. */
const FITTING: Readonly<Record<LimitSubject, readonly (keyof Numbers)[]>> = {
  organization: [
    "callsPerMinute",
    "readsPerMinute",
    "writesPerMinute",
    "concurrentCalls",
    "maxCalls",
    "maxTokens",
    "maxCostMicros",
  ],
  principal: [
    "callsPerMinute",
    "readsPerMinute",
    "writesPerMinute",
    "concurrentCalls",
    "maxCalls",
    "maxTokens",
    "maxCostMicros",
  ],
  agent: ["callsPerMinute", "concurrentCalls", "maxCalls", "maxTokens", "maxCostMicros"],
  task: ["maxCalls", "maxTokens", "maxCostMicros"],
};

/** @throws INVALID_PARAMS with everything that does not fit */
export function assertRules(rules: readonly LimitRule[]): void {
  const violations: FieldViolation[] = [];
  if (rules.length > MAX_RULES) violations.push({ field: "rules", description: `must be at most ${MAX_RULES}` });
  const seen = new Set<string>();
  for (const [index, rule] of rules.entries()) {
    const { subject, id, ...numbers } = rule;
    const at = `rules[${index}]`;
    const named = JSON.stringify([subject, id ?? null]);
    if (!LIMIT_SUBJECTS.includes(subject)) {
      violations.push({ field: `${at}.subject`, description: `must be one of ${LIMIT_SUBJECTS.join(", ")}` });
      continue;
    }
    if (seen.has(named)) violations.push({ field: at, description: "there is a rule for this already" });
    seen.add(named);
    if (id !== undefined && (subject === "organization" || subject === "task")) {
      violations.push({ field: `${at}.id`, description: `a rule for the ${subject} has none` });
    }
    for (const [name, value] of Object.entries(numbers)) {
      // The rest of a rule is its numbers.
      const key = name as keyof Numbers;
      if (!FITTING[subject].includes(key)) {
        violations.push({ field: `${at}.${name}`, description: `does not limit a ${subject}` });
      } else if (!Number.isInteger(value) || value < (isRate(key) ? 1 : 0) || value > BOUNDS[key]) {
        violations.push({ field: `${at}.${name}`, description: `must be a whole number up to ${BOUNDS[key]}` });
      }
    }
  }
  if (violations.length > 0) throw invalidParams(violations);
}

function isRate(key: keyof Numbers): boolean {
  return key.endsWith("PerMinute") || key === "concurrentCalls";
}

/** What holds for one of a kind: its own rule's numbers, and the kind's where its own says nothing. */
export function ruleFor(rules: readonly LimitRule[], subject: LimitSubject, id?: string): Numbers {
  let own: Numbers = {};
  let kind: Numbers = {};
  for (const rule of rules) {
    if (rule.subject !== subject) continue;
    if (rule.id === undefined) kind = rule;
    else if (rule.id === id) own = rule;
  }
  return { ...kind, ...own };
}
