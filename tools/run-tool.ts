/**
 * Runs a command's `main` and ends the process: 0, or 1 if it gives false. What it was refused (a wrong argument, no stack) is one
 * line; anything else is a bug and shows its stack.
 */
export function runTool(main: () => Promise<boolean | void>): void {
  main().then(
    (good) => process.exit(good === false ? 1 : 0),
    (error: Error & { code?: string }) => {
      const inWords = error.name === 'StackError' || error.code?.startsWith('ERR_PARSE_ARGS');
      console.error(inWords ? error.message : error);
      process.exit(1);
    },
  );
}
