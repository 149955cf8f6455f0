/** Commands as they are typed, or pasted, into a shell. */

/** For another shell, which does not know the stack's folder. */
export function inThisFolder(command: string, environment: NodeJS.ProcessEnv = process.env): string {
  const dir = environment['STACK_DIR'];
  return dir ? `STACK_DIR=${quoted(dir)} ${command}` : command;
}

/** For a POSIX shell; what needs no quotes has none. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
