import { RUN_EVAL_TYPE, RUN_REVIEW_TYPE } from "@berth/ledger";
import type { AddendumStatement } from "@berth/ledger";
import { printable } from "./printable.ts";

/** One line of what was said of a run afterwards. */
export function describeAddendum(statement: AddendumStatement, index: number): string {
  const where = `${statement.predicate.at}, leaf ${index}`;
  return printable(`${claimOf(statement)}, ${where}`);
}

function claimOf(statement: AddendumStatement): string {
  if (statement.predicateType === RUN_EVAL_TYPE) {
    const { suite, score, passed, failures } = statement.predicate;
    return `${suite}: ${score}, ${passed ? "passed" : `${failures.length} failed`}`;
  }
  if (statement.predicateType === RUN_REVIEW_TYPE) {
    return `${statement.predicate.verdict} by ${statement.predicate.approver}`;
  }
  return `${statement.predicate.amount} ${statement.predicate.currency} by ${statement.predicate.by}`;
}
