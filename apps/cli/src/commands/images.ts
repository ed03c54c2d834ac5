import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { printable } from "../render/printable.ts";
import { table } from "../render/table.ts";

const REPOSITORY = { name: "REPOSITORY", summary: "its first part is the agent's name" };
const IMAGE = { name: "IMAGE", summary: "REPOSITORY:TAG or REPOSITORY@sha256:…" };
const CREDENTIAL = {
  type: "string",
  value: "SECRET",
  summary: "secret of the organization, user:password or docker's JSON; google: the platform's own identity",
} as const;
const MAX_PAGES = 100;

const listCommand: Command = {
  name: "images list",
  summary: "List the repositories of the platform's image registry.",
  details:
    "docker, podman, skopeo and others push to it and pull from it: `docker login HOST` with an API key as the password.",
  positionals: [],
  options: {},
  examples: ["a2a images list", "a2a images list --json"],
  async run({ platform }) {
    const { images } = await platform();
    const repositories = [];
    let after: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const found = await images.list(after === undefined ? {} : { after });
      repositories.push(...found.repositories);
      after = found.next;
      if (after === undefined) break;
    }
    const rows = repositories.map(({ repository, tags, manifests }) => [repository, String(tags), String(manifests)]);
    return { json: { repositories }, text: table(["repository", "tags", "manifests"], rows, "No images.") };
  },
};

const showCommand: Command = {
  name: "images show",
  summary: "Show the newest images of a repository, with their tags and what hangs on them.",
  positionals: [REPOSITORY],
  options: {},
  examples: ["a2a images show echo", "a2a images show team/echo --json"],
  async run({ args, platform }) {
    const detail = await (await platform()).images.get(args.required("REPOSITORY"));
    const rows = detail.images
      .filter(({ subject }) => subject === null)
      .map(({ digest, tags, bytes, referrers, createdAt }) => [
        digest.slice("sha256:".length, "sha256:".length + 12),
        tags.map(printable).join(", "),
        sizeOf(bytes),
        referrers.map(({ artifactType }) => printable(shortType(artifactType))).join(", "),
        createdAt,
      ]);
    return { json: detail, text: table(["digest", "tags", "size", "with", "created"], rows, "No images.") };
  },
};

const pullCommand: Command = {
  name: "images pull",
  summary: "Copy an image from another registry into the platform's.",
  positionals: [{ name: "IMAGE", summary: "such as registry.example:5000/team/echo:v1" }, REPOSITORY],
  options: { credential: CREDENTIAL },
  examples: [
    "a2a images pull ghcr.io/example/echo:v1 echo",
    "a2a images pull registry.example/echo echo --credential REGISTRY",
  ],
  async run(context) {
    const { args, platform } = context;
    const image = { from: args.required("IMAGE"), repository: args.required("REPOSITORY"), ...credentialOf(context) };
    const pulled = await (await platform()).images.pull(image, progressTo(context));
    return { json: pulled, text: `Pulled ${pulled.repository}@${pulled.digest}, ${sizeOf(pulled.bytes)}.` };
  },
};

const pushCommand: Command = {
  name: "images push",
  summary: "Copy an image of the platform to another registry, with its bill of materials and provenance.",
  positionals: [IMAGE, { name: "TO", summary: "such as registry.example:5000/team/echo" }],
  options: { tag: { type: "string", value: "TAG", summary: "its tag there" }, credential: CREDENTIAL },
  examples: ["a2a images push echo:v1 registry.example/team/echo --tag v1 --credential REGISTRY"],
  async run(context) {
    const { args, platform } = context;
    const tag = args.text("tag");
    const request = {
      ...parseImage(args.required("IMAGE")),
      to: args.required("TO"),
      ...(tag === undefined ? {} : { tag }),
      ...credentialOf(context),
    };
    const image = await (await platform()).images.push(request, progressTo(context));
    return { json: { image }, text: `Pushed ${printable(image)}.` };
  },
};

const deleteCommand: Command = {
  name: "images delete",
  summary: "Delete a tag, or an image by its digest with all its tags.",
  details:
    "An image that a release of an agent is stays as long as the agent. What no image needs any more is removed a day later.",
  positionals: [IMAGE],
  options: { yes: { type: "boolean", summary: "do not ask" } },
  examples: ["a2a images delete echo:old", "a2a images delete echo@sha256:4f…"],
  async run(context) {
    const { repository, reference } = parseImage(context.args.required("IMAGE"));
    const { images } = await context.platform();
    await confirm(context, `Delete ${reference} of ${repository}?`);
    await images.remove(repository, reference);
    return { json: { repository, reference, deleted: true }, text: `Deleted ${reference} of ${repository}.` };
  },
};

export const imagesCommands: readonly Command[] = [listCommand, showCommand, pushCommand, pullCommand, deleteCommand];

function parseImage(text: string): { readonly repository: string; readonly reference: string } {
  const [, repository = "", tag, digest] = /^([^:@]+)(?::([^@]+)|@(sha256:.+))$/.exec(text) ?? [];
  const reference = tag ?? digest;
  if (reference !== undefined) return { repository, reference };
  throw new UsageError(`${JSON.stringify(text)} names no image.`, "Write REPOSITORY:TAG or REPOSITORY@sha256:….");
}

function credentialOf({ args }: CommandContext): { readonly credential?: string } {
  const credential = args.text("credential");
  return credential === undefined ? {} : { credential };
}

function progressTo({ progress }: CommandContext): { readonly onLine: (line: string) => void } {
  return { onLine: (line) => progress(printable(line)) };
}

/** Such as `vnd.cyclonedx+json`. */
function shortType(artifactType: string | null): string {
  return artifactType?.replace(/^application\//, "") ?? "something";
}

function sizeOf(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
