import { describe, expect, test } from "vitest";
import { explainFailure } from "./explain-failure.ts";
import { parseGitAccess, sshCommand } from "./git-access.ts";
import { gitEnvironment } from "./git-environment.ts";

const KEY = `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n-----END OPENSSH PRIVATE KEY-----`;
const HOSTS = "forge.example ssh-ed25519 AAAAC3Nz";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("a credential", () => {
  test("for https is a token or a user with a password", () => {
    expect(parseGitAccess("ghp_abc", { scheme: "https" })).toEqual({
      kind: "header",
      value: `Authorization: Basic ${base64("x-access-token:ghp_abc")}`,
    });
    expect(parseGitAccess("me:pass:word", { scheme: "https" })).toEqual({
      kind: "header",
      value: `Authorization: Basic ${base64("me:pass:word")}`,
    });
  });

  test("for ssh is a key with the hosts it is for, which may be in base64", () => {
    const wanted = { kind: "key", key: `${KEY}\n`, knownHosts: `${HOSTS}\n` };
    expect(parseGitAccess(`${KEY}\n${HOSTS}\n`, { scheme: "ssh" })).toEqual(wanted);
    expect(parseGitAccess(base64(`${KEY}\n${HOSTS}\n`), { scheme: "ssh" })).toEqual(wanted);
  });

  test.each([
    ["a key for https", `${KEY}\n${HOSTS}`, "https"],
    ["a token for ssh", "ghp_abc", "ssh"],
    ["a key that would trust anybody", KEY, "ssh"],
    ["a header within a header", "token\r\nHost: evil", "https"],
    ["nothing", "", "https"],
  ] as const)("is not %s", (_what, secret, scheme) => {
    expect(() => parseGitAccess(secret, { scheme })).toThrow(expect.objectContaining({ reason: "SOURCE_FAILED" }));
  });
});

describe("what git is started with", () => {
  test("has no setting of this machine and no protocol but the one that is meant", () => {
    const env = gitEnvironment(
      { "transfer.hideRefs": ["refs/", "!refs/heads/"] },
      { protocols: ["https"], home: "/x" },
    );
    const settings = Array.from({ length: Number(env["GIT_CONFIG_COUNT"]) }, (_, index) => [
      env[`GIT_CONFIG_KEY_${index}`],
      env[`GIT_CONFIG_VALUE_${index}`],
    ]);
    expect(settings).toEqual(
      expect.arrayContaining([
        ["protocol.allow", "never"],
        ["protocol.https.allow", "always"],
        ["core.hooksPath", "/dev/null"],
        ["http.followRedirects", "false"],
        ["transfer.hideRefs", "refs/"],
        ["transfer.hideRefs", "!refs/heads/"],
      ]),
    );
    expect(env).toMatchObject({
      GIT_ALLOW_PROTOCOL: "https",
      GIT_TERMINAL_PROMPT: "0",
      GIT_CONFIG_GLOBAL: "/dev/null",
    });
    expect(gitEnvironment({}, { protocols: [], home: "/x" })["GIT_ALLOW_PROTOCOL"]).toBe("none");
  });

  test("opens ssh with one key and one list of hosts", () => {
    const command = sshCommand("/files", "/node /way-out.mjs --pipe /way-out.sock");
    expect(command).toMatch(/^ssh -F \/dev\/null /);
    for (const option of [
      "StrictHostKeyChecking=yes",
      "UserKnownHostsFile=/files/known_hosts",
      "BatchMode=yes",
      "ForwardAgent=no",
    ]) {
      expect(command).toContain(`-o '${option}'`);
    }
  });
});

describe("a failure says what to do", () => {
  const about = { url: "https://forge.example/a", ref: "main", tooLarge: false, hasCredential: false };
  test.each([
    ["fatal: repository 'https://x/' not found", "There is no repository"],
    ["fatal: could not read Username for 'https://x': terminal prompts disabled", "asks for a credential"],
    ["fatal: unable to access 'x': The requested URL returned error: 403", "asks for a credential"],
    ["fatal: couldn't find remote ref refs/heads/main", "has no main"],
    ["fatal: remote error: upload-pack: not our ref 1234", "has no main"],
    [
      "No ED25519 host key is known for x and you have requested strict checking.\nHost key verification failed.",
      "The host key",
    ],
    ["fatal: unable to update url base from redirection", "sends elsewhere"],
    ["error: object 12: hasDotgit: contains '.git'\nfatal: fsck error in packed object", "damaged or dangerous"],
    ["fatal: unable to access 'x': Can't complete SOCKS5 connection", "cannot be reached"],
    ["fatal: something new\u001b[31m", "failed: fatal: something new?[31m"],
    ["", "failed without a word"],
  ])("%j", (said, message) => {
    expect(explainFailure({ ...about, said }).message).toContain(message);
  });

  test("also when there was too much, or the credential was not taken", () => {
    expect(explainFailure({ ...about, said: "fatal: early EOF", tooLarge: true }).message).toContain("sent more");
    const refused = explainFailure({ ...about, said: "fatal: Authentication failed", hasCredential: true });
    expect(refused.message).toContain("does not take the credential");
  });
});
