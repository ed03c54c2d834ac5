import type { LedgerCheckName } from "@berth/ledger";

type StepState = "held" | "failed" | "skipped" | "unasked";

export interface VerifyStep {
  readonly check: LedgerCheckName;
  readonly title: string;
  /** What somebody knows once it holds. */
  readonly proves: string;
}

/** In the order of `verifyBundle`: what comes after the first that fails was not looked at. */
export const STEPS: readonly VerifyStep[] = [
  {
    check: "format",
    title: "The file is a receipt bundle",
    proves: "It is written in the one way a bundle can be written, so no two programs read it differently.",
  },
  {
    check: "envelope",
    title: "Two signatures over one statement",
    proves: "There is one signed text, and exactly two who signed it.",
  },
  {
    check: "payload",
    title: "The statement is a run receipt",
    proves: "Everything shown on this page was read from the signed bytes, and from nothing else.",
  },
  {
    check: "keys",
    title: "The keys are those it names",
    proves: "Agent and control plane signed with two different keys, and the agent’s is the one in the statement.",
  },
  {
    check: "signature.sa",
    title: "The agent’s service account signed",
    proves: "Nobody without the agent’s key made this statement (Ed25519).",
  },
  {
    check: "signature.cp",
    title: "The control plane signed",
    proves: "Nobody without the platform’s key made it, so the agent alone cannot have (Ed25519).",
  },
  {
    check: "events",
    title: "The events are those of the run",
    proves: "Not one was changed, left out, put in or moved: their Merkle root is the signed one.",
  },
  {
    check: "log.checkpoint",
    title: "The log signed its head",
    proves: "The size and root that all proofs lead to were published by the log.",
  },
  {
    check: "log.receipt",
    title: "The receipt stands in the log",
    proves: "Its leaf is under that root, at its number: it cannot be taken back without the log showing it.",
  },
  {
    check: "log.sa-key",
    title: "The agent’s key was announced before",
    proves: "The key stood in the log before it signed this; it was not made up afterwards.",
  },
  {
    check: "log.cp-key",
    title: "The control plane’s key was announced before",
    proves: "The same for the platform’s key, with every key it took over from.",
  },
  {
    check: "addenda",
    title: "What was said afterwards belongs to it",
    proves: "Each review, evaluation and refund is signed, in the log, and about this very receipt.",
  },
  {
    check: "trust.log",
    title: "The log is one this browser knows",
    proves: "The log’s key is the one this browser saw first. Without it a file can only agree with itself.",
  },
  {
    check: "trust.control-plane",
    title: "The control plane is one this browser knows",
    proves: "The signing key is one that this browser saw first, or one that it handed over to.",
  },
];

export interface Verdict {
  readonly held: readonly LedgerCheckName[];
  readonly failed?: { readonly check: LedgerCheckName; readonly message: string; readonly index?: number };
  /** Whether the trust steps were asked for. */
  readonly hasTrust: boolean;
}

export interface ShownStep extends VerifyStep {
  readonly state: StepState;
  readonly message?: string;
}

/** A step that fails hides what would have come after: that was not checked, and is not said to hold. */
export function shownSteps({ held, failed, hasTrust }: Verdict): readonly ShownStep[] {
  return STEPS.map((step) => {
    if (failed?.check === step.check) return { ...step, state: "failed" as const, message: failed.message };
    if (held.includes(step.check)) return { ...step, state: "held" as const };
    const isUnasked = step.check.startsWith("trust.") ? !hasTrust : step.check === "addenda" && failed === undefined;
    return { ...step, state: isUnasked ? ("unasked" as const) : ("skipped" as const) };
  });
}

/** Checks before the one that failed: `verifyBundle` does them in order and stops at the first that does not hold. */
export function heldBefore(check: LedgerCheckName): readonly LedgerCheckName[] {
  const at = STEPS.findIndex((step) => step.check === check);
  return STEPS.slice(0, Math.max(at, 0)).map((step) => step.check);
}
