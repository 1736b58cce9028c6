import { setTimeout as pause } from 'node:timers/promises';

/** When something holds that nobody tells of; it is looked at again every so many milliseconds. What it throws ends the wait. */
export async function until(holds: () => boolean, every = 5): Promise<void> {
  while (!holds()) await pause(every);
}
