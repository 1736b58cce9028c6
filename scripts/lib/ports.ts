/** Ports that scripts are told. */

/** Of an option; 0 is a free one. Ends the script where the text is none. @param script how it is called */
export function portOf(text: string, script: string, option = 'port'): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65536) return Number(text);
  process.stderr.write(`${script}: --${option} is no port. Give a number up to 65535, 0 for a free one.\n`);
  process.exit(2);
}
