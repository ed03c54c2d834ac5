import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { GitUrl } from "./git-url.ts";

/** What opens a private repository. */
export type GitAccess =
  | { readonly kind: "header"; readonly value: string }
  | { readonly kind: "key"; readonly key: string; readonly knownHosts: string };

/** What forges take as the user name of a token. */
const TOKEN_USER = "x-access-token";
const KEY = /^\s*(-----BEGIN ([A-Z ]*PRIVATE KEY)-----\r?\n[\w+/=\s]+-----END \2-----)([\s\S]*)$/;

/**
 * Reads a secret's value: for https a token or `user:password`; for ssh a private key and, after it, the lines of
 * known_hosts that the server's key must be on, all in base64, for a secret has one line.
 * @throws SOURCE_FAILED
 */
export function parseGitAccess(secret: string, { scheme }: Pick<GitUrl, "scheme">): GitAccess {
  const key = KEY.exec(secret) ?? KEY.exec(Buffer.from(secret, "base64").toString("latin1"));
  if (scheme !== "ssh") {
    if (key !== null) throw unusable("is an ssh key, and the repository's URL is not ssh.");
    const text = secret.trim();
    if (!/^[\x20-\x7e]{1,2000}$/.test(text)) throw unusable("is neither a token nor user:password.");
    const pair = text.includes(":") ? text : `${TOKEN_USER}:${text}`;
    return { kind: "header", value: `Authorization: Basic ${Buffer.from(pair).toString("base64")}` };
  }
  if (key === null) throw unusable("is no ssh private key.");
  const knownHosts = (key[3] ?? "").trim();
  if (knownHosts === "") throw unusable("holds no known_hosts after the key: the server could be anybody.");
  return { kind: "key", key: `${key[1] ?? ""}\n`, knownHosts: `${knownHosts}\n` };
}

/** Files for git, in a folder of one's own that only we read. Gives those texts that must never be shown. */
export async function writeGitFiles(folder: string, access: GitAccess | undefined): Promise<readonly string[]> {
  await mkdir(folder, { mode: 0o700 });
  const put = async (name: string, text: string): Promise<void> => {
    await writeFile(join(folder, name), text, { mode: 0o600, flag: "wx" });
  };
  // ssh asks who it runs as.
  await put("passwd", `root:x:0:0::/tmp:/bin/false\nbuild:x:1000:1000::/tmp:/bin/false\n`);
  await chmod(join(folder, "passwd"), 0o644);
  if (access === undefined) return [];
  if (access.kind === "header") {
    await put("settings", `[http]\n\textraHeader = "${access.value}"\n`);
    const encoded = access.value.split(" ").at(-1) ?? "";
    const [user = "", ...password] = Buffer.from(encoded, "base64").toString().split(":");
    return [encoded, password.join(":"), ...(user === TOKEN_USER ? [] : [`${user}:${password.join(":")}`])];
  }
  await put("key", access.key);
  await put("known_hosts", access.knownHosts);
  return [access.key];
}

/** The command that git opens ssh with: one key, one list of hosts, no settings of this machine, nothing forwarded. */
export function sshCommand(files: string, proxyCommand: string): string {
  const options = [
    `IdentityFile=${files}/key`,
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${files}/known_hosts`,
    "GlobalKnownHostsFile=/dev/null",
    "UpdateHostKeys=no",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "PermitLocalCommand=no",
    "ControlMaster=no",
    "ConnectTimeout=20",
    `ProxyCommand=${proxyCommand}`,
    "ProxyUseFdpass=no",
  ];
  return ["ssh", "-F", "/dev/null", ...options.flatMap((option) => ["-o", `'${option}'`])].join(" ");
}

function unusable(why: string): PlatformError {
  return new PlatformError("SOURCE_FAILED", `The secret that is named as credential ${why}`, {
    hint: "For https set it to a token or user:password; for ssh to `cat KEY KNOWN_HOSTS | base64 -w0`.",
  });
}
