/** The end of a release's id is random; its beginning is the time and the same for many. The CLI takes it as the release's label. */
export function shortRelease(release: string): string {
  return `0${release.slice(-12)}`;
}
