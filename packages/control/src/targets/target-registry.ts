import { PlatformError } from "@berth/protocol";
import type { ReleaseRecord, TargetRecord } from "@berth/store";
import { parseRemoteImage } from "../images/remote-image.ts";

const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** @throws CONFIG_INVALID */
export function assertRegistry({ repository, credential }: NonNullable<TargetRecord["registry"]>): void {
  const example = "such as registry.example/agents: a registry and a path in it, without a tag";
  try {
    const { reference } = parseRemoteImage(`${repository}/agent`);
    if (reference.host === "docker.io" && !/^(?:docker\.io|index\.docker\.io)\//.test(repository))
      throw new Error("no host");
  } catch (error) {
    throw new PlatformError("CONFIG_INVALID", `registry.repository must be ${example}.`, { cause: error });
  }
  if (credential !== undefined && !SECRET_NAME.test(credential)) {
    throw new PlatformError("CONFIG_INVALID", "registry.credential must be the name of a secret, or google.");
  }
}

/** By which a target's nodes get the image: with its digest, so that a tag cannot change what runs. */
export function imageName(
  { name, registry }: TargetRecord,
  { agent, release }: { readonly agent: { readonly name: string }; readonly release: ReleaseRecord },
): string {
  if (release.image === undefined) {
    throw new PlatformError("IMAGE_NOT_FOUND", `The release ${release.releaseId} has no image.`, {
      hint: "Deploy it again: every new release has one.",
    });
  }
  if (registry === undefined) {
    throw noRegistry(name);
  }
  return `${registry.repository.replace(/^https?:\/\//, "")}/${agent.name}@${release.image.digest}`;
}

export function noRegistry(name: string): PlatformError {
  return new PlatformError("CONFIG_INVALID", `The target "${name}" has no registry to get images from.`, {
    hint: `\`a2a targets set ${name} --registry registry.example/agents\` names one that both reach.`,
  });
}
