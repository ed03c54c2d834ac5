import { createHash, hash, timingSafeEqual } from "node:crypto";
import { isRefName, isSameRepository } from "@berth/deploy";
import { PlatformError } from "@berth/protocol";
import type { SourceKind } from "@berth/store";
import { SIGNATURE_SCHEMES } from "../webhooks/signature-schemes.ts";
import type { RawDelivery } from "../webhooks/webhooks.ts";

/** A delivery whose signature holds. */
export interface SignedPush {
  /** The same id is the same delivery. */
  readonly deliveryId: string;
  /** A delivery with one of these has been here. */
  readonly marks: readonly string[];
  /** As the forge calls it. */
  readonly event: string;
}

export interface PushEvent {
  /** Whole. */
  readonly ref: string;
  readonly commit: string;
}

const PUSH_EVENTS: Readonly<Record<SourceKind, string>> = { github: "push", gitlab: "Push Hook" };

/** How a forge shows that a delivery is its. Everything is attacker-controlled until this returns. @throws UNAUTHENTICATED */
export function verifyPush(kind: SourceKind, secret: string, delivery: RawDelivery, now: Date): SignedPush {
  if (kind === "github") {
    const { deliveryId, event = "" } = SIGNATURE_SCHEMES.github.verify(secret, delivery, now);
    // The id is not signed: the same bytes under another are the same delivery. GitHub's bodies say when they were made.
    return { deliveryId, event, marks: [`id:${deliveryId}`, `body:${hash("sha256", delivery.body)}`] };
  }
  const event = (delivery.header("x-gitlab-event") ?? "").slice(0, 100);
  const deliveryId = gitlabId(secret, delivery, now);
  return { deliveryId, event, marks: [`id:${deliveryId}`] };
}

/** GitLab signs as Standard Webhooks do where it has a signing token; else it shows the secret itself. */
function gitlabId(secret: string, delivery: RawDelivery, now: Date): string {
  const { header } = delivery;
  if (header("webhook-signature") !== undefined)
    return SIGNATURE_SCHEMES.standard.verify(secret, delivery, now).deliveryId;
  if (!isSame(header("x-gitlab-token") ?? "", secret)) {
    throw new PlatformError("UNAUTHENTICATED", "The header X-Gitlab-Token does not hold.", {
      hint: "Enter the secret that `a2a source connect` has shown as the webhook's secret token.",
    });
  }
  const id = header("idempotency-key") ?? header("x-gitlab-event-uuid") ?? "";
  if (/^[\x21-\x7e]{1,128}$/.test(id)) return id;
  throw new PlatformError("UNAUTHENTICATED", "The delivery has no Idempotency-Key and no X-Gitlab-Event-UUID.");
}

/** Takes the same time wherever they differ, and however long they are. */
function isSame(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

/** What was pushed, or why there is nothing to do. */
export function readPush(
  kind: SourceKind,
  { event, payload }: { readonly event: string; readonly payload: unknown },
  { url, branch }: { readonly url: string; readonly branch: string },
): PushEvent | { readonly ignored: string } {
  if (event !== PUSH_EVENTS[kind]) return { ignored: `not a push: ${event === "" ? "no event" : event}` };
  const body = membersOf(payload);
  const repository = membersOf(body.get(kind === "github" ? "repository" : "project"));
  const names = kind === "github" ? ["clone_url", "ssh_url", "html_url"] : ["git_http_url", "git_ssh_url", "web_url"];
  if (!names.some((name) => isRepository(repository.get(name), url))) return { ignored: "another repository" };
  const [ref, commit] = [body.get("ref"), body.get("after")];
  if (typeof ref !== "string" || !isRefName(ref)) return { ignored: "no ref" };
  if (ref !== `refs/heads/${branch}`) return { ignored: `another branch than ${branch}` };
  if (body.get("deleted") === true || (typeof commit === "string" && /^0+$/.test(commit))) {
    return { ignored: "the branch was deleted" };
  }
  if (typeof commit !== "string" || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return { ignored: "no commit" };
  return { ref, commit };
}

function isRepository(said: unknown, url: string): boolean {
  if (typeof said !== "string") return false;
  try {
    return isSameRepository(said, url);
  } catch {
    return false;
  }
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}
