/**
 * One word for a POSIX shell, whatever somebody put into an address: a command that is copied from the console runs as it is shown,
 * and nothing in it is expanded. An empty text stays a word.
 */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
