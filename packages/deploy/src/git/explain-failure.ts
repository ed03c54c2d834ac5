import { PlatformError } from "@berth/protocol";

export interface FailedFetch {
  readonly url: string;
  readonly ref: string | undefined;
  /** What git said. */
  readonly said: string;
  readonly tooLarge: boolean;
  readonly hasCredential: boolean;
}

interface Explanation {
  readonly pattern: RegExp;
  readonly message: (failure: FailedFetch) => string;
  readonly hint?: string;
}

/** In the order in which they are looked for: the more certain first. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /host key verification failed|no .* host key is known/i,
    message: ({ url }) => `The host key of ${url} is not on the list that the credential holds.`,
    hint: "Put the output of `ssh-keyscan HOST`, once checked, after the key in the secret.",
  },
  {
    pattern: /not our ref|unadvertised object|couldn't find remote ref|no such remote ref/i,
    message: ({ url, ref }) => `${url} has no ${ref ?? "HEAD"}, or does not give it out.`,
    hint: "Name a branch, a tag, or the whole id of a commit that a branch leads to.",
  },
  {
    pattern:
      /permission denied|authentication failed|could not read username|terminal prompts disabled|error: 40[13]|invalid credentials/i,
    message: ({ url, hasCredential }) =>
      hasCredential ? `${url} does not take the credential.` : `${url} asks for a credential, or does not exist.`,
    hint: "Store a token with `a2a secrets set NAME` and say `--credential NAME`.",
  },
  {
    pattern: /repository .*not found|error: 404|does not appear to be a git repository|repository not exported/i,
    message: ({ url }) => `There is no repository at ${url}, or the credential may not read it.`,
    hint: "Check the address; a private repository needs a credential.",
  },
  {
    pattern: /error: 30\d|redirect/i,
    message: ({ url }) => `${url} sends elsewhere, which is not followed.`,
    hint: "Name the address that it sends to.",
  },
  {
    pattern: /fsck|hasdot|gitmodules|index-pack (?:failed|died)|unpack-objects (?:failed|died)|invalid index-pack/i,
    message: ({ url }) => `${url} sent objects that git holds for damaged or dangerous.`,
    hint: "`git fsck --strict` in a clone names them.",
  },
  {
    pattern: /dumb http|shallow capabilities/i,
    message: ({ url }) => `The server of ${url} is too old: it does not speak git's smart protocol.`,
  },
  {
    pattern:
      /could not resolve|failed to connect|connection (?:refused|reset|closed)|socks|proxy|timed out|couldn't connect/i,
    message: ({ url }) => `${url} cannot be reached.`,
    hint: "Check the address, and that this machine may call it.",
  },
];

export function explainFailure(failure: FailedFetch): PlatformError {
  const { url, said, tooLarge } = failure;
  if (tooLarge) {
    return new PlatformError("SOURCE_FAILED", `${url} sent more than a source may have.`, {
      hint: "Large files belong elsewhere than in the repository; or deploy the folder with `a2a deploy`.",
    });
  }
  const known = EXPLANATIONS.find(({ pattern }) => pattern.test(said));
  if (known !== undefined) {
    const { hint } = known;
    return new PlatformError("SOURCE_FAILED", known.message(failure), hint === undefined ? {} : { hint });
  }
  const last =
    said
      .trim()
      .split(/[\r\n]+/)
      .at(-1) ?? "";
  const shown = last === "" ? "without a word" : `: ${last.replace(/[^\x20-\x7e]/g, "?").slice(0, 300)}`;
  return new PlatformError("SOURCE_FAILED", `Fetching ${url} failed${last === "" ? ` ${shown}` : shown}`);
}
