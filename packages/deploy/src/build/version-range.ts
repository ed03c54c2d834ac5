/**
 * Whether a version fits an exact version, `^` or `~` range. Not all of npm's grammar: what is not understood does not
 * fit, and npm decides.
 */
export function satisfies(version: string, range: string): boolean {
  const has = parseVersion(version);
  const wanted = /^\s*([\^~=]?)\s*v?(\S+)\s*$/.exec(range);
  const wants = parseVersion(wanted?.[2] ?? "");
  if (has === undefined || wants === undefined) return false;
  // A pre-release only fits when it was asked for by name.
  if (has.preRelease !== "" || wants.preRelease !== "") return version === wanted?.[2];

  const [major, minor, patch] = has.numbers;
  const [wantedMajor, wantedMinor, wantedPatch] = wants.numbers;
  const isSame = major === wantedMajor && minor === wantedMinor && patch === wantedPatch;
  if (wanted?.[1] === "" || wanted?.[1] === "=") return isSame;

  const isNewer = minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch);
  if (major !== wantedMajor || !isNewer) return false;
  if (wanted?.[1] === "~") return minor === wantedMinor;
  // ^0.2.3 keeps the minor and ^0.0.3 the patch: below 1.0.0 those are where breaking changes go.
  if (major > 0) return true;
  return wantedMinor > 0 ? minor === wantedMinor : isSame;
}

interface Version {
  readonly numbers: readonly [number, number, number];
  readonly preRelease: string;
}

function parseVersion(text: string): Version | undefined {
  const match = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(text);
  if (match === null) return undefined;
  return { numbers: [Number(match[1]), Number(match[2]), Number(match[3])], preRelease: match[4] ?? "" };
}
