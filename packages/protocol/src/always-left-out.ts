/**
 * Names that never leave the author's machine, whatever the ignore files say: what the platform makes itself, version
 * control, and files whose usual content is a secret. A `!` rule cannot bring them back.
 */
const FOLDERS: ReadonlySet<string> = new Set([
  "node_modules",
  ".git",
  ".hg",
  ".svn",
  ".berth",
  ".ssh",
  ".aws",
  ".gnupg",
]);

const FILES: ReadonlySet<string> = new Set([".git", ".npmrc", ".netrc", ".yarnrc", ".pypirc", ".DS_Store"]);

const PRIVATE_KEYS = /^id_(rsa|dsa|ecdsa|ed25519)(_sk)?$|\.(pem|p12|pfx|ppk)$|(^|[-_.])(private|priv)[-_.]?key(\.|$)/;

export function isAlwaysLeftOut(name: string, kind: "file" | "folder"): boolean {
  const lower = name.toLowerCase();
  if (lower === ".env" || lower.startsWith(".env.")) return true;
  if (kind === "folder") return FOLDERS.has(lower);
  return FILES.has(name) || PRIVATE_KEYS.test(lower);
}
