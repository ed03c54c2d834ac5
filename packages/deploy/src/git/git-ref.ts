import { invalidParams } from "@berth/protocol";

/** What of a repository is wanted. */
export type GitRef =
  | { readonly kind: "commit"; readonly id: string }
  /** `refs/…`, whole. */
  | { readonly kind: "full"; readonly name: string }
  /** A branch or a tag; a branch goes first. */
  | { readonly kind: "name"; readonly name: string };

const MAX_LENGTH = 250;

/** @throws INVALID_PARAMS */
export function parseGitRef(text: string): GitRef {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return { kind: "commit", id: text };
  if (!isRefName(text)) {
    throw invalidParams([{ field: "ref", description: "must be a branch, a tag, or a whole commit id" }]);
  }
  return text.startsWith("refs/") ? { kind: "full", name: text } : { kind: "name", name: text };
}

/** git-check-ref-format(1), and nothing that could be taken for an option. */
export function isRefName(text: string): boolean {
  if (text === "" || text.length > MAX_LENGTH || text === "@" || /^[-/]|[/.]$/.test(text)) return false;
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\//.test(text) || /[^\P{C}\p{Cf}]|\p{Z}/u.test(text)) return false;
  return text.split("/").every((part) => !part.startsWith(".") && !part.endsWith(".lock"));
}

/** Looks like the beginning of a commit id: no server can be asked for one. */
export function isShortId(name: string): boolean {
  return /^[0-9a-f]{4,39}$/.test(name);
}
