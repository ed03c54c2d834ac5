const LENGTH = 12;
/** Begins with a digit, which no agent's name does, so that `<label>--<agent>` is never an agent of its own. */
const LABEL = /^0[0-9a-z]{1,12}$/;

/** A release's name in host names, where its id would be too long: the end of the id, which is random. */
export function releaseLabel(releaseId: string): string {
  return `0${releaseId
    .toLowerCase()
    .replaceAll(/[^0-9a-z]/g, "")
    .slice(-LENGTH)}`;
}

export function isReleaseLabel(text: string): boolean {
  return LABEL.test(text);
}
