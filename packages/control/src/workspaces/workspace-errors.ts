import { PlatformError } from "@berth/protocol";

export function fileNotFound(path: string, version?: number): PlatformError {
  const which = version === undefined ? "" : ` in version ${version}`;
  return new PlatformError("FILE_NOT_FOUND", `There is no file ${JSON.stringify(path)}${which} in the workspace.`);
}

export function fileTooLarge(maxBytes: number): PlatformError {
  return new PlatformError("FILE_TOO_LARGE", `A file may have at most ${maxBytes} bytes.`, {
    hint: "Split it, or keep it elsewhere and write its address.",
  });
}
