import { parseAddendum, parseEnvelope, parseStrictJson, payloadOf, RUN_REVIEW_TYPE } from "@berth/ledger";
import { PlatformError, invalidParams } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { AddendumRecord, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { digestOf } from "../receipts/node-sha256.ts";
import type { Receipts } from "../receipts/receipts.ts";
import { idsOf } from "../services/run-registry.ts";
import type { NewReview, Review, Reviews, SealedReview } from "./reviews.ts";

export interface ReviewsOptions {
  readonly store: Pick<Store, "tasks" | "apiKeys" | "audit">;
  readonly receipts: Pick<Receipts, "find" | "addenda" | "addAddendum">;
  readonly now: () => Date;
}

const MAX_NOTES = 2_000;
/** A bundle carries all of them, and verifiers stop at ten thousand. */
const MAX_ADDENDA = 1_000;

export function createReviews({ store, receipts, now }: ReviewsOptions): Reviews {
  return {
    async add(principal, receiptId, { verdict, notes }): Promise<Review> {
      authorize(principal, "review.write");
      assertNotes(notes);
      const { orgId, id: approver } = principal;
      const { taskId } = await receipts.find(principal, receiptId);
      const objection = await objectionTo(principal, taskId);
      if (objection !== undefined) throw new PlatformError("PERMISSION_DENIED", objection);
      if ((await receipts.addenda(orgId, receiptId)).length >= MAX_ADDENDA) {
        throw new PlatformError(
          "QUOTA_EXCEEDED",
          `This receipt has ${MAX_ADDENDA} addenda; there is no room for more.`,
        );
      }
      const claim = { approver, verdict, notes: digestOf(notes), ...authnOf(principal) };
      const reviewId = await audited(
        store.audit,
        {
          orgId,
          at: now().toISOString(),
          actor: approver,
          action: "review.write",
          resource: receiptId,
          outcome: "ok",
          detail: { verdict, notes },
        },
        async () => await receipts.addAddendum(orgId, receiptId, "review", claim),
      );
      return { reviewId, receiptId, taskId, approver, verdict, notes: claim.notes };
    },

    async list(principal, receiptId): Promise<readonly SealedReview[]> {
      await receipts.find(principal, receiptId);
      return (await receipts.addenda(principal.orgId, receiptId)).flatMap(toReview);
    },
  };

  /** Why this principal may not sign the run off. Two keys of one person are that person. */
  async function objectionTo(principal: Principal, taskId: string): Promise<string | undefined> {
    if (principal.kind !== "user" && principal.kind !== "api_key")
      return "A review is signed by a person or their key.";
    if (principal.actors !== undefined) return "An agent may not sign off for the person it acts for.";
    const task = await store.tasks.find(principal.orgId, taskId);
    if (task === undefined) throw new PlatformError("TASK_NOT_FOUND", `There is no task ${taskId}.`);
    const maker = (await store.apiKeys.find(task.principalId))?.createdBy;
    const callers = new Set([task.principalId, ...(maker === undefined ? [] : [maker])]);
    if (idsOf(principal).some((id) => callers.has(id))) return "Whoever made the call may not sign it off.";
    return undefined;
  }
}

/** @throws INVALID_PARAMS */
function assertNotes(notes: NewReview["notes"]): void {
  const fits = notes.trim() !== "" && notes.length <= MAX_NOTES;
  if (fits && notes.isWellFormed() && !notes.includes("\u0000")) return;
  const description = `must be a text of 1 to ${MAX_NOTES} characters without NUL`;
  throw invalidParams([{ field: "notes", description }]);
}

function authnOf({ authn }: Principal): Pick<SealedReview, "authn"> {
  if (authn === undefined) return {};
  const { scheme, issuer, clientId } = authn;
  return {
    authn: {
      scheme,
      ...(issuer === undefined ? {} : { iss: issuer.toWellFormed() }),
      ...(clientId === undefined ? {} : { client_id: clientId.toWellFormed() }),
    },
  };
}

function toReview({ kind, addendumId, receiptId, taskId, leafIndex, envelope }: AddendumRecord): SealedReview[] {
  if (kind !== "review") return [];
  const statement = parseAddendum(payloadOf(parseEnvelope(parseStrictJson(envelope))));
  if (statement.predicateType !== RUN_REVIEW_TYPE) return [];
  const { approver, verdict, notes, authn, at } = statement.predicate;
  const said = { approver, verdict, notes, at, ...(authn === undefined ? {} : { authn }) };
  return [{ reviewId: addendumId, receiptId, taskId, ...said, leafIndex }];
}
